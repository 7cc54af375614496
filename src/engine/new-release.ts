/** The release of what a target's template says: everything it will go by is frozen into its spec. */
import type { Plan, ReleaseSpec } from '../api/release.ts';
import type { SetState, WorkloadState } from '../ports/workload.ts';
import type { Decision } from './decision.ts';
import { addedByDefaults } from './effective-policy.ts';
import { versionOf } from './new-version.ts';
import { compileFirst, compilePlan } from './plan.ts';
import { releaseTraffic } from './release-traffic.ts';
import type { PolicySnapshot, Snapshot } from './snapshot.ts';

export interface NewRevision {
  snapshot: Snapshot;
  policy: PolicySnapshot;
  workload: WorkloadState;
  running: SetState;
  /** A person asked for another try of the rejected template. */
  retry: boolean;
}

interface Drafted extends NewRevision {
  config?: ReleaseSpec['config'];
}

/** Of what runs in a set. */
export function imagesOf(set: SetState): string[] {
  const spec = set.template['spec'] as { containers?: { image?: string }[] } | undefined;
  return (spec?.containers ?? []).map((container) => container.image ?? '');
}

/** One that was announced and is not seen yet was made a moment ago, or never: the same name again
 * is refused or makes it, another name could make a second one. */
function nextNumber(snapshot: Snapshot, policy: PolicySnapshot): number {
  const { releases = 0 } = policy.status;
  return isAnnounced(snapshot, policy) ? releases : Math.max(releases, snapshot.lastNumber) + 1;
}

export function isAnnounced(
  { lastNumber }: Pick<Snapshot, 'lastNumber'>,
  { name, status }: PolicySnapshot,
): boolean {
  const { releases = 0, release } = status;
  return release === `${name}-${releases}` && lastNumber < releases;
}

/** Of a pair there is always the Service to be moved. */
function nothingRuns(
  { spec }: PolicySnapshot,
  { workload, running }: Pick<NewRevision, 'workload' | 'running'>,
): boolean {
  // Nodes that are away are coming back, each with its pod.
  if (workload.nodes && workload.nodes.away.length > 0) return false;
  return !spec.pairRef && workload.replicas === 0 && running.current === 0;
}

export function draftRelease({
  snapshot,
  policy,
  workload,
  running,
  retry,
  config,
}: Drafted): NonNullable<Decision['create']> {
  const number = nextNumber(snapshot, policy);
  const version = versionOf(snapshot, { spec: policy.spec, workload, running });
  const { strategy, plan, checks, traffic } = nothingRuns(policy, { workload, running })
    ? { ...compileFirst(policy.spec), traffic: undefined }
    : { ...compilePlan(policy.spec, version), traffic: releaseTraffic(policy.spec) };
  const { group, kind, name } = policy.spec.targetRef;
  const fromDefaults = addedByDefaults(policy.others?.origins ?? []);
  const spec: ReleaseSpec = {
    policy: policy.name,
    target: { group, kind, name, uid: workload.uid, generation: workload.generation },
    number,
    ...(version.origin !== undefined && { origin: version.origin }),
    ...(retry && { retryOf: policy.status.lastRelease ?? policy.name }),
    strategy,
    stable: {
      hash: running.hash,
      replicaSet: running.name,
      images: imagesOf(running),
      templateHash: running.templateHash,
      template: running.template,
      ...(running.revision !== undefined && { revision: running.revision }),
    },
    candidate: {
      ...candidateName(workload, plan),
      images: workload.images,
      templateHash: workload.templateHash,
      template: workload.template,
    },
    plan,
    ...(traffic && { traffic }),
    checks,
    ...(config && { config }),
    ...(fromDefaults.length > 0 && { fromDefaults }),
  };
  return { name: `${policy.name}-${number}`, spec };
}

/** Where the target's controller fills it, an empty set of its history is the candidate: two of one
 * template confuse that controller. */
function candidateName({ owned, next, templateHash }: WorkloadState, { roll }: Plan) {
  const known = roll && owned.find((set) => set.templateHash === templateHash);
  return known
    ? { hash: known.hash, replicaSet: known.name }
    : { hash: next.hash, replicaSet: next.name };
}
