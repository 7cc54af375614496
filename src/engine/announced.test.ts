/** Routes that have to name the Services of each version for some time before these can get anything. */
import { expect, test } from 'vitest';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = (ms: number) => new Date(START_MS + ms).toISOString();
const MINUTE_MS = 60_000;

const preparing = (
  traffic: Partial<ReleaseStatus['traffic']> = {},
  agoMs = 1_000,
): ReleaseStatus => ({
  step: 'Prepare',
  stepSince: at(-agoMs),
  traffic: { dedicated: true, route: 'Service', weight: 0, ...traffic },
});

const see = (status: ReleaseStatus, traffic: Parameters<typeof reading>[0]) =>
  step(
    snapshot({
      workload: workload('v2'),
      release: release(status),
      traffic: reading({
        route: 'Service',
        weight: undefined,
        endpoints: { stable: 4, candidate: 0 },
        ...traffic,
      }),
    }),
  ).release?.status;

const named = { named: true, namingRoute: 'Service' as const };
const unnamed = {
  named: false,
  namingRoute: 'Service' as const,
  message: 'Ingress web: it does not name them yet',
};

test('others are sent to the Services of each version at once', () => {
  expect(see(preparing(), {})?.traffic).toMatchObject({ route: 'Split', weight: 0 });
});

test('what is named only now settles first', () => {
  expect(see(preparing(), unnamed)).toMatchObject({
    traffic: { route: 'Service' },
    message: expect.stringContaining('does not name them yet') as string,
  });
  expect(see(preparing(), named)?.traffic).toMatchObject({ route: 'Service', readBackAt: at(0) });
  expect(see(preparing({ readBackAt: at(-500) }), named)?.traffic?.route).toBe('Service');
  const since = see(preparing({ readBackAt: at(-MINUTE_MS) }), named);
  expect(since?.traffic).toMatchObject({ route: 'Split', weight: 0, since: at(0) });
  expect(since?.traffic?.readBackAt).toBeUndefined();
  // Somebody took the names out: the time begins anew.
  const again = see(preparing({ readBackAt: at(-MINUTE_MS) }), unnamed)?.traffic;
  expect(again).toEqual({ dedicated: true, route: 'Service', weight: 0 });
});

test('with a Service that is made again it settles again, also before that has endpoints', () => {
  const endpoints = { stable: 0, candidate: 0 };
  const seen = see(preparing({ readBackAt: at(-MINUTE_MS) }), { ...unnamed, endpoints });
  expect(seen?.traffic).toEqual({ dedicated: true, route: 'Service', weight: 0 });
  // Fewer endpoints alone take nothing out of the route.
  const known = see(preparing({ readBackAt: at(-MINUTE_MS) }), { ...named, endpoints })?.traffic;
  expect(known).toMatchObject({ route: 'Service', readBackAt: at(-MINUTE_MS) });
});

test('what is never named ends the release', () => {
  expect(see(preparing({}, 11 * MINUTE_MS), unnamed)).toMatchObject({
    towards: 'Aborted',
    reason: 'ProgressDeadlineExceeded',
  });
});

/** In a stage of five percent, which had been read back; somebody applied the route as it was before. */
const staging = (traffic: Partial<ReleaseStatus['traffic']> = {}): ReleaseStatus => ({
  step: 'Stage',
  stepSince: at(-MINUTE_MS),
  stage: 0,
  stageReplicas: 4,
  traffic: { dedicated: true, route: 'Split', weight: 5, since: at(-1_000), ...traffic },
});

const decide = (
  status: ReleaseStatus,
  traffic: Parameters<typeof reading>[0],
  pods: Parameters<typeof setOf>[1] = {},
) =>
  step(
    snapshot({
      workload: workload('v2', {
        candidate: setOf('v2', { replicas: 1, owner: 'Release', ...pods }),
      }),
      release: release(status),
      traffic: reading({
        route: 'Service',
        weight: undefined,
        endpoints: { stable: 4, candidate: 1 },
        ...traffic,
      }),
    }),
  );

test('what somebody took the names out of names them first, and is persisted', () => {
  const { release: made, traffic } = decide(staging(), unnamed);
  expect(traffic).toMatchObject({ route: 'Split', weight: 5, announces: true });
  expect(made?.status.traffic).toMatchObject({ route: 'Split', weight: 5, announcing: {} });
  expect(made?.status.message).toContain('does not name them yet');
  expect(made?.persist).toBe('Now');
});

