/** What somebody undid: put back, told, counted; after the second time the release is taken back. */
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import {
  reading,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
  wrote,
} from '../testing/snapshots.ts';
import type { TrafficReading } from './snapshot.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const candidate = setOf('v2', { owner: 'Release' });
const taken: Partial<TrafficReading> = { route: 'Service', weight: undefined, by: wrote('flux') };

function status(change: ReleaseStatus = {}): ReleaseStatus {
  return {
    step: 'Stage',
    stage: 0,
    stepSince: at(-60_000),
    gateSince: at(-30_000),
    stageReplicas: 4,
    startedAt: at(-90_000),
    traffic: { dedicated: true, route: 'Split', weight: 5, readBackAt: at(-30_000) },
    ...change,
  };
}

function see(
  before: ReleaseStatus,
  read: Partial<TrafficReading>,
  held = true,
  generation = 2,
  by = wrote('argocd'),
) {
  const { release: next, ...decision } = step(
    snapshot({
      release: release(before, {
        strategy: { canary: { stages: [{ weight: 5, approval: {} }], timeout: '10m' } },
      }),
      workload: workload('v2', { candidate, held, generation, by }),
      traffic: reading({ weight: 5, ...read }),
    }),
  );
  return { ...decision, status: next?.status ?? {}, persist: next?.persist };
}

