/** Mutants of a fresh baseline: more pods of it than there may be, and for longer. */
import type { Decision, Snapshot } from '../engine/index.ts';
import { type Mutant, stepping } from './mutants.ts';

function withFresh(decision: Decision, replicas: (wanted: number) => number): Decision {
  const { workload } = decision;
  const { release } = workload ?? {};
  if (!workload || !release?.fresh) return decision;
  const fresh = { ...release.fresh, replicas: replicas(release.fresh.replicas) };
  return { ...decision, workload: { ...workload, release: { ...release, fresh } } };
}

function withMoreFresh(decision: Decision): Decision {
  return withFresh(decision, (wanted) => (wanted > 0 ? wanted + 1 : 0));
}

function withFreshLeft(decision: Decision, { workload }: Snapshot): Decision {
  const isLate = ['Swap', 'Bake', 'Drain'].includes(decision.release?.status.step ?? '');
  return isLate ? withFresh(decision, () => workload?.candidate?.replicas ?? 0) : decision;
}

export const MUTANTS_OF_FRESH: Mutant[] = [
  {
    invariant: 15,
    strategy: 'canary',
    hint: 71000004,
    without: 'as many pods to be compared with as the candidate has',
    mutation: stepping((step, snapshot) => withMoreFresh(step(snapshot))),
  },
  {
    invariant: 15,
    strategy: 'canary',
    hint: 71000004,
    without: 'taking them away before the last stage',
    mutation: stepping((step, snapshot) => withFreshLeft(step(snapshot), snapshot)),
  },
];
