/**
 * ingress-nginx: the backends of the user's Ingress lead to the stable version, and a canary Ingress beside it to the
 * candidate, with its share and its matches in annotations.
 *
 * A canary is not heard where the backends it stands beside have no endpoints (ingress-nginx 9635), and the stable
 * version loses its pods while the candidate has everything. Then the backends lead to the user's own Service, which
 * has the candidate's pods too, and the canary has all of it; never is one Service behind both of them.
 */
import { KINDS } from '../../api/group.ts';
import { USUAL_PREFIX } from '../../api/request-limits/ingress-nginx.ts';
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
import { isKeeping } from '../split-route/arms.ts';
import { type ServiceNames, serviceNames } from '../split-route/names.ts';
import type { RefRole } from '../split-route/refs.ts';
import { assertPercent } from '../whole-percents.ts';
import { writerOf } from '../writer.ts';
import { affinityOf, affinityPatch, missingIn } from './affinity.ts';
import { pointedAt, routedIn } from './backends.ts';
import {
  type Canary,
  canaryChange,
  canaryName,
  canaryOf,
  canaryRemoval,
  canaryWrites,
  asksForTheSame,
  isCanary,
  isCanaryWanted,
  weightOf,
} from './canary.ts';
import { checkIngress } from './check.ts';

export const ingressNginx: TrafficRouter = {
  name: 'ingressNginx',
  capabilities: { weights: 'Percent', dedicatedServices: true },
  kinds: [KINDS.ingress],

  check: (scope, objects) => checkIngress({ ...configOf(scope), scope, objects }),

  // Names of backends are written into the user's Ingress, each of which says what it was, and annotations that it does
  // not have before.
  capture: () => ({}),

  render(intent, objects) {
    if (intent.route === 'Split') assertPercent('ingressNginx', intent.weight);
    const at = placeOf(intent, objects);
    if (!at.main) return canaryRemoval(at.canary, intent);
    const wish = { ...at, main: at.main, intent };
    const canary = canaryWrites(at.canary, wish);
    const { writes, moved } = mainWrites(intent, at, at.main);
    // The canary has everything before the backends may lead to pods of both versions, and until they no longer do. Who
    // was kept at the candidate is not divided anew while it goes.
    const after = isAll(intent) || (writes.length > 0 && !moved && !intent.sticky);
    return after ? [...canary, ...writes] : [...writes, ...canary];
  },

  observe(intent, objects) {
    const at = placeOf(intent, objects);
    if (!at.main) return nothingToMove(intent, `${at.title} does not exist`);
    return {
      ...readIngress(intent, at, at.main),
      ...writerOf(at.main),
      writes: `${fieldsOf(intent)} of ${at.title}, and Ingress ${at.canary.name}`,
    };
  },
};

interface At {
  name: string;
  /** Ingress web */
  title: string;
  prefix: string;
  names: ServiceNames;
  main: KubeObject | undefined;
  canary: Canary;
}

function configOf({ config }: Pick<RouterScope, 'config'>) {
  const { ingress, annotationPrefix } = config as { ingress: string; annotationPrefix?: string };
  return { name: ingress, prefix: annotationPrefix ?? USUAL_PREFIX };
}

function placeOf(intent: TrafficIntent, objects: TrafficObjects): At {
  const { name, prefix } = configOf(intent);
  const beside = objects.get(KINDS.ingress, canaryName(name));
  return {
    name,
    title: `Ingress ${name}`,
    prefix,
    names: serviceNames(intent.services),
    main: objects.get(KINDS.ingress, name),
    canary: canaryOf(name, beside, intent.release),
  };
}

function isAll({ route, weight }: Pick<TrafficIntent, 'route' | 'weight'>): boolean {
  return route === 'Split' && weight === 100;
}

/** Where the backends lead; with somebody else's object in the canary's place the stable version keeps everything. */
function roleFor(intent: TrafficIntent, { state }: Canary): RefRole {
  if (intent.route === 'Service') return 'Service';
  return isAll(intent) && state !== 'Foreign' ? 'Service' : 'Stable';
}

function fieldsOf({ rules }: RouterScope): string {
  const backends = 'spec.rules[].http.paths[].backend.service.name';
  return rules.some(({ sticky }) => sticky) ? `${backends} and affinity by cookie` : backends;
}