test('a route that was moved is put back, and who moved it is named', () => {
  const { status: next, events, traffic, persist } = see(status(), taken);
  expect(next).toMatchObject({ step: 'Stage', undone: { traffic: 1 } });
  expect(next.traffic?.readBackAt).toBeUndefined();
  expect(traffic).toMatchObject({ route: 'Split', weight: 5 });
  expect(events).toEqual([{ type: 'Warning', reason: 'RouteTaken', message: expect.any(String) }]);
  expect(events[0]?.message).toMatch(/spec\.rules of HTTPRoute web was written by flux, the first/);
  expect(events[0]?.message).toMatch(/tell flux to leave .* alone \(see docs\/en\/own-cluster\.md/);
  // A restart must not begin to count anew.
  expect(persist).toBe('Now');
  // Until it has been read back again it is not lost once more.
  expect(see(next, taken).status.undone).toEqual({ traffic: 1 });
});

test('who wrote before the route was last as it should be is not named for what left no trace', () => {
  const since = { ...status().traffic, since: at(-40_000) } as ReleaseStatus['traffic'];
  const by = wrote('helm', at(-41_000));
  const { events } = see(status({ traffic: since }), { ...taken, by });
  expect(events[0]?.message).toMatch(
    /was written by somebody, the first time: .* tell it to leave/,
  );
  const told = see(status({ traffic: since }), { ...taken, by: wrote('helm', at(-40_000)) });
  expect(told.events[0]?.message).toMatch(/was written by helm/);
});

test('moved by another controller of Segue it is put back, and nobody is blamed', () => {
  const other = { weight: 70, by: wrote('flux'), own: true };
  const { status: next, events, traffic } = see(status({ undone: { traffic: 1 } }), other);
  expect(next).toMatchObject({ step: 'Stage', undone: { traffic: 1 } });
  expect(next.traffic?.readBackAt).toBeUndefined();
  expect(traffic).toMatchObject({ route: 'Split', weight: 5 });
  expect(events).toEqual([]);
  // What somebody took out leaves no trace of them, and Segue as the one that wrote last.
  const out = see(status(), { ...taken, own: true });
  expect(out.status).toMatchObject({ undone: { traffic: 1 } });
});

test('moved twice, the release is taken back; moved again, the route is left to them', () => {
  const second = see(status({ undone: { traffic: 1 } }), taken);
  expect(second.status).toMatchObject({
    towards: 'Aborted',
    reason: 'RouteContested',
    traffic: { route: 'Split', weight: 0 },
  });
  expect(second.status.because).toMatch(/was written by flux 2 times in this release; tell flux/);
  const { traffic } = second.status;
  const back = {
    ...second.status,
    traffic: { ...traffic, readBackAt: at(-1) } as ReleaseStatus['traffic'],
  };
  const third = see(back, taken);
  expect(third.traffic).toMatchObject({ route: 'Service' });
  expect(third.status.step).not.toBe('Retreat');
});

test('past the point of return it is left to them after the third time', () => {
  const draining = (times: number) =>
    status({
      step: 'Drain',
      towards: 'Promoted',
      drainSince: at(-1),
      traffic: { dedicated: true, route: 'Split', weight: 100, readBackAt: at(-1) },
      undone: { traffic: times },
    });
  expect(see(draining(1), taken).traffic).toMatchObject({ route: 'Split', weight: 100 });
  expect(see(draining(2), taken).traffic).toMatchObject({ route: 'Service' });
});

test.each<[string, Partial<TrafficReading>]>([
  ['where it should be', {}],
  ['not accepted for a moment', { accepted: false }],
  ['gone', { route: 'Other', weight: undefined, missing: true }],
])('a route that is %s was not moved', (_, read) => {
  expect(see(status(), read).status.undone).toBeUndefined();
});

test("a weight that was written before a restart, and not told of yet, is nobody else's", () => {
  const stages = [
    { weight: 5, approval: {} },
    { weight: 50, hold: '1m' },
  ];
  const seen = (weight: number) => {
    const decision = step(
      snapshot({
        release: release(status(), { strategy: { canary: { stages, timeout: '10m' } } }),
        workload: workload('v2', { candidate, held: true, by: wrote('argocd') }),
        traffic: reading({ weight }),
      }),
    );
    return decision.release?.status.undone;
  };
  expect(seen(50)).toBeUndefined();
  expect(seen(49)).toEqual({ traffic: 1 });
});

test('a resumed target is paused again; resumed twice, the release is taken back', () => {
  const first = see(status(), {}, false, 3);
  expect(first.workload).toMatchObject({ held: true });
  expect(first.events[0]).toMatchObject({
    reason: 'HoldLost',
    message: expect.stringMatching(
      /Deployment web was resumed by argocd, the first time/,
    ) as string,
  });
  expect(first.status).toMatchObject({ step: 'Stage', undone: { hold: 1 } });
  // The pause is on its way: the same resumption is not counted again.
  expect(see(first.status, {}, false, 3).status.undone?.hold).toBe(1);
  const second = see(first.status, {}, false, 5);
  expect(second.status).toMatchObject({ towards: 'Aborted', reason: 'HoldContested' });
  expect(second.status.because).toMatch(/was resumed by argocd 2 times/);
});

test('who set the release off is not named for a resumption that left no trace', () => {
  const { events } = see(status(), {}, false, 3, wrote('kubectl-set', at(-90_000)));
  expect(events[0]?.message).toMatch(/Deployment web was resumed by somebody, the first time/);
});

test('a route that is refused is told of once, until it is taken up', () => {
  const message = 'Ingress web: FailedDeployModel: no';
  const refused = {
    accepted: false,
    refused: true,
    message,
    lookAgainAtMs: START_MS + 700,
  } as const;
  const first = see(status(), refused);
  expect(first.events).toEqual([{ type: 'Warning', reason: 'RouteRefused', message }]);
  expect(first.status.traffic?.readBackAt).toBeUndefined();
  expect(first).toMatchObject({ persist: 'Now', wakeAtMs: START_MS + 700, status: { message } });
  const accepted = ({ conditions }: ReleaseStatus) =>
    conditions?.find(({ type }) => type === 'RouteAccepted')?.status;
  const again = see(first.status, { ...refused, message: `${message}, request 2` });
  expect([again.events, accepted(again.status)]).toEqual([[], 'False']);
  const written = see(first.status, { accepted: false, message: 'it is looked at' });
  expect(accepted(written.status)).toBe('False');
  const taken = see(first.status, {});
  expect([taken.events, accepted(taken.status)]).toEqual([[], 'True']);
  expect(see(taken.status, refused).events).toHaveLength(1);
});
