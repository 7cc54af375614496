/**
 * The ServiceRouter before a ServiceSplitter, where the strategy has requests of its own for the candidate. Its user's
 * gets routes for the length of the release; where there is none a release makes one. It leads to a subset of the
 * release, so that it is written after the subsets are there, and before they go.
 */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
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
import { notThere } from '../not-there.ts';
import { taken } from '../owned-by-release.ts';
import {
  type Bare,
  bareOf,
  changed,
  creation,
  deletion,
  type FieldHolder,
  fieldHolder,
  fieldIn,
  restored,
} from '../spec-field.ts';
import { refsIn } from '../split-route/places.ts';
import { named, type RefRole } from '../split-route/refs.ts';
import { checkNarrowing } from '../split-route/narrowing.ts';
import type { Rule } from '../split-route/shape.ts';
import { writerOf } from '../writer.ts';
import { notSynced, unsynced } from './acceptance.ts';
import {
  asksFor,
  type Before,
  changedTwice,
  isAdded,
  leadsToSplitter,
  narrowed,
  rewritesPrefix,
  takesAll,
  type Route,
  type WithHeaders,
  withRoutesFor,
} from './routes.ts';
import { splits } from './splits.ts';

const API_VERSION = 'consul.hashicorp.com/v1alpha1';

/** @param split writes the splitter */
export function withServiceRouter(split: TrafficRouter): TrafficRouter {
  return {
    ...split,
    kinds: [...split.kinds, KINDS.serviceRouter],

    check(scope, objects) {
      const found = split.check(scope, objects);
      return found.length > 0 || !hasMatches(scope) ? found : checkServiceRouter(scope, objects);
    },

    capture(scope, objects) {
      const bareRouter = hasMatches(scope) ? bareOf(holderOf(scope, objects)) : undefined;
      return { ...split.capture(scope, objects), ...(bareRouter && { bareRouter }) };
    },

    render(intent, objects) {
      const routed = split.render(intent, objects);
      if (!hasMatches(intent)) return routed;
      const routes = routeWrites(holderOf(intent, objects), intent, objects);
      return intent.route === 'Service' ? [...routes, ...routed] : [...routed, ...routes];
    },

    observe(intent, objects) {
      const reading = split.observe(intent, objects);
      if (!hasMatches(intent)) return reading;
      const holder = holderOf(intent, objects);
      const writes = [reading.writes, `spec.routes of ${holder.title}`];
      const read = { ...reading, writes: writes.filter((one) => one !== undefined).join(' and ') };
      if (read.route === 'Other' || read.missing) return read;
      const reached = { ...intent, route: read.route, weight: read.weight ?? 0 };
      return readRoutes(read, holder, wantedRoutes(holder, reached, objects));
    },
  };
}

/** Without any a ServiceRouter has nothing to do with the release. */
function hasMatches({ rules }: Pick<RouterScope, 'rules'>): boolean {
  return rules.some(({ match }) => match);
}

/** @throws Error where the kind may not be read */
function holderOf(
  scope: RouterScope & Pick<TrafficIntent, 'release'>,
  objects: TrafficObjects,
): FieldHolder {
  const name = splitterOf(scope);
  return fieldHolder({ kind: KINDS.serviceRouter, name, field: 'routes' }, scope, objects);
}

function splitterOf({ config }: Pick<RouterScope, 'config'>): string {
  return String(config['serviceSplitter']);
}

function routesIn(holder: FieldHolder): Route[] {
  const found = fieldIn(holder);
  return Array.isArray(found) ? (found as Route[]) : [];
}

interface Wanted {
  users: Route[];
  is: Route[];
  wanted: Route[];
}

function wantedRoutes(holder: FieldHolder, intent: TrafficIntent, objects: TrafficObjects): Wanted {
  const is = routesIn(holder);
  const users = is.filter((route) => !isAdded(route));
  const before = beforeIn(intent, objects);
  const entries = intent.route === 'Split' && before ? (intent.match ?? []) : [];
  const wanted = entries.length > 0 && before ? withRoutesFor(entries, users, before) : users;
  return { users, is, wanted };
}

/** Undefined where the splitter is gone. */
function beforeIn(scope: RouterScope, objects: TrafficObjects): Before | undefined {
  const splitter = splitterOf(scope);
  const found = objects.get(KINDS.serviceSplitter, splitter);
  const [service = splitter] = scope.services;
  return found && { splitter, service, headers: headersOf(found, scope) };
}

/** As the split to the Service has them, or that to the candidate. */
function headersOf(splitter: KubeObject, scope: RouterScope): WithHeaders {
  const dialect = splits(scope);
  const refs = refsIn((splitter['spec'] ?? {}) as Rule, { field: '', refs: 'splits' });
  const led = (wanted: RefRole) => refs.find((ref) => named(dialect, ref, false)?.role === wanted);
  const { requestHeaders, responseHeaders } = (led('Candidate') ??
    led('Service') ??
    {}) as WithHeaders;
  return { ...(requestHeaders && { requestHeaders }), ...(responseHeaders && { responseHeaders }) };
}

