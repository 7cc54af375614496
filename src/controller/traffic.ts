/** The traffic of one release: the Services of each version and all its routers, as one thing. */
import { KINDS, versionLabel } from '../api/group.ts';
import { latest } from '../api/last-writer.ts';
import { formatProblem, type Problem } from '../api/problem.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import type { RequestRules } from '../api/request-match.ts';
import { routedObjects, routedTitle } from '../api/routed.ts';
import {
  currentRules,
  plannedRules,
  type TrafficGoal,
  type TrafficReading,
} from '../engine/index.ts';
import type {
  RouteReading,
  RouterJournal,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../ports/traffic-router.ts';
import type {
  VersionRole,
  VersionServices,
  VersionServicesReading,
  WantedServices,
} from '../ports/version-services.ts';
import type { Write } from '../ports/write.ts';

export interface TrafficParts {
  routers: ReadonlyMap<string, TrafficRouter>;
  services: VersionServices;
}

export interface ReleaseTraffic {
  namespace: string;
  name: string;
  uid: string;
  spec: ReleaseSpec;
  status: ReleaseStatus;
  objects: TrafficObjects;
}

type FrozenTraffic = NonNullable<ReleaseSpec['traffic']>;

/** What is in effect now, measured against where the status wants the traffic. */
export function readTraffic(parts: TrafficParts, at: ReleaseTraffic): TrafficReading | undefined {
  const traffic = at.spec.traffic;
  if (!traffic || traffic.routers.length === 0) return undefined;
  mustBeKnown(traffic, at.objects);
  const wanted = at.status.traffic ?? { dedicated: true, route: 'Service', weight: 0 };
  const goal = { ...wanted, rules: currentRules(at.spec.plan, at.status.traffic) };
  const services = parts.services.observe(wantedServices(parts, at, true), at.objects);
  const readings = intents(parts, at, goal).map(([router, intent]) =>
    router.observe(intent, at.objects),
  );
  return {
    dedicated: presence(services, goal.dedicated),
    inTheWay: services.problems.map(formatProblem).join('; '),
    endpoints: {
      stable: services.endpoints.stable,
      candidate: candidateEndpoints(services),
      ...sharedEndpoints(readings),
    },
    lingering: services.lingering,
    ...combine(readings),
  };
}

/**
 * What may not be read would be taken for gone, and its traffic for nobody's.
 * @throws Error: nothing is decided about this release until it may be read again
 */
function mustBeKnown({ routers }: FrozenTraffic, objects: TrafficObjects): void {
  for (const { name, config } of routers)
    for (const one of routedObjects(name, config)) {
      const refusal = objects.refusal(one.kind);
      if (refusal !== undefined && !objects.get(one.kind, one.name))
        throw new Error(`${routedTitle(one)} is not known, as it may not be read: ${refusal}`);
    }
}

/** With no Services of its own a release has both all and none of them. */
function presence(services: VersionServicesReading, wanted: boolean): TrafficReading['dedicated'] {
  if (services.present && services.absent) return wanted ? 'Present' : 'Absent';
  if (services.present) return 'Present';
  return services.absent ? 'Absent' : 'Partial';
}

function candidateEndpoints(reading: VersionServicesReading): number | undefined {
  return reading.endpoints.candidate ?? reading.endpoints.preview;
}

function sharedEndpoints(readings: RouteReading[]): { shared?: number } {
  const counts = readings.flatMap((reading) => reading.endpoints ?? []);
  return counts.length > 0 ? { shared: Math.min(...counts) } : {};
}

/** Several routers are where they should be only when all of them are. */
function combine(
  readings: RouteReading[],
): Omit<TrafficReading, 'dedicated' | 'inTheWay' | 'endpoints'> {
  const first = readings[0];
  const present = readings.filter((reading) => !reading.missing);
  const agree = present.every(
    (reading) => reading.route === present[0]?.route && reading.weight === present[0]?.weight,
  );
  return {
    route: agree ? (present[0]?.route ?? 'Other') : 'Other',
    weight: present[0]?.weight,
    accepted: present.every((reading) => reading.accepted),
    missing: first !== undefined && present.length === 0,
    ...namedIn(present),
    ...(present.some(({ left }) => left) && { left: true }),
    message: readings.find((reading) => !reading.accepted)?.message ?? '',
    by: latest(readings.flatMap((reading) => reading.by ?? [])),
    own: readings.length > 0 && readings.every((reading) => reading.own === true),
    writes: readings.flatMap((reading) => reading.writes ?? []).join(' and '),
  };
}

/** Nothing where none of them needs to. */
function namedIn(readings: RouteReading[]): Pick<TrafficReading, 'named' | 'namingRoute'> {
  const naming = readings.filter(({ named }) => named !== undefined);
  if (naming.length === 0) return {};
  const is = (wanted: RouteReading['route']) => naming.some(({ route }) => route === wanted);
  const namingRoute = is('Service') ? 'Service' : is('Other') ? 'Other' : 'Split';
  return { named: naming.every(({ named }) => named), namingRoute };
}

/** The writes missing towards the goal. Services come before the routes that name them, and go
 * after them: the engine asks for them to go only when the routes are back. */
export function renderTraffic(parts: TrafficParts, at: ReleaseTraffic, goal: TrafficGoal): Write[] {
  const services = parts.services.render(wantedServices(parts, at, goal.dedicated), at.objects);
  const routes = intents(parts, at, goal).flatMap(([router, intent]) =>
    hasNews(router, intent, { objects: at.objects, seen: goal.seen })
      ? []
      : router.render(intent, at.objects),
  );
  // What names them until the end names them no more when they go.
  if (!goal.dedicated && announces(parts, at.spec.traffic))
    return routes.length > 0 ? routes : services;
  return [...services, ...routes];
}

/** Since it was decided somebody took out what requests would be led to: that is decided anew. */
function hasNews(
  router: TrafficRouter,
  intent: TrafficIntent,
  { objects, seen }: { objects: TrafficObjects; seen: TrafficGoal['seen'] },
): boolean {
  if (!router.capabilities.announces || !seen || intent.route !== 'Split') return false;
  const { route, named } = router.observe(intent, objects);
  if (named === undefined) return false;
  const unnamed = !named && route !== 'Split' && seen.named !== false;
  return unnamed || (route === 'Service' && seen.namingRoute !== 'Service');
}

function announces(parts: TrafficParts, traffic: FrozenTraffic | undefined): boolean {
  const routers = traffic?.routers ?? [];
  return routers.some(({ name }) => routerNamed(parts, name).capabilities.announces === true);
}

function wantedServices(parts: TrafficParts, at: ReleaseTraffic, present: boolean): WantedServices {
  const { namespace, name, uid, spec } = at;
  const traffic = spec.traffic as FrozenTraffic;
  const hashes = { stable: spec.stable.hash, candidate: spec.candidate.hash };
  const labels = labelsOf(parts, traffic);
  return {
    namespace,
    services: traffic.services,
    roles: rolesOf(parts, traffic, hashes).map((role) => ({
      ...role,
      ...labelIn(spec),
      ...labels,
    })),
    owner: { name, uid },
    policy: spec.policy,
    present,
  };
}

/** What its routers ask of every Service that selects these pods, a preview too. */
function labelsOf(parts: TrafficParts, { routers }: FrozenTraffic): { labels?: Labels } {
  const asked = routers.flatMap(({ name }) => {
    const { serviceLabels } = routerNamed(parts, name).capabilities;
    return serviceLabels ? [serviceLabels] : [];
  });
  return asked.length > 0 ? { labels: Object.assign({}, ...asked) as Labels } : {};
}

type Labels = NonNullable<VersionRole['labels']>;

/** By which the pods of the versions are told. */
function labelIn({ target }: ReleaseSpec): Pick<VersionRole, 'label'> {
  return { label: versionLabel(target.kind) };
}

function rolesOf(
  parts: TrafficParts,
  traffic: FrozenTraffic,
  hashes: { stable: string; candidate: string },
): VersionRole[] {
  const dedicated = traffic.routers.some(
    ({ name }) => routerNamed(parts, name).capabilities.dedicatedServices,
  );
  const roles: VersionRole[] = dedicated
    ? [
        { suffix: 'stable', hash: hashes.stable },
        { suffix: 'candidate', hash: hashes.candidate },
      ]
    : [];
  const { preview, previewService: name } = traffic;
  if (preview)
    roles.push({
      suffix: 'preview',
      hash: hashes.candidate,
      ...(name !== undefined && { name }),
      ...coloured(traffic),
    });
  return roles;
}

/** Where the user's Service names one workload of a pair, its preview names the other. */
function coloured({ routers }: FrozenTraffic): Pick<VersionRole, 'selector'> {
  const pair = routers.find(({ name }) => name === 'pairSelector')?.config;
  const { candidate } = (pair ?? {}) as { candidate?: Record<string, string> };
  return candidate ? { selector: candidate } : {};
}

function intents(
  parts: TrafficParts,
  at: ReleaseTraffic,
  goal: TrafficGoal,
): [TrafficRouter, TrafficIntent][] {
  const traffic = at.spec.traffic as FrozenTraffic;
  const journals = at.status.journal?.routers ?? [];
  return traffic.routers.map(({ name, config }, i) => [
    routerNamed(parts, name),
    {
      namespace: at.namespace,
      services: traffic.services,
      config: config as Record<string, unknown>,
      ...directionOf(goal, routerNamed(parts, name)),
      rules: plannedRules(at.spec.plan),
      stableHash: at.spec.stable.hash,
      candidateHash: at.spec.candidate.hash,
      versionLabel: versionLabel(at.spec.target.kind),
      release: { name: at.name, uid: at.uid, policy: at.spec.policy },
      journal: (journals[i] ?? {}) as RouterJournal,
    },
  ]);
}

/** Who has to name the versions first leads nobody to them; all others go on. */
function directionOf(goal: TrafficGoal, { capabilities }: TrafficRouter) {
  const { dedicated, route, weight, rules } = goal;
  if (goal.announces && capabilities.announces)
    return { dedicated: true, route: 'Service' as const, weight: 0 };
  return { dedicated, route, weight, ...rules };
}

/** What each router must remember before its first write. */
export function captureTraffic(parts: TrafficParts, at: ReleaseTraffic): RouterJournal[] {
  const { traffic } = at.spec;
  if (!traffic) return [];
  return scopesOf(at.namespace, traffic, plannedRules(at.spec.plan)).map(([name, scope]) =>
    routerNamed(parts, name).capture(scope, at.objects),
  );
}

function scopesOf(
  namespace: string,
  { services, routers }: FrozenTraffic,
  rules: RequestRules[],
): [string, RouterScope][] {
  return routers.map(({ name, config }) => [
    name,
    { namespace, services, config: config as Record<string, unknown>, rules },
  ]);
}

/** What stands in the way of routing, looked for before a release begins. */
export function trafficProblems(
  parts: TrafficParts,
  at: {
    namespace: string;
    policy: string;
    traffic: FrozenTraffic;
    rules: RequestRules[];
    objects: TrafficObjects;
  },
): Problem[] {
  const { namespace, policy, traffic, rules, objects } = at;
  const missing = traffic.services.filter((name) => !objects.get(KINDS.service, name));
  if (missing.length > 0)
    return missing.map((name) => ({
      field: `Service ${name}`,
      message: 'does not exist',
      fix: 'create it, or correct spec.traffic.services',
    }));
  const services = parts.services.observe(
    {
      namespace,
      services: traffic.services,
      roles: rolesOf(parts, traffic, { stable: '', candidate: '' }),
      owner: { name: '', uid: '' },
      policy,
      present: false,
    },
    objects,
  );
  const routes = scopesOf(namespace, traffic, rules).flatMap(([name, scope]) =>
    routerNamed(parts, name).check(scope, objects),
  );
  // Two routers may find the same Service in the way.
  const unique = new Map([...services.problems, ...routes].map((p) => [formatProblem(p), p]));
  return [...unique.values()];
}

function routerNamed(parts: TrafficParts, name: string): TrafficRouter {
  const router = parts.routers.get(name);
  if (!router) throw new Error(`this Segue has no router ${name}: it was made by another version`);
  return router;
}
