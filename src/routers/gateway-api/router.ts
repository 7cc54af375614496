/**
 * Routes by weights on a Gateway API HTTPRoute that the user owns: in each rule the ref to the
 * user's Service becomes a pair of refs to `<service>-stable` and `<service>-candidate`.
 */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import { lastWriter } from '../../api/last-writer.ts';
import type { KubeObject } from '../../api/object.ts';
import type {
  RouteReading,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { checkDedicatedServices } from '../dedicated-services.ts';
import { notThere } from '../not-there.ts';
import { notAccepted } from './acceptance.ts';
import { checkRoute } from './check-route.ts';
import { checkPorts } from './check-ports.ts';
import { addedRules, isAdded, type RouteRule } from './request-rules.ts';
import {
  type BackendRef,
  groupsOf,
  journalledRefs,
  originalRefs,
  refNamer,
  type RefGroup,
  slotsOf,
  toService,
  toSplit,
  weightOf,
} from './backend-refs.ts';

/** Any share in whole percent. A reading is accepted when every parent that reports on the route
 * has accepted this generation of it and resolved its refs. */
export const gatewayAPI: TrafficRouter = {
  name: 'gatewayAPI',
  capabilities: {
    weights: 'Percent',
    dedicatedServices: true,
    match: true,
    mirror: true,
    sticky: true,
  },
  kinds: [KINDS.httpRoute],

  check(scope, objects) {
    const roles = [{ suffix: 'stable' as const }, { suffix: 'candidate' as const }];
    const services = checkDedicatedServices({ services: scope.services, roles }, objects);
    const route = findRoute(scope, objects);
    if (route) {
      const rules = rulesOf(route);
      const found = checkRoute(scope, title(scope), rules);
      return [...services, ...found, ...checkPorts(scope, { title: title(scope), rules, objects })];
    }
    const field = 'spec.traffic.routers[].gatewayAPI.httpRoute';
    const named = { kind: KINDS.httpRoute, name: routeName(scope), field };
    return [...services, notThere(named, objects)];
  },

  capture(scope, objects) {
    const route = findRoute(scope, objects);
    return { refs: route ? originalRefs(rulesOf(route).map(refsOf), refNamer(scope)) : [] };
  },

  render(intent, objects) {
    if (intent.route === 'Split') assertPercent(intent.weight);
    const route = findRoute(intent, objects);
    return route ? renderRoute(intent, route) : [];
  },

  observe(intent, objects) {
    const route = findRoute(intent, objects);
    if (route)
      return {
        ...readRoute(intent, route),
        by: lastWriter(route.metadata),
        writes: `spec.rules${intent.rules.length > 0 ? '' : '[].backendRefs'} of ${title(intent)}`,
      };
    return nothingToMove(intent, `${title(intent)} does not exist`);
  },
};

/** No traffic goes through the route: there is nothing to put back, and nothing to split. */
function nothingToMove(intent: TrafficIntent, message: string): RouteReading {
  return intent.route === 'Service'
    ? { route: 'Service', accepted: true, missing: true, message }
    : { route: 'Other', accepted: false, missing: true, message };
}

function routeName(scope: RouterScope): string {
  const name = scope.config['httpRoute'];
  if (typeof name !== 'string') throw new TypeError('gatewayAPI needs the name of an HTTPRoute');
  return name;
}

function title(scope: RouterScope): string {
  return `HTTPRoute ${routeName(scope)}`;
}

function findRoute(scope: RouterScope, objects: TrafficObjects): KubeObject | undefined {
  return objects.get(KINDS.httpRoute, routeName(scope));
}

function assertPercent(weight: number): void {
  if (!Number.isInteger(weight) || weight < 0 || weight > 100)
    throw new RangeError(`gatewayAPI routes whole percents from 0 to 100, not ${weight}`);
}

function rulesOf(route: KubeObject): RouteRule[] {
  return ((route['spec'] ?? {}) as { rules?: RouteRule[] }).rules ?? [];
}

function refsOf(rule: RouteRule): BackendRef[] {
  return rule.backendRefs ?? [];
}

/** The rules as they should be: the user's with their refs moved, and Segue's before each. */
function wantedRules(intent: TrafficIntent, rules: RouteRule[]): RouteRule[] {
  const name = refNamer(intent);
  const originals = [...journalledRefs(intent.journal)];
  return usersRules(intent, rules).flatMap((rule): RouteRule[] => {
    const slots = slotsOf(refsOf(rule), name);
    const refs = slots.flatMap((slot): BackendRef[] => {
      if ('foreign' in slot) return [slot.foreign];
      return intent.route === 'Split'
        ? toSplit(slot.group, intent.weight)
        : toService(slot.group, originals);
    });
    const mended = isDeepStrictEqual(refsOf(rule), refs) ? rule : { ...rule, backendRefs: refs };
    if (intent.route === 'Service') return [mended];
    return [...addedRules(mended, { ...intent, groups: groupsOf(slots) }), mended];
  });
}

function usersRules(intent: TrafficIntent, rules: RouteRule[]): RouteRule[] {
  const name = refNamer(intent);
  return rules.filter((rule) => !isAdded(rule, name, intent));
}

function renderRoute(intent: TrafficIntent, route: KubeObject): Write[] {
  const operations = operationsFor(intent, rulesOf(route));
  if (operations.length === 0) return [];
  const resourceVersion = route.metadata.resourceVersion;
  return [
    {
      op: 'Patch',
      target: { ...KINDS.httpRoute, namespace: intent.namespace, name: route.metadata.name },
      type: 'json',
      body: operations,
      ...(resourceVersion && { resourceVersion }),
      because:
        intent.route === 'Split'
          ? `${intent.weight} percent of ${title(intent)} to the candidate`
          : `${title(intent)} back to the user's Service`,
    },
  ];
}

/** A JSON patch of no more than what changes. */
function operationsFor(intent: TrafficIntent, rules: RouteRule[]) {
  const wanted = wantedRules(intent, rules);
  const users = usersRules(intent, rules);
  if (users.length < rules.length || wanted.length > users.length)
    return isDeepStrictEqual(rules, wanted)
      ? []
      : [{ op: 'replace', path: '/spec/rules', value: wanted }];
  return wanted.flatMap((rule, i) => {
    if (isDeepStrictEqual(rule, rules[i])) return [];
    return [{ op: 'replace', path: `/spec/rules/${i}/backendRefs`, value: refsOf(rule) }];
  });
}

/** A Service that no rule leads to any more (the user's edit) is left out of the reading. */
function readRoute(intent: TrafficIntent, route: KubeObject): RouteReading {
  const name = refNamer(intent);
  const rules = rulesOf(route);
  const users = usersRules(intent, rules);
  const groups = users.flatMap((rule) => groupsOf(slotsOf(refsOf(rule), name)));
  const [state, another] = new Set(groups.map(stateOf));
  if (state === undefined)
    return nothingToMove(
      intent,
      `${title(intent)}: no rule leads to Service ${intent.services.join(', ')}`,
    );
  if (another !== undefined || state === 'Other')
    return {
      route: 'Other',
      accepted: false,
      message: `${title(intent)}: its rules disagree: ${groups.map(describe).join(', ')}`,
    };
  const there = { ...intent, ...reached(state) };
  const wanted = wantedRules(there, rules);
  if (wanted.length !== rules.length)
    return {
      route: 'Other',
      accepted: false,
      message: `${title(intent)}: ${wanted.length - users.length} rules for single requests wanted, ${rules.length - users.length} there`,
    };
  const stale =
    !isDeepStrictEqual(wanted, rules) && 'its rules for single requests are out of date';
  const unmet = notAccepted(route);
  const waiting = stale || (unmet && `not accepted: ${unmet}`);
  const accepted = !waiting;
  const where = state === 'Service' ? "to the user's Service" : `${state} percent to the candidate`;
  const message = `${title(intent)}: ${waiting || where}`;
  return { ...reached(state), accepted, message };
}

function reached(state: 'Service' | number) {
  return state === 'Service'
    ? { route: 'Service' as const }
    : { route: 'Split' as const, weight: state };
}

/** Where one group leads: to the user's Service, a weight of the pair, or a mixture. */
function stateOf(group: RefGroup): 'Service' | 'Other' | number {
  const { Service, Stable, Candidate } = group.refs;
  if (Service) return Stable || Candidate ? 'Other' : 'Service';
  if (!Stable || !Candidate || weightOf(Stable) + weightOf(Candidate) !== 100) return 'Other';
  return weightOf(Candidate);
}

function describe(group: RefGroup): string {
  return Object.values(group.refs)
    .map((ref) => `${ref.name} ${weightOf(ref)}`)
    .join(' + ');
}