function routeWrites(holder: FieldHolder, intent: TrafficIntent, objects: TrafficObjects): Write[] {
  const { title, whose, isLeaving } = holder;
  if (whose === 'Other' || isLeaving) return [];
  const { users, is, wanted } = wantedRoutes(holder, intent, objects);
  const isAsked = wanted.some(isAdded);
  if (whose === 'Release' && !isAsked) return [deletion(holder, intent)];
  if (isDeepStrictEqual(is, wanted)) return [];
  const because = isAsked
    ? `routes of ${title} for what matches`
    : `routes of ${title} as its user has them`;
  if (whose === 'Nobody')
    return [creation(holder, intent, { apiVersion: API_VERSION, value: wanted, because })];
  if (isAsked) return [changed(holder, intent, { value: wanted, because })];
  const bare = intent.journal['bareRouter'] as Bare | undefined;
  return [restored(holder, intent, { value: users, isEmpty: users.length === 0, bare, because })];
}

function readRoutes(reading: RouteReading, holder: FieldHolder, routes: Wanted): RouteReading {
  const { found, title, isLeaving } = holder;
  const { users, is, wanted } = routes;
  if (is.length !== wanted.length) {
    const { by: _, own: __, weight: ___, ...rest } = reading;
    const [some, there] = [wanted, is].map((all) => all.length - users.length);
    const message = `${title}: ${some} routes for single requests wanted, ${there} there`;
    return { ...rest, ...(found && writerOf(found)), route: 'Other', accepted: false, message };
  }
  const leaves = isLeaving && wanted.some(isAdded);
  const unmet = found && !isLeaving ? notSynced(found) : undefined;
  const waits =
    (leaves && 'it is being deleted') ||
    (!isDeepStrictEqual(is, wanted) && 'its routes for single requests are out of date') ||
    (unmet && `not accepted: ${unmet}`);
  return waits ? { ...reading, accepted: false, message: `${title}: ${waits}` } : reading;
}

function checkServiceRouter(scope: RouterScope, objects: TrafficObjects): Problem[] {
  const { serviceRouter: kind } = KINDS;
  const field = 'spec.traffic.routers[].consul.serviceSplitter';
  if (!objects.serves(kind) || objects.refusal(kind) !== undefined)
    return [notThere({ kind, name: splitterOf(scope), field }, objects)];
  const holder = holderOf(scope, objects);
  const { found, isLeaving, title } = holder;
  if (!found || isLeaving) return [];
  const rules = routesIn(holder).flatMap((route, i) =>
    leadsToSplitter(route, splitterOf(scope))
      ? [{ rule: route, at: `${title} spec.routes[${i}]` }]
      : [],
  );
  // What no route takes is split too.
  const last = { rule: {}, at: `ServiceSplitter ${splitterOf(scope)}` };
  const takers = routesIn(holder).some(takesAll) ? rules : [...rules, last];
  if (holder.whose !== 'User') return [taken(kind.kind, found)];
  return [
    ...unsynced(found, title),
    ...routesIn(holder).flatMap((route, i) =>
      ofRoute(scope, objects, { route, at: `${title} spec.routes[${i}]` }),
    ),
    ...checkNarrowing(scope, {
      title,
      rules: takers,
      field: 'match.http',
      narrowed,
      rewrites: rewritesPrefix,
      asksFor,
    }),
  ];
}

function ofRoute(
  scope: RouterScope,
  objects: TrafficObjects,
  { route, at }: { route: Route; at: string },
): Problem[] {
  if (isAdded(route))
    return [
      {
        field: `${at}.destination.serviceSubset`,
        message: 'it leads to a subset of a release while none is in progress',
        fix: 'take the route out: it is made for the length of a release',
      },
    ];
  if (!leadsToSplitter(route, splitterOf(scope))) return [];
  const { namespace, partition } = route.destination ?? {};
  if (namespace !== undefined || partition !== undefined)
    return [
      {
        field: `${at}.destination.${namespace === undefined ? 'partition' : 'namespace'}`,
        message: 'it leads there by a namespace or partition of Consul’s own',
        fix: 'leave it out: a router and its Service are of one namespace',
      },
    ];
  const [name] = changedTwice(beforeIn(scope, objects)?.headers ?? {}, route);
  if (name === undefined) return [];
  return [
    {
      field: `${at}.destination`,
      message: `it changes header ${name}, and so does the split of the Service`,
      fix: 'change it in one of the two: what matches goes by this route alone',
    },
  ];
}
