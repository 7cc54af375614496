/**
 * AWS Application Load Balancers, by the Ingress of the AWS Load Balancer Controller: weights of the target groups of
 * an action.
 *
 * A target group that a rule begins to lead to has no targets yet, and takes requests when its targets were registered
 * and have passed a health check. So those of each version are named, without a share, before any request goes there,
 * and the one of the user's own Service is kept without a share until requests are to go there again.
 */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type {
  RouteReading,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { nothingToMove } from '../nothing-to-move.ts';
import { type ServiceNames, serviceNames } from '../split-route/names.ts';
import { assertPercent } from '../whole-percents.ts';
import { writerOf } from '../writer.ts';
import { type Goal, goalOf, groupsIn, groupText } from './actions.ts';
import { checkAlb } from './check.ts';
import { actionIn, actionName, placesOf, type Routing, routingOf, serviceName } from './ingress.ts';
import { operations } from './patch.ts';
import { waitsFor } from './reports.ts';
import { type AlbJournal, isAddedPath, journalOf, turned, type Wish } from './turned.ts';

export const alb: TrafficRouter = {
  name: 'alb',
  capabilities: { weights: 'Percent', dedicatedServices: true, announces: true },
  kinds: [KINDS.ingress],
  events: { of: ({ ingress }) => ({ kind: KINDS.ingress, name: String(ingress) }), waitsFor },

  check: (scope, objects) => checkAlb(scope, objects),

  capture(scope, objects) {
    const ingress = ingressIn(scope, objects);
    if (!ingress) return {};
    const bare = ingress.metadata.annotations === undefined;
    const journal = journalOf(routingOf(ingress), serviceNames(scope.services));
    return { ...journal, ...(bare && { bare }) };
  },

  render(intent, objects) {
    if (intent.route === 'Split') assertPercent('alb', intent.weight);
    const ingress = ingressIn(intent, objects);
    return ingress ? writes(intent, wishFor(intent, objects), ingress) : [];
  },

  observe(intent, objects) {
    const ingress = ingressIn(intent, objects);
    if (!ingress) return nothingToMove(intent, `${titleOf(intent)} does not exist`);
    return {
      ...read(intent, wishFor(intent, objects), ingress),
      ...writerOf(ingress),
      writes: `the actions in annotations of ${titleOf(intent)}, and its backends`,
    };
  },
};

function ingressIn({ config }: RouterScope, objects: TrafficObjects): KubeObject | undefined {
  return objects.get(KINDS.ingress, String(config['ingress']));
}

function titleOf({ config }: Pick<RouterScope, 'config'>): string {
  return `Ingress ${String(config['ingress'])}`;
}

/** The controller gives up all rules of an Ingress, and of its group, where one names a Service that is not there. */
function goalFor(intent: TrafficIntent, names: ServiceNames, objects: TrafficObjects): Goal {
  if (intent.route === 'Split') return intent.weight;
  const there = intent.services.every((service) =>
    (['Stable', 'Candidate'] as const).every((role) =>
      objects.get(KINDS.service, names.in({ service, role })),
    ),
  );
  return intent.dedicated && there ? 'Announced' : 'Service';
}

function wishFor(intent: TrafficIntent, objects: TrafficObjects): Wish {
  const names = serviceNames(intent.services);
  return {
    goal: goalFor(intent, names, objects),
    match: intent.match ?? [],
    names,
    journal: intent.journal as AlbJournal,
  };
}

function writes(intent: TrafficIntent, wish: Wish, ingress: KubeObject): Write[] {
  const is = routingOf(ingress);
  const body = operations(ingress, turned(is, wish), wish.journal);
  if (body.length === 0) return [];
  const resourceVersion = ingress.metadata.resourceVersion;
  return [
    {
      op: 'Patch',
      target: { ...KINDS.ingress, namespace: intent.namespace, name: ingress.metadata.name },
      type: 'json',
      body,
      ...(resourceVersion && { resourceVersion }),
      because: because(titleOf(intent), wish.goal),
    },
  ];
}

function because(title: string, goal: Goal): string {
  if (goal === 'Service') return `${title} back to the user's Service`;
  if (goal === 'Announced') return `target groups of each version at ${title}, without a share`;
  return `${goal} percent of ${title} to the candidate`;
}

/** What is stored counts; what its controller says of it in Events, where they may be read, and the settle time come
 * on top. */
function read(intent: TrafficIntent, wish: Wish, ingress: KubeObject): RouteReading {
  const title = titleOf(intent);
  const routing = routingOf(ingress);
  const leads = leadsOf(routing, wish.names);
  const [goal, another] = new Set(leads.map((one) => one.goal));
  if (goal === undefined)
    return nothingToMove(
      intent,
      `${title}: no path leads to Service ${intent.services.join(', ')}`,
    );
  const other = (message: string): RouteReading => ({
    route: 'Other',
    accepted: false,
    named: isNamed(leads),
    message: `${title}: ${message}`,
  });
  if (another !== undefined || goal === 'Other')
    return other(`its paths disagree: ${leads.map(({ text }) => text).join(', ')}`);
  const wanted = turned(routing, { ...wish, goal });
  const [is, should] = [addedIn(routing), addedIn(wanted)];
  if (is !== should) return other(`${should} paths for single requests wanted, ${is} there`);
  const reached = typeof goal === 'number' ? { weight: goal } : {};
  const stale = !isDeepStrictEqual(wanted, routing) && 'its actions are out of date';
  const named = goal !== 'Service';
  const waiting =
    stale ||
    (!named && wish.goal === 'Announced' && 'it does not name the Services of each version yet');
  return {
    route: typeof goal === 'number' ? 'Split' : 'Service',
    ...reached,
    accepted: !stale,
    named,
    message: `${title}: ${waiting || told(goal)}`,
  };
}

function told(goal: Goal): string {
  return typeof goal === 'number' ? `${goal} percent to the candidate` : "to the user's Service";
}

interface Lead {
  service: string;
  goal: Goal | 'Other';
  /** For people. */
  text: string;
}

/** Somewhere the versions of each Service are named: there are target groups for them then. */
function isNamed(leads: readonly Lead[]): boolean {
  return leads.every(({ service }) =>
    leads.some(
      (one) => one.service === service && !['Service', 'Other'].includes(String(one.goal)),
    ),
  );
}

/** Where backends lead that have to do with the policy's Services; what is added leads where it must. */
function leadsOf(routing: Routing, names: ServiceNames): Lead[] {
  return placesOf(routing).flatMap(({ backend, path }): Lead[] => {
    if (path && isAddedPath(path)) return [];
    const name = actionName(backend);
    if (name === undefined) {
      const service = serviceName(backend) ?? '';
      const role = names.of(service)?.role;
      if (!role) return [];
      return [{ service, goal: role === 'Service' ? role : 'Other', text: service }];
    }
    const action = actionIn(routing, name);
    if (!action && names.of(name)?.role === 'Service')
      return [{ service: name, goal: 'Other', text: `action ${name}, which is not there` }];
    return groupsIn(action, names).map((group) => ({
      service: group.service,
      goal: goalOf(group),
      text: `action ${name} (${groupText(group)})`,
    }));
  });
}

function addedIn(routing: Routing): number {
  return placesOf(routing).filter(({ path }) => path && isAddedPath(path)).length;
}
