/** The way back of a DaemonSet: stable's template first, so that nothing more comes up with what is taken back. */
import type { DaemonPod, PodOnNode } from '../ports/workload.ts';
import { journalTemplate } from './native.ts';
import { goingNow, onNode } from './node-batches.ts';
import {
  type Daemons,
  isDaemons,
  limitsOf,
  noticeRefusal,
  refusalOf,
  standing,
} from './node-standing.ts';
import { isLate } from './ordinals-back.ts';
import type { Turn } from './turn.ts';

/** True when no pod of another version is left, and the template says what users have. */
export function nodesBack(turn: Turn): boolean {
  const { workload, spec } = turn;
  if (!isDaemons(workload)) return true;
  if (isWithdrawn(turn, workload)) withdraw(turn);
  journalTemplate(turn, workload);
  const { hash, templateHash } = spec.stable;
  const at = standing(turn, workload, hash);
  const left = at.old.length;
  if (left === 0 && isWritten(turn, workload.templateHash, templateHash))
    return areMadeAnew(turn, workload);
  const { missing } = limitsOf(turn, workload);
  const late = left > 0 && isLate(turn, left);
  const pods = goneBack(at.old, { missing: late ? 0 : at.missing, limit: missing });
  turn.nodes = pods;
  const refused = refusalOf(turn, pods.evict);
  const why = refused === '' ? '' : `: ${refused}`;
  noticeRefusal(turn, refused);
  turn.waitFor(left > 0 ? `${left} pods of the new version to be replaced${why}` : TEMPLATE);
  return false;
}

/** Its user wrote what users have in place of what is journalled, before Segue did. */
function isWithdrawn({ status, spec }: Turn, workload: Daemons): boolean {
  const { templateSeen } = status.journal ?? {};
  const stands = workload.templateHash === spec.stable.templateHash && !workload.nodes.standIn;
  return stands && templateSeen !== undefined && workload.generation > templateSeen;
}

function withdraw(turn: Turn): void {
  const { template: _, templateSeen: __, ...journal } = turn.status.journal ?? {};
  turn.change({ journal });
  turn.persistNow = true;
}

/** Pods that are on their way come with what the template says: what a user wrote since is not put back before.
 * Bounded: some may never come. */
function areMadeAnew(turn: Turn, { nodes, replicas }: Daemons): boolean {
  const coming = replicas - nodes.here.filter(({ pod }) => pod).length;
  const writes = turn.status.journal?.template !== undefined;
  if (!writes || coming <= 0 || isLate(turn, 0)) return true;
  turn.nodes = { evict: [], delete: [] };
  turn.waitFor(`${coming} pods to be made anew with the version that users have`);
  return false;
}

const TEMPLATE = "the stable version's template to be put back";

/** What a user wrote since is the next to be released, and nothing came up with what was taken back. */
function isWritten({ status }: Turn, now: string, stable: string): boolean {
  return now === stable || status.journal?.template !== undefined;
}

/** Those that serve nobody at once, whatever a budget says; of the others as many as may be missing. */
export function goneBack<T extends DaemonPod & { group: string }>(
  old: readonly T[],
  { missing, limit }: { missing: number; limit: number },
): { evict: PodOnNode[]; delete: PodOnNode[] } {
  const broken = old.filter(({ ready }) => !ready);
  const serving = old.filter(({ ready }) => ready).map((pod) => ({ ...pod, group: '' }));
  const all = { end: serving.length, group: '' };
  return {
    evict: goingNow({ moved: 0, old: serving, missing }, all, limit),
    delete: broken.map(onNode),
  };
}
