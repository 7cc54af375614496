/** What a release will write, in its order: objects and what becomes of them, in words. */
import type { Plan, ReleaseSpec, Stage, Task } from '../api/release.ts';
import { type RoutedObject, routedObjects, routedTitle, subsetHolders } from '../api/routed.ts';
import { sameJson } from '../api/same-json.ts';
import { stagePods } from './capacity.ts';
import { lastFreshStage } from './fresh-baseline.ts';
import { podShare, type PodShare } from './pod-shares.ts';

export interface PlannedWrite {
  when: string;
  object: string;
  what: string;
}

export interface Planned {
  target: string;
  plan: Plan;
  checks: ReleaseSpec['checks'];
  traffic: ReleaseSpec['traffic'];
  replicas: number;
}

const AS_IT_WAS = 'as it was, or deleted where there was none';

type FrozenTraffic = NonNullable<ReleaseSpec['traffic']>;

/** Statuses, Events and the Lease apart. */
export function plannedWrites(planned: Planned): PlannedWrite[] {
  const { target, plan, traffic } = planned;
  const deployment = `Deployment ${target}`;
  const services = traffic ? versionServices(traffic) : [];
  const swap = plan.byPods ? 'beyond 50 %' : 'swap';
  return [
    { when: 'once', object: deployment, what: 'paused: true, for as long as the policy is there' },
    { when: 'start', object: 'Release', what: 'created: the plan and the record' },
    ...jobWrites(plan.before?.tasks, 'start'),
    ...services.map((object) => ({ when: 'start', object, what: 'created' })),
    ...subsetWrites(traffic, { when: 'start', what: 'a subset for each version' }),
    ...besideWrites(planned, 'start'),
    ...routeWrites(planned, { when: 'start', weight: 0 }),
    ...stageWrites(planned),
    {
      when: swap,
      object: deployment,
      what: 'its strategy set aside while the two sets change owners, then put back',
    },
    { when: swap, object: `ReplicaSet ${target}-<new>`, what: `belongs to ${deployment}` },
    { when: swap, object: `ReplicaSet ${target}-<old>`, what: 'belongs to the Release' },
    ...(plan.byPods
      ? []
      : [
          {
            when: plan.oldVersion === 'Keep' ? 'when not kept' : 'after the bake',
            object: `ReplicaSet ${target}-<old>`,
            what: 'scaled to 0, drained',
          },
        ]),
    ...endWrites(planned),
    ...besideWrites(planned, 'end'),
    ...subsetWrites(traffic, { when: 'end', what: AS_IT_WAS }),
    ...services.map((object) => ({ when: 'end', object, what: 'deleted' })),
    {
      when: 'end',
      object: `ReplicaSet ${target}-<old>`,
      what: plan.oldVersion === 'Delete' ? 'deleted' : `given back to ${deployment}`,
    },
    ...jobWrites(plan.after, 'end'),
    ...jobWrites(plan.onAbort, 'on abort'),
    ...revertWrites(plan, `Deployment ${target}`),
  ];
}

export function jobWrites(tasks: readonly Task[] | undefined, when: string): PlannedWrite[] {
  return (tasks ?? []).flatMap(({ kind, name }) => {
    if (kind === 'Pull')
      return [{ when, object: 'a Job', what: 'created: pulls the images once; then deleted' }];
    return kind === 'Job' ? [{ when, object: `Job ${name}`, what: 'created, then deleted' }] : [];
  });
}

export function revertWrites({ revertTemplate }: Plan, object: string): PlannedWrite[] {
  if (!revertTemplate) return [];
  return [{ when: 'on abort', object, what: "the stable version's template" }];
}

/** What does without a Service for each version. */
const WITHOUT_ROUTER = ['serviceSelector', 'pairSelector', 'podShares'];

/** Those that are made for the length of the release. */
export function versionServices(traffic: FrozenTraffic): string[] {
  const pinned = traffic.routers.every(({ name }) => WITHOUT_ROUTER.includes(name));
  return traffic.services.flatMap((service) => [
    ...(pinned ? [] : [`Service ${service}-stable`, `Service ${service}-candidate`]),
    ...(traffic.preview ? [`Service ${traffic.previewService ?? `${service}-preview`}`] : []),
  ]);
}

