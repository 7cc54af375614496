/** Where a release is, as the demo shows it: worked out from the Release, the two ReplicaSets and
 * what the load measured. Pure. */
import { formatDuration } from '../../api/duration.ts';
import { HASH_LABEL } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { ReleaseStatus, Step } from '../../api/release.ts';
import type { Rate } from './load-report.ts';
import { versionOf, type ReleaseObject } from './outcome.ts';

export interface Progress {
  /** Since the load began. */
  elapsedMs: number;
  /** The releases of the demo, in order. */
  releases: ReleaseLine[];
  versions: VersionLine[];
  /** What the release in progress waits for. */
  waitsFor: string[];
}

export interface ReleaseLine {
  strategy: string;
  from: string;
  to: string;
  state: 'Waiting' | 'Running' | 'Promoted' | 'Aborted';
  text: string;
}

export interface VersionLine {
  version: string;
  role: 'stable' | 'candidate' | '';
  /** Percent of the traffic that it is given. */
  weight: number;
  pods: { ready: number; wanted: number } | undefined;
  rate: Rate | undefined;
}

export interface World {
  sets: readonly KubeObject[];
  rates: ReadonlyMap<string, Rate>;
  nowMs: number;
}

const STEP_TEXT: Record<Exclude<Step, 'Stage'>, string> = {
  Wait: 'waits before anything is touched',
  Prepare: 'routes to the two versions are made',
  Swap: 'the two versions change places',
  Bake: 'all traffic moved, the old version still up',
  Keep: 'released, the old version is kept',
  Drain: 'the old version goes',
  Retreat: 'taken back, all traffic on the old version',
  SwapBack: 'taken back, the two versions change places',
  Discard: 'taken back, the new version goes',
  Restore: 'the route goes back to the Service',
  CleanUp: 'clears up',
  Done: 'ended',
};

/** Where it is, in a few words that change only when that changes. */
export function positionText({ spec, status }: ReleaseObject): string {
  const { step = 'Prepare', stage = 0, outcome, message } = status ?? {};
  if (outcome) return `${outcome}: ${message ?? ''}`;
  if (step !== 'Stage') return STEP_TEXT[step];
  const name = spec.plan.stages[stage]?.name ?? '';
  return `stage ${stage + 1} of ${spec.plan.stages.length}, ${name}`;
}

export function versionLines(release: ReleaseObject, world: World): VersionLine[] {
  const weight = candidateWeight(release.status ?? {});
  const line = (role: 'stable' | 'candidate', share: number): VersionLine => {
    const { images, hash } = release.spec[role];
    const version = versionOf(images);
    return {
      version,
      role,
      weight: share,
      pods: podsOf(hash, world),
      rate: world.rates.get(version),
    };
  };
  return [line('stable', 100 - weight), line('candidate', weight)];
}

/** Percent of the traffic to the candidate; at the end the Service has only one version left. */
function candidateWeight({ traffic, towards, outcome }: ReleaseStatus): number {
  if (traffic?.route === 'Split') return traffic.weight;
  return (outcome ?? towards) === 'Promoted' ? 100 : 0;
}

/** Hold and checks of the present stage with numbers that move; elsewhere the release's own words. */
export function waitsFor(release: ReleaseObject, { nowMs, sets }: World): string[] {
  const status = release.status ?? {};
  if (status.outcome) return [];
  const missing = missingPods(release, sets);
  if (missing) return [missing];
  const gates = gatesOf(release);
  if (!gates || status.gateSince === undefined || status.paused)
    return status.message ? [status.message] : [];
  const leftMs = gates.holdMs - (nowMs - Date.parse(status.gateSince));
  const holds =
    leftMs > 0 ? [`hold of ${formatDuration(gates.holdMs)}: ${formatDuration(leftMs)} left`] : [];
  return [...holds, ...gates.checks.map((check) => checkText(check, status))];
}

function missingPods({ spec, status }: ReleaseObject, sets: readonly KubeObject[]) {
  if (status?.towards === 'Aborted') return undefined;
  const pods = podsOf(spec.candidate.hash, { sets });
  if (!pods || pods.ready >= pods.wanted) return undefined;
  return `pods of ${versionOf(spec.candidate.images)}: ${pods.ready} of ${pods.wanted} ready`;
}

function gatesOf({
  spec,
  status,
}: ReleaseObject): { holdMs: number; checks: string[] } | undefined {
  const { stages, bakeMs, bakeChecks } = spec.plan;
  if (status?.step === 'Bake') return { holdMs: bakeMs, checks: bakeChecks };
  const stage = status?.step === 'Stage' ? stages[status.stage ?? 0] : undefined;
  return stage && { holdMs: stage.holdMs ?? 0, checks: stage.checks };
}

function checkText(name: string, { evidence = [] }: ReleaseStatus): string {
  const found = evidence.find(({ check }) => check === name);
  return `check ${name}: ${found ? `${found.verdict.toLowerCase()}, ${found.because}` : 'not measured yet'}`;
}

function podsOf(hash: string, { sets }: Pick<World, 'sets'>): VersionLine['pods'] {
  const set = sets.find(({ metadata }) => metadata.labels?.[HASH_LABEL] === hash);
  if (!set) return undefined;
  const { replicas: wanted = 0 } = (set['spec'] ?? {}) as { replicas?: number };
  const { readyReplicas: ready = 0 } = (set['status'] ?? {}) as { readyReplicas?: number };
  return { ready, wanted };
}
