/** A StatefulSet whose pods cannot all go back, since those of the version before do not become ready. */
import type { WorkloadState } from '../ports/workload.ts';
import type { Turn } from './turn.ts';

/** Begins the name of a move back: so many pods are left. */
export const BACK = 'back-';

/**
 * Pods of the version before do not become ready, and its controller waits for them: no pod has gone back in
 * twice the time that one has. The release ends; the policy goes on taking back.
 */
export function isLeftMixed({ status, plan, now }: Turn): boolean {
  // A DaemonSet goes on going back, however long it takes.
  if (plan.roll?.type === 'Nodes') return false;
  const { towards, move = '', unavailableSince } = status;
  if (towards !== 'Aborted' || !move.startsWith(BACK) || unavailableSince === undefined)
    return false;
  return now >= Date.parse(unavailableSince) + 2 * plan.progressDeadlineMs;
}

/** Made smaller, a StatefulSet takes its pods away one by one, and none while another one is not ready. */
export function waitsForBeyond({ ordinals, replicas }: WorkloadState): string {
  const { going = 0 } = ordinals ?? {};
  return (
    `${going} pods beyond its ${replicas} have still to go, and the StatefulSet controller waits for each of them; ` +
    'delete those that are not ready, if they stay'
  );
}