function stageWrites(planned: Planned): PlannedWrite[] {
  const { target, plan, replicas } = planned;
  let weight = 0;
  let pods = 0;
  let rules = '';
  const lastFresh = lastFreshStage(planned);
  return plan.stages.flatMap((stage, i) => {
    const when = `stage ${i + 1}`;
    const { candidate, stable } = podsAt(plan, stage, replicas);
    // A stage never takes pods from the new version, but where pods are the shares.
    const wanted = plan.byPods ? candidate : Math.max(pods, candidate);
    const isSized = wanted !== pods;
    const told = rulesText(stage, planned);
    const moves = stage.weight !== weight || told !== rules;
    const asks = !sameJson(stage.match, plan.stages[i - 1]?.match);
    weight = stage.weight;
    rules = told;
    pods = wanted;
    const set = `ReplicaSet ${target}-<new>`;
    return [
      // It is taken away before more pods are asked for, and whenever the release ends.
      ...(i > 0 && i === lastFresh + 1
        ? [{ when, object: freshSet(target), what: 'emptied, deleted' }]
        : []),
      ...(isSized ? [{ when, object: set, what: podsText(wanted) }] : []),
      ...(isSized && i <= lastFresh
        ? [{ when, object: freshSet(target), what: `${podsText(wanted)}, to be compared with` }]
        : []),
      ...(stable < replicas
        ? [{ when, object: `ReplicaSet ${target}-<old>`, what: podsText(stable) }]
        : []),
      ...jobWrites(stage.tests, when),
      ...(moves ? routeWrites(planned, { when, weight, rules }) : []),
      ...(asks ? matchWrites(planned, stage, when) : []),
      ...jobWrites(stage.tasks, when),
    ];
  });
}

function freshSet(target: string): string {
  return `ReplicaSet ${target}-<old>-fresh`;
}

/** Where something else than the route has what single requests are told by. */
function matchWrites({ traffic }: Planned, { match }: Stage, when: string): PlannedWrite[] {
  const what = match ? 'what matches to the candidate' : AS_IT_WAS;
  return routedIn(traffic).flatMap(({ name, matchesIn }) =>
    matchesIn ? [{ when, object: `${matchesIn.kind} ${name}`, what }] : [],
  );
}

/** How many pods each version has at a stage. */
export function podsAt(
  { byPods }: Plan,
  stage: Stage,
  replicas: number,
): Omit<PodShare, 'percent'> & { percent?: number } {
  if (byPods) return podShare(replicas, stage.weight);
  const of = { now: replicas, atStageBegin: replicas };
  return { candidate: stagePods(stage, of), stable: replicas };
}

export function podsText(pods: number): string {
  return pods === 1 ? '1 pod' : `${pods} pods`;
}

/** What happens to requests apart from the weight. */
export function rulesText(
  { match, mirror, sticky }: Stage,
  { traffic }: Pick<Planned, 'traffic'>,
): string {
  const isNamedAnew = routedIn(traffic).some(({ writesCookie }) => writesCookie);
  return [
    match && ', what matches to the candidate',
    mirror && ', copies to the candidate',
    sticky &&
      `, users kept where they came first by the cookie ${sticky.cookie}${isNamedAnew ? '-<hash>' : ''}`,
  ]
    .filter((text) => text !== undefined)
    .join('');
}

export function routeWrites(
  { traffic }: Planned,
  { when, weight, rules = '' }: { when: string; weight: number; rules?: string },
): PlannedWrite[] {
  const shares = `${100 - weight} % to stable, ${weight} % to the candidate${rules}`;
  const version = weight === 0 ? 'stable' : 'candidate';
  return routes(traffic).map(({ object, pinned }) => ({
    when,
    object,
    what: pinned ? `selector pinned to the ${version} pods` : shares,
  }));
}

export function endWrites({ traffic }: Planned): PlannedWrite[] {
  return routes(traffic).map(({ object, pinned }) => ({
    when: 'end',
    object,
    what: pinned ? 'pin taken off' : "back to the user's own Service, as it was",
  }));
}

/** What is made beside a route. */
function besideWrites({ traffic, plan }: Planned, when: 'start' | 'end'): PlannedWrite[] {
  const byWay = plan.stages.find(({ mirror, sticky }) => mirror ?? sticky);
  return routedIn(traffic).flatMap(({ name, beside }) => {
    if (!beside || (beside.byWay && !byWay)) return [];
    const gets =
      byWay?.sticky && beside.byWay ? 'keeps users with a version' : 'what the candidate gets';
    const what = when === 'start' ? `created: ${gets}` : 'deleted';
    return [{ when, object: `${beside.kind.kind} ${name}-${beside.suffix}`, what }];
  });
}

function routedIn(traffic: ReleaseSpec['traffic']): RoutedObject[] {
  return (traffic?.routers ?? []).flatMap(({ name, config }) => routedObjects(name, config));
}

/** What a route leads to where it leads to subsets. */
function subsetWrites(
  traffic: ReleaseSpec['traffic'],
  write: Omit<PlannedWrite, 'object'>,
): PlannedWrite[] {
  const { routers = [], services = [] } = traffic ?? {};
  const holders = routers.flatMap((router) => subsetHolders(router, services));
  return holders.map((object) => ({ object, ...write }));
}

interface Route {
  object: string;
  pinned: boolean;
}

/** What carries the traffic. */
function routes(traffic: ReleaseSpec['traffic']): Route[] {
  return (traffic?.routers ?? []).flatMap(({ name, config }): Route[] => {
    const pinned = name === 'serviceSelector';
    if (name === 'podShares') return [];
    if (pinned)
      return (traffic?.services ?? []).map((service) => ({ object: `Service ${service}`, pinned }));
    const objects = routedObjects(name, config).map(routedTitle);
    return (objects.length > 0 ? objects : [name]).map((object) => ({ object, pinned }));
  });
}
