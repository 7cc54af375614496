/** What is known of the version in the template, before there is a release of it. */
import type { PolicySpec } from '../api/policy.ts';
import type { SetState, WorkloadState } from '../ports/workload.ts';
import { isEarlier, type NewVersion } from './pull.ts';
import { originOf, rollbackOf } from './rollback.ts';
import type { Snapshot } from './snapshot.ts';

interface Held {
  spec: PolicySpec;
  workload: WorkloadState;
  running: SetState;
}

export function versionOf(
  { history, now }: Pick<Snapshot, 'history' | 'now'>,
  { spec, workload, running }: Held,
): NewVersion & { origin: number | undefined } {
  const { template, templateHash, owned, uid } = workload;
  const back = {
    candidate: templateHash,
    running: running.templateHash,
    target: uid,
    history,
    nowMs: now,
  };
  const { skips, because } = rollbackOf(spec.rollbackWindow, back);
  return {
    template,
    earlier: isEarlier(templateHash, { history, owned }),
    goesBack: skips ? because : '',
    origin: originOf(back),
  };
}
