/**
 * Routes by weights on a Gateway API HTTPRoute that the user owns: in each rule the ref to the
 * user's Service becomes a pair of refs to `<service>-stable` and `<service>-candidate`.
 */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import { lastWriter } from '../../api/last-writer.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type {
  RouteReading,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { checkDedicatedServices } from '../dedicated-services.ts';
import { notAccepted } from './acceptance.ts';
import {
  type BackendRef,
  groupsOf,
  journalledRefs,
  originalRefs,
  refNamer,
  type RefGroup,
  refsOfRules,
  slotsOf,
  toService,
  toSplit,
  weightOf,
} from './backend-refs.ts';

/** Any share in whole percent. A reading is accepted when every parent that reports on the route
 * has accepted this generation of it and resolved its refs. */
export const gatewayAPI: TrafficRouter = {
  name: 'gatewayAPI',
  capabilities: { weights: 'Percent', dedicatedServices: true },
  kinds: [KINDS.httpRoute],

  check(scope, objects) {
    const roles = [{ suffix: 'stable' as const }, { suffix: 'candidate' as const }];
    const services = checkDedicatedServices({ services: scope.services, roles }, objects);
    const route = findRoute(scope, objects);
    if (route) return [...services, ...checkRoute(scope, route)];
    const fix = 'create it, or name another in spec.traffic.routers[].gatewayAPI.httpRoute';
    return [...services, { field: title(scope), message: 'it does not exist', fix }];
  },

  capture(scope, objects) {
    const route = findRoute(scope, objects);
    return { refs: route ? originalRefs(refsOfRules(route), refNamer(scope)) : [] };
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
        writes: `spec.rules[].backendRefs of ${title(intent)}`,
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

function renderRoute(intent: TrafficIntent, route: KubeObject): Write[] {
  const name = refNamer(intent);
  const originals = [...journalledRefs(intent.journal)];
  const operations = refsOfRules(route).flatMap((refs, rule) => {
    const wanted = slotsOf(refs, name).flatMap((slot): BackendRef[] => {
      if ('foreign' in slot) return [slot.foreign];
      return intent.route === 'Split'
        ? toSplit(slot.group, intent.weight)
        : toService(slot.group, originals);
    });
    const path = `/spec/rules/${rule}/backendRefs`;
    return isDeepStrictEqual(refs, wanted) ? [] : [{ op: 'replace', path, value: wanted }];
  });
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

/** A Service that no rule leads to any more (the user's edit) is left out of the reading. */
function readRoute(intent: TrafficIntent, route: KubeObject): RouteReading {
  const name = refNamer(intent);
  const groups = refsOfRules(route).flatMap((refs) => groupsOf(slotsOf(refs, name)));
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
  const waiting = notAccepted(route);
  const accepted = waiting === undefined;
  const where = state === 'Service' ? "to the user's Service" : `${state} percent to the candidate`;
  const message = `${title(intent)}: ${waiting ? `not accepted: ${waiting}` : where}`;
  return state === 'Service'
    ? { route: 'Service', accepted, message }
    : { route: 'Split', weight: state, accepted, message };
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

function checkRoute(scope: RouterScope, route: KubeObject): Problem[] {
  const name = refNamer(scope);
  const rules = refsOfRules(route);
  const all = rules.flat();
  const unnamed = scope.services.flatMap((service): Problem[] => {
    const roles = new Set(
      all.flatMap((ref) => {
        const named = name(ref);
        return named?.service === service ? [named.role] : [];
      }),
    );
    return roles.size === 1 && roles.has('Service') ? [] : [unroutable(scope, service, roles.size)];
  });
  return [...unnamed, ...rules.flatMap((refs, rule) => checkRule(scope, refs, rule))];
}

function unroutable(scope: RouterScope, service: string, found: number): Problem {
  return found === 0
    ? {
        field: title(scope),
        message: `no rule sends requests to Service ${service}`,
        fix: `add a backendRef to ${service}, or take it out of spec.traffic.services`,
      }
    : {
        field: title(scope),
        message: `it points at the dedicated Services of ${service} while no release is in progress`,
        fix: `point its backendRefs at Service ${service}`,
      };
}

/** A pair takes the whole share of a rule; beside refs of others the weights would mean less. */
function checkRule(scope: RouterScope, refs: BackendRef[], rule: number): Problem[] {
  const name = refNamer(scope);
  const active = refs.filter((ref) => weightOf(ref) > 0);
  const routed = active.filter((ref) => name(ref)?.role === 'Service');
  if (routed.length === 0 || active.length === 1) return [];
  return [
    {
      field: `${title(scope)} spec.rules[${rule}].backendRefs`,
      message: `it shares requests between ${active.map((ref) => ref.name).join(', ')}`,
      fix: 'leave one backendRef with a weight in this rule, or move the others to a rule of their own',
    },
  ];
}