/** The patch of the user's Ingress, and whether its backends change. */
function mainWrites(intent: TrafficIntent, at: At, main: KubeObject) {
  const role = roleFor(intent, at.canary);
  const backends = pointedAt(role, routedIn(main, at.names), at.names);
  const body = [...backends, ...affinityPatch(main, affinityOf(main, intent, at.prefix))];
  const moved = backends.length > 0;
  if (body.length === 0) return { writes: [], moved };
  const resourceVersion = main.metadata.resourceVersion;
  const where = role === 'Stable' ? 'to the stable version' : "back to the user's Service";
  const kept = isKeeping(intent) ? 'users kept' : 'users no longer kept';
  const writes: Write[] = [
    {
      op: 'Patch',
      target: { ...KINDS.ingress, namespace: intent.namespace, name: at.name },
      type: 'json',
      body,
      ...(resourceVersion && { resourceVersion }),
      because: moved ? `backends of ${at.title} ${where}` : `${kept} by a cookie of ${at.title}`,
    },
  ];
  return { writes, moved };
}

/** ingress-nginx says nothing of what it has taken up: what is stored counts, and the settle time comes on top. */
function readIngress(intent: TrafficIntent, at: At, main: KubeObject): RouteReading {
  const routed = routedIn(main, at.names);
  const [role, another] = new Set(routed.map(({ to }) => to.role));
  if (role === undefined)
    return nothingToMove(
      intent,
      `${at.title}: no path leads to Service ${intent.services.join(', ')}`,
    );
  const other = (message: string): RouteReading => ({
    route: 'Other',
    accepted: false,
    message: `${at.title}: ${message}`,
  });
  if (another !== undefined || role === 'Candidate')
    return other(`its paths disagree: ${routed.map(({ to }) => at.names.in(to)).join(', ')}`);
  const state = stateOf(role, at);
  if (typeof state === 'string' && state !== 'Service') return other(state);
  if (state === 'Service') {
    const { left } = affinityOf(main, { ...intent, route: 'Service' }, at.prefix);
    const accepted = left.length === 0;
    const message = accepted ? "to the user's Service" : 'its annotations still keep users';
    return { route: 'Service', accepted, message: `${at.title}: ${message}` };
  }
  const reached: TrafficIntent = { ...intent, route: 'Split', weight: state };
  const unasked = unaskedFor(reached, at, main) ?? unkept(reached, at, main);
  if (unasked !== undefined) return other(unasked);
  const stale = isStale(reached, at, main);
  const message = stale
    ? `it or Ingress ${at.canary.name} is out of date`
    : `${state} percent to the candidate`;
  return { route: 'Split', weight: state, accepted: !stale, message: `${at.title}: ${message}` };
}

function ours({ state, found }: Canary): KubeObject | undefined {
  return state === 'Foreign' ? undefined : found;
}

/** The share of the candidate, or what is the matter. */
function stateOf(role: RefRole, { canary, prefix }: At): number | string {
  const beside = ours(canary);
  if (!beside) return role === 'Service' ? 'Service' : 0;
  const weight = isCanary(beside, prefix) ? weightOf(beside, prefix) : undefined;
  if (weight === undefined) return `Ingress ${canary.name} does not say its share`;
  if (role === 'Stable' || weight === 100) return weight;
  return `its paths lead to the user's Service beside Ingress ${canary.name} with ${weight} percent`;
}

/** Requests that should reach the candidate, and do not. */
function unaskedFor(reached: TrafficIntent, at: At, main: KubeObject): string | undefined {
  if ((reached.match ?? []).length === 0) return undefined;
  const beside = ours(at.canary);
  if (beside && asksForTheSame(beside, { ...at, main, intent: reached })) return undefined;
  const there = beside ? 'does not ask for the requests that are meant' : 'is not there';
  return `Ingress ${at.canary.name} ${at.canary.state === 'Foreign' ? 'is of somebody else' : there}`;
}

/** Users that should be kept with a version, and are not. */
function unkept(reached: TrafficIntent, { prefix }: At, main: KubeObject): string | undefined {
  const { wanted, foreign } = affinityOf(main, reached, prefix);
  const all = Object.keys(wanted).length;
  if (all === 0) return undefined;
  if (foreign !== undefined) return `it keeps users by the cookie ${foreign}, of somebody else`;
  return missingIn(main.metadata.annotations, wanted).length === all
    ? 'it does not keep users with a version'
    : undefined;
}

function isStale(reached: TrafficIntent, at: At, main: KubeObject): boolean {
  const beside = ours(at.canary);
  const wish = { ...at, main, intent: reached };
  if ((beside !== undefined) !== isCanaryWanted(reached)) return true;
  if (beside && canaryChange(beside, wish) !== undefined) return true;
  return mainWrites(reached, at, main).writes.length > 0;
}
