/** What invariant 15 says of the pods of the old version that are there to be compared with. */
import { BEARABLE_MS, type Checker, type Report } from './checker.ts';
import type { Course } from './course.ts';
import { isFresh, openRelease, sizeOf } from './facts.ts';
import type { ModelApi } from './model-api.ts';

/**
 * 15. Segue never gives them more pods than the candidate had in the release; in calm there are not more of them than
 * of the candidate's for long, and none while all the traffic is on one version, or without a release.
 */
export function freshStaysSmall({ world: { api } }: Course, report: Report): Checker[] {
  const most = new Map<string, number>();
  return [
    {
      change({ by, before, after }) {
        if (after?.kind !== 'ReplicaSet') return;
        const open = openRelease(api);
        if (!open) return;
        const { name } =
          open.spec.candidate.replicaSet === after.metadata.name ? open : { name: '' };
        if (name !== '') most.set(name, Math.max(most.get(name) ?? 0, sizeOf(after)));
        if (!isFresh(after) || !by.startsWith('segue') || sizeOf(after) <= sizeOf(before)) return;
        const candidate = most.get(open.name) ?? 0;
        if (sizeOf(after) > candidate)
          report(`${sizeOf(after)} fresh pods beside ${candidate} of the candidate`);
      },
    },
    { never: { longerThanMs: BEARABLE_MS, is: () => tooMany(api) } },
  ];
}

function tooMany(api: ModelApi): string | undefined {
  const size = api
    .all('ReplicaSet')
    .filter(isFresh)
    .reduce((sum, set) => sum + sizeOf(set), 0);
  if (size === 0) return undefined;
  const open = openRelease(api);
  if (!open) return `${size} fresh pods without a release`;
  const { spec, status } = open;
  if (['Swap', 'Bake', 'Keep', 'Drain'].includes(status.step ?? ''))
    return `${size} fresh pods at step ${status.step}`;
  // On the way back they go with the candidate's.
  if (status.step !== 'Stage') return undefined;
  const candidate = sizeOf(api.get('ReplicaSet', spec.candidate.replicaSet));
  return size > candidate ? `${size} fresh pods beside ${candidate} of the candidate` : undefined;
}
