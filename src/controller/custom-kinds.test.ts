import { expect, test } from 'vitest';
import type { GroupKind } from '../api/object.ts';
import type { Informer } from '../ports/informer.ts';
import { CustomKinds } from './custom-kinds.ts';

const SPLIT = { group: 'split.smi-spec.io', kind: 'TrafficSplit' };
const LANE = { group: 'edge.example.com', kind: 'Lane' };

function kindsWith() {
  const made: GroupKind[] = [];
  const running = new Map<Informer, AbortSignal>();
  const kinds = new CustomKinds((kind) => {
    made.push(kind);
    return { title: kind.kind } as unknown as Informer;
  });
  const start = () =>
    kinds.start((informer, stop) => {
      running.set(informer, stop);
      return new Promise((resolve) => {
        stop.addEventListener('abort', () => {
          running.delete(informer);
          resolve();
        });
      });
    });
  return { kinds, made, start, runs: () => [...running.keys()] as unknown[] };
}

test('one watch of a kind, for all who want it, until nobody does', async () => {
  const { kinds, made, start, runs } = kindsWith();
  start();
  kinds.want([SPLIT, SPLIT]);
  const first = kinds.of(SPLIT);
  kinds.want([LANE, SPLIT]);
  expect(made).toEqual([SPLIT, LANE]);
  expect(kinds.of(SPLIT)).toBe(first);
  expect(runs()).toEqual([{ title: 'TrafficSplit' }, { title: 'Lane' }]);
  kinds.want([LANE]);
  expect(kinds.of(SPLIT)).toBeUndefined();
  expect(runs()).toEqual([{ title: 'Lane' }]);
  // One that comes back is read anew: what was known of it is old.
  kinds.want([LANE, SPLIT]);
  expect(kinds.of(SPLIT)).not.toBe(first);
  kinds.want([]);
  await kinds.ended();
  expect(runs()).toEqual([]);
});

test('what is wanted before it starts is watched from then on', () => {
  const { kinds, start, runs } = kindsWith();
  kinds.want([SPLIT]);
  expect(runs()).toEqual([]);
  start();
  expect(runs()).toEqual([{ title: 'TrafficSplit' }]);
});