test('it gets its share back when they have been known for the settle time', () => {
  const waiting = staging({ announcing: {} });
  const seen = decide(waiting, { ...named, accepted: false });
  expect(seen.traffic).toMatchObject({ announces: true });
  expect(seen.release?.status.traffic?.announcing).toEqual({});
  const begun = decide(waiting, named);
  expect(begun.traffic).toMatchObject({ announces: true });
  expect(begun.release?.status.traffic?.announcing).toEqual({ since: at(0) });
  expect(begun.wakeAtMs).toBeLessThanOrEqual(START_MS + MINUTE_MS);
  const over = decide(staging({ announcing: { since: at(-MINUTE_MS) } }), named);
  expect(over.traffic).not.toHaveProperty('announces');
  expect(over.release?.status.traffic).not.toHaveProperty('announcing');
  // Taken out once more: the time begins anew.
  const again = decide(staging({ announcing: { since: at(-MINUTE_MS) } }), unnamed);
  expect(again.release?.status.traffic?.announcing).toEqual({});
});

test('where the names have stayed, and where requests are split, nothing is named anew', () => {
  const there = { named: true, namingRoute: 'Split' as const };
  for (const seen of [
    {},
    { named: true, namingRoute: 'Other' as const, route: 'Other' as const },
    { ...there, route: 'Split' as const, weight: 5 },
    // Another route is not where it should be.
    { ...there, route: 'Other' as const },
  ])
    expect(decide(staging(), seen).traffic).not.toHaveProperty('announces');
  const again = decide(staging({ announcing: {} }), { ...there, route: 'Split', weight: 5 });
  expect(again.release?.status.traffic).not.toHaveProperty('announcing');
});

test('all of it taken back at once may be news of two objects: the names are looked at for as long', () => {
  const there = staging({ readBackAt: at(-MINUTE_MS) });
  const { traffic, release: made } = decide(there, named);
  expect(traffic).toMatchObject({ announces: true, seen: named });
  expect(made?.status.traffic?.announcing).toEqual({ since: at(0) });
});

test('what was never led anywhere has not been taken back: the decision to do so is all there is yet', () => {
  const decided = { route: 'Split' as const, weight: 0, since: at(-30) };
  const seen = see(preparing(decided), named);
  expect(seen?.traffic).toMatchObject(decided);
  expect(seen?.traffic?.announcing).toBeUndefined();
  const led = see(preparing({ ...decided, readBackAt: at(-20) }), named);
  expect(led?.traffic?.announcing).toEqual({ since: at(0) });
});

test('a release that is taken back meanwhile names them first too', () => {
  const status = staging({ announcing: {} });
  const given = { ...status, unavailableSince: at(-60 * MINUTE_MS) };
  const { traffic, release: made } = decide(given, unnamed, { available: 0, ready: 0 });
  expect(made?.status.towards).toBe('Aborted');
  expect(traffic).toMatchObject({ route: 'Split', weight: 0, announces: true });
});

test('news of a route and of its subsets, written at once, are one deed; later ones are another', () => {
  const blamed = (agoMs: number, router: string) => {
    const traffic = { readBackAt: at(-10), since: at(-agoMs) };
    const status = { ...staging(traffic), undone: { traffic: 1 } };
    const made = release(status);
    const config = { serviceSplitter: 'web' };
    const { traffic: frozen, ...spec } = made.spec;
    const routers = [{ name: router, config }];
    const { release: next } = step(
      snapshot({
        workload: workload('v2', { candidate: setOf('v2', { replicas: 1, owner: 'Release' }) }),
        release: { ...made, spec: { ...spec, ...(frozen && { traffic: { ...frozen, routers } }) } },
        traffic: reading({ route: 'Service', weight: undefined, ...named }),
      }),
    );
    return next?.status;
  };
  expect(blamed(30, 'consul')).toMatchObject({
    undone: { traffic: 1 },
    traffic: { since: at(-30) },
  });
  expect(blamed(30, 'consul')?.towards).toBeUndefined();
  expect(blamed(5_000, 'consul')).toMatchObject({ towards: 'Aborted', reason: 'RouteContested' });
  expect(blamed(30, 'alb')).toMatchObject({ towards: 'Aborted', reason: 'RouteContested' });
});
