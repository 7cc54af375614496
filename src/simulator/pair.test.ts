/** Two Deployments that take turns, in virtual time: the controllers of the cluster are there, and Segue
 * dies at every one of its writes. */
import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { BY, deployment, namespace, Pair, PODS, SLOW, template } from './pair-world.ts';

async function pair(given: ConstructorParameters<typeof Pair>[0] = {}): Promise<Pair> {
  return new Pair({ green: 0, ...given }).start();
}

const blueLive = { app: 'web', version: 'blue' };
const greenLive = { app: 'web', version: 'green' };

test('what is written into the idle one is released: sized, switched, baked; the old one is emptied', async () => {
  const p = await pair();
  expect(p.ready()).toMatchObject({ status: 'True', reason: 'Held' });
  expect(p.side('blue')).toMatchObject({ paused: true, replicas: PODS });
  expect(p.side('green')).toMatchObject({ paused: false, replicas: 0 });
  expect(p.release()).toBeUndefined();
  p.write('green', 'v2');
  await p.until('the bake', () => p.status()?.step === 'Bake');
  expect(p.selector()).toEqual(greenLive);
  expect(p.side('blue')).toMatchObject({ pods: { v1: PODS }, paused: true });
  expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
  expect(p.selector()).toEqual(greenLive);
  expect(p.side('green')).toEqual({
    replicas: PODS,
    paused: true,
    image: 'v2',
    pods: { v2: PODS },
  });
  expect(p.side('blue')).toEqual({ replicas: 0, paused: false, image: 'v1', pods: {} });
  expect(p.world.api.all('Service').map(({ metadata }) => metadata.name)).toEqual(['web']);
  expect(p.ready()?.message).toContain('v2 is released in Deployment web-green');
  expect(p.short).toEqual([]);

  // The next one goes the other way, and nothing else does.
  p.write('blue', 'v3');
  expect(await p.ended(2)).toMatchObject({ outcome: 'Promoted' });
  expect(p.selector()).toEqual(blueLive);
  expect(p.side('green')).toMatchObject({ replicas: 0, paused: false });
  expect(p.release(3)).toBeUndefined();
  expect(p.short).toEqual([]);
  const writes = p.world.writes;
  await p.pass(30 * 60_000);
  expect(p.world.writes).toBe(writes);
  p.end();
});

test('applied together with the policy, and seen after it, the idle one has nothing new', async () => {
  const p = await pair({ green: 0, late: true });
  await p.pass(60_000);
  expect(p.ready()).toMatchObject({ status: 'True', reason: 'Held' });
  expect(p.release()).toBeUndefined();
  p.write('green', 'v2');
  expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
  p.end();
});

test('an idle one with pods of its own rolls out by itself first, and users reach only the new ones', async () => {
  const p = await pair({ green: PODS, images: { v2: SLOW } });
  p.write('green', 'v2');
  await p.until('the rollout', () => p.status()?.step === 'Prepare');
  await p.pass(2_000);
  expect(p.status()?.step).toBe('Prepare');
  expect(p.side('green')).toMatchObject({ paused: false });
  await p.until('the switch', () => p.selector()['version'] === 'green');
  expect(p.side('green')).toEqual({
    replicas: PODS,
    paused: true,
    image: 'v2',
    pods: { v2: PODS },
  });
  expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
  expect(p.short).toEqual([]);
  p.end();
});

describe('the way back', () => {
  test.each([
    ['before the switch', { approval: {} }, (s: ReleaseStatus) => s.message === 'approval'],
    ['while it bakes', {}, (s: ReleaseStatus) => s.step === 'Bake' && s.gateSince !== undefined],
  ])(
    '%s: the Service names the old one again, the new one has its own size',
    async (_, blueGreen, so) => {
      const p = await pair({ blueGreen, green: 1 });
      p.write('green', 'v2');
      await p.until('the moment', () => so(p.status() ?? {}));
      expect(p.side('green')).toMatchObject({ paused: true, pods: { v2: PODS } });
      p.ask('Abort');
      const askedAt = p.world.clock.now();
      await p.until('its end', () => p.status()?.step === 'Done');
      expect(p.world.clock.now() - askedAt).toBeLessThan(20_000);
      expect(await p.ended()).toMatchObject({ outcome: 'Aborted', reason: 'AbortRequested' });
      expect(p.selector()).toEqual(blueLive);
      expect(p.side('blue')).toEqual({
        replicas: PODS,
        paused: true,
        image: 'v1',
        pods: { v1: PODS },
      });
      expect(p.side('green')).toEqual({ replicas: 1, paused: false, image: 'v2', pods: { v2: 1 } });
      expect(p.ready()).toMatchObject({ reason: 'ReleaseAborted' });
      await p.pass(30 * 60_000);
      expect(p.release(2)).toBeUndefined();
      expect(p.short).toEqual([]);

      // The next template is another try, and one that was there before the first is no news.
      p.write('green', 'v0');
      await p.pass(60_000);
      expect(p.release(2)).toBeUndefined();
      expect(p.ready()).toMatchObject({ reason: 'Held', status: 'True' });
      p.write('green', 'v3');
      await p.until('the next', () => p.release(2) !== undefined);
      p.end();
    },
  );

  test('a version that does not start is taken back by the deadline and gets no traffic', async () => {
    const p = await pair();
    p.write('green', 'never');
    expect(await p.ended()).toMatchObject({
      outcome: 'Aborted',
      reason: 'ProgressDeadlineExceeded',
    });
    expect(p.side('green')).toEqual({ replicas: 0, paused: false, image: 'never', pods: {} });
    expect(p.short).toEqual([]);
    p.end();
  });

  test('a newer template before the switch supersedes the release, and is released', async () => {
    const p = await pair({ blueGreen: { hold: '1m' } });
    p.write('green', 'v2');
    await p.until('the preview', () => p.status()?.gateSince !== undefined);
    p.write('green', 'v3');
    expect(await p.ended()).toMatchObject({ outcome: 'Aborted', reason: 'Superseded' });
    expect(await p.ended(2)).toMatchObject({ outcome: 'Promoted' });
    expect(p.side('green')).toMatchObject({ pods: { v3: PODS } });
    expect(p.short).toEqual([]);
    p.end();
  });
});

describe('what others do', () => {
  test('a Service that is written back is moved once more, and after the second time left to them', async () => {
    const p = await pair({ policy: { bake: '10m' } });
    p.write('green', 'v2');
    const back = () =>
      p.edit('Service', 'web', (spec) => Object.assign(spec, { selector: blueLive }));
    const settled = () =>
      p.status()?.step === 'Bake' && p.status()?.traffic?.readBackAt !== undefined;
    await p.until('the bake', settled);
    back();
    await p.pass(5_000);
    expect(p.selector()).toEqual(greenLive);
    expect(p.status()?.undone?.traffic).toBe(1);
    await p.until('it to settle', settled);
    await p.pass(1_000);
    back();
    expect(await p.ended()).toMatchObject({ outcome: 'Aborted', reason: 'RouteContested' });
    expect(p.selector()).toEqual(blueLive);
    expect(p.short).toEqual([]);
    p.end();
  });

  test('a label that somebody takes out of the selector is put in again, and what is theirs stays', async () => {
    const p = await pair({ policy: { bake: '10m' } });
    p.write('green', 'v2');
    await p.until('the bake', () => p.status()?.traffic?.weight === 100);
    await p.pass(3_000);
    p.edit('Service', 'web', (spec) => Object.assign(spec, { selector: { app: 'web' }, x: 1 }));
    await p.pass(3_000);
    expect(p.selector()).toEqual(greenLive);
    expect(p.world.api.get('Service', 'web')?.['spec']).toMatchObject({ x: 1 });
    p.end();
  });

  test('what is written into the live one is held and said, and released by nobody', async () => {
    const p = await pair();
    p.write('blue', 'v2');
    await p.pass(60_000);
    expect(p.ready()).toMatchObject({ status: 'False', reason: 'WrittenIntoLive' });
    expect(p.ready()?.message).toContain('write it into Deployment web-green');
    expect(p.side('blue')).toMatchObject({ paused: true, pods: { v1: PODS } });
    p.write('green', 'v2');
    expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
    await p.pass(5 * 60_000);
    expect(p.release(2)).toBeUndefined();
    expect(p.side('blue')).toMatchObject({ replicas: 0, paused: false, image: 'v2' });
    expect(p.short).toEqual([]);
    p.end();
  });

  test('another one that is written into the old one during a release comes after it', async () => {
    const p = await pair({ policy: { bake: '2m' } });
    p.write('green', 'v2');
    await p.until('the bake', () => p.status()?.step === 'Bake');
    p.write('blue', 'v3');
    expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
    expect(await p.ended(2)).toMatchObject({ outcome: 'Promoted' });
    expect(p.selector()).toEqual(blueLive);
    expect(p.side('blue')).toMatchObject({ pods: { v3: PODS } });
    expect(p.short).toEqual([]);
    p.end();
  });

  test('a second Deployment that comes later is the first release; the old one may be deleted', async () => {
    const p = await pair({ green: undefined, policy: { bake: '10m' } });
    expect(p.ready()).toMatchObject({ status: 'True' });
    expect(p.ready()?.message).toContain('which does not exist yet');
    p.world.api.create(deployment('green', 'v2', PODS), BY);
    await p.until(
      'the bake',
      () => p.status()?.step === 'Bake' && p.status()?.gateSince !== undefined,
    );
    p.world.api.delete({ group: 'apps', kind: 'Deployment', name: 'web-blue' }, {}, BY);
    const deletedAt = p.world.clock.now();
    expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
    expect(p.world.clock.now() - deletedAt).toBeLessThan(60_000);
    expect(p.selector()).toEqual(greenLive);
    await p.until('the policy to rest', () => p.ready()?.status === 'True');
    expect(p.short).toEqual([]);
    p.world.api.create(deployment('blue', 'v3', 1), BY);
    expect(await p.ended(2)).toMatchObject({ outcome: 'Promoted' });
    expect(p.selector()).toEqual(blueLive);
    p.end();
  });

  test('the new one deleted while it bakes: back to the old one', async () => {
    const p = await pair({ policy: { bake: '10m' } });
    p.write('green', 'v2');
    await p.until('the bake', () => p.status()?.step === 'Bake');
    p.world.api.delete({ group: 'apps', kind: 'Deployment', name: 'web-green' }, {}, BY);
    expect(await p.ended()).toMatchObject({ outcome: 'Aborted', reason: 'CandidateDeleted' });
    expect(p.selector()).toEqual(blueLive);
    expect(p.side('blue')).toMatchObject({ replicas: PODS, paused: true });
    p.end();
  });

  test('what is written into the new one while it bakes does not end the bake, and is said after it', async () => {
    const p = await pair({ policy: { bake: '2m' } });
    p.write('green', 'v2');
    await p.until('the bake', () => p.status()?.step === 'Bake');
    p.write('green', 'v3');
    await p.pass(60_000);
    expect(p.status()).toMatchObject({ step: 'Bake' });
    expect(p.side('green')).toMatchObject({ pods: { v2: PODS } });
    expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
    expect(p.ready()).toMatchObject({ reason: 'WrittenIntoLive' });
    expect(p.side('green')).toMatchObject({ paused: true, pods: { v2: PODS } });
    expect(p.short).toEqual([]);
    p.end();
  });

  test('moved by hand while nothing is released: the other one is held from then on', async () => {
    const p = await pair({ green: PODS });
    p.edit('Service', 'web', (spec) => Object.assign(spec, { selector: greenLive }));
    await p.pass(10_000);
    expect(p.side('green')).toMatchObject({ paused: true });
    expect(p.side('blue')).toMatchObject({ paused: false });
    expect(p.release()).toBeUndefined();
    p.end();
  });

  test.each(['at rest', 'in a release'])(
    'the policy deleted %s leaves both to their users',
    async (when) => {
      const p = await pair({ blueGreen: { hold: '10m' } });
      if (when === 'in a release') {
        p.write('green', 'v2');
        await p.until('the preview', () => p.status()?.step === 'Stage');
      }
      p.write('blue', 'v3');
      await p.pass(2_000);
      p.world.api.delete({ group: 'segue.dev', kind: 'ReleasePolicy', name: 'web' }, {}, BY);
      await p.until('it to go', () => p.world.api.get('ReleasePolicy', 'web') === undefined);
      await p.pass(60_000);
      expect(p.side('blue')).toEqual({
        replicas: PODS,
        paused: false,
        image: 'v1',
        pods: { v1: PODS },
      });
      expect(p.side('green')).toMatchObject({ replicas: 0, paused: false });
      expect(p.selector()).toEqual(blueLive);
      expect(p.short).toEqual([]);
      p.end();
    },
  );
});

test('kept: the old one stays as large as it was until the next version is written into it', async () => {
  const p = await pair({ blueGreen: { after: 'Keep' } });
  p.write('green', 'v2');
  await p.until('the keeping', () => p.status()?.step === 'Keep');
  await p.pass(3_600_000);
  expect(p.status()).toMatchObject({ step: 'Keep', outcome: 'Promoted' });
  expect(p.side('blue')).toMatchObject({ paused: true, pods: { v1: PODS } });
  p.write('blue', 'v3');
  await p.until('the next', () => p.status(2)?.step === 'Keep');
  expect(p.selector()).toEqual(blueLive);
  p.ask('Abort');
  expect(await p.ended(2)).toMatchObject({ outcome: 'Aborted' });
  expect(p.selector()).toEqual(greenLive);
  expect(p.short).toEqual([]);
  p.end();
});

test('the preview Service leads to the new one, whatever the Service of the users names', async () => {
  const p = await pair({ blueGreen: { approval: {} } });
  p.write('green', 'v2');
  await p.until('the preview', () => p.status()?.message === 'approval');
  const hash = p.release()?.spec.candidate.hash;
  expect(p.world.api.get('Service', 'web-preview')?.['spec']).toMatchObject({
    selector: { app: 'web', version: 'green', 'pod-template-hash': hash },
  });
  expect(p.selector()).toEqual(blueLive);
  p.end();
});

test('the set of the live one deleted while it is held is made anew by its Deployment', async () => {
  const p = await pair();
  const [set] = p.world.api
    .all('ReplicaSet')
    .filter(({ metadata }) => metadata.name.startsWith('web-blue'));
  p.world.api.delete({ group: 'apps', kind: 'ReplicaSet', name: set?.metadata.name ?? '' }, {}, BY);
  await p.pass(60_000);
  expect(p.side('blue')).toEqual({ replicas: PODS, paused: true, image: 'v1', pods: { v1: PODS } });
  p.end();
});

describe('what cannot take turns is said and not touched', () => {
  test.each<[string, (p: Pair) => void, RegExp]>([
    [
      'a Service that leads to both',
      (p) => p.edit('Service', 'web', (spec) => Object.assign(spec, { selector: { app: 'web' } })),
      /Service web: it leads to both Deployments .*; add version: blue to its selector/,
    ],
    [
      'a Service that leads to neither',
      (p) => p.edit('Service', 'web', (spec) => Object.assign(spec, { selector: { app: 'x' } })),
      /Service web: it selects app=x, which are the pods of neither/,
    ],
    [
      'a Service that selects what the pods of the other one do not have',
      (p) => {
        const selector = { ...blueLive, tier: 'front' };
        p.edit('Service', 'web', (spec) => Object.assign(spec, { selector }));
        p.edit('Deployment', 'web-blue', (spec) => {
          const labels = { ...selector };
          Object.assign(spec, { template: { ...template('blue', 'v1'), metadata: { labels } } });
        });
      },
      /Service web: it could not lead to Deployment web-green, whose pods have no label tier: front/,
    ],
    [
      'two with one selector',
      (p) =>
        p.edit('Deployment', 'web-green', (spec) => {
          const labels = { app: 'web', version: 'blue' };
          Object.assign(spec, {
            selector: { matchLabels: labels },
            template: { ...template('blue', 'v0') },
          });
        }),
      /spec\.pairRef\.name: the selectors of Deployments web-blue and web-green differ in no label/,
    ],
  ])('%s', async (_, change, message) => {
    const p = new Pair({ green: 0 });
    change(p);
    await p.start();
    await p.pass(20_000);
    const { conditions = [] } = p.world.api.get('ReleasePolicy', 'web')?.['status'] as {
      conditions?: { type: string; status: string; message: string }[];
    };
    const valid = conditions.find(({ type }) => type === 'Valid');
    expect(valid?.status).toBe('False');
    expect(valid?.message).toMatch(message);
    expect(p.side('blue')?.paused).toBe(false);
    p.end();
  });

  test('half way: Services that lead to both of them', async () => {
    const services = [{ name: 'web' }, { name: 'web-other' }];
    const p = new Pair({ green: 0, policy: { traffic: { services } } });
    const other = structuredClone(p.world.api.get('Service', 'web')) as KubeObject;
    p.world.api.create({ ...other, metadata: { name: 'web-other', namespace } }, BY);
    await p.start();
    p.edit('Service', 'web-other', (spec) => Object.assign(spec, { selector: greenLive }));
    p.write('green', 'v2');
    await p.pass(30_000);
    expect(p.release()).toBeUndefined();
    expect(p.ready()?.message).toMatch(
      /leads to Deployment web-green, and another one to web-blue/,
    );
    p.edit('Service', 'web-other', (spec) => Object.assign(spec, { selector: blueLive }));
    expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
    expect(p.selector()).toEqual(greenLive);
    expect(p.world.api.get('Service', 'web-other')?.['spec']).toMatchObject({
      selector: greenLive,
    });
    p.end();
  });
});

test('the live one scaled by its user or an autoscaler: the new one is as large at the switch', async () => {
  const p = await pair({ blueGreen: { approval: {} } });
  p.write('green', 'v2');
  await p.until('the preview', () => p.status()?.message === 'approval');
  p.edit('Deployment', 'web-blue', (spec) => Object.assign(spec, { replicas: 5 }));
  await p.pass(10_000);
  p.ask('Promote');
  await p.until('the bake', () => p.status()?.step === 'Bake');
  expect(p.side('green')).toMatchObject({ replicas: 5, pods: { v2: 5 } });
  // Who shrinks it now shrinks the one with the traffic, which is theirs to do.
  p.edit('Deployment', 'web-green', (spec) => Object.assign(spec, { replicas: PODS }));
  expect(await p.ended()).toMatchObject({ outcome: 'Promoted' });
  expect(p.side('green')).toMatchObject({ replicas: PODS });
  expect(p.short).toEqual([]);
  p.end();
});

/** More writes than a release makes. */
const WRITES = 24;

describe.each(['KillBefore', 'KillAfter'] as const)('%s of any write', (fault) => {
  test.each([
    ['a release that goes well', 'v2', 'Promoted'],
    ['one that is taken back', 'never', 'Aborted'],
  ])('%s comes to the same end', async (_, image, outcome) => {
    const ends = new Set<string>();
    for (let n = 1; n <= WRITES; n++) {
      const p = await pair({ green: 1, faults: new Map([[n, fault]]) });
      p.write('green', image);
      expect(await p.ended()).toMatchObject({ outcome });
      await p.pass(60_000);
      ends.add(JSON.stringify([p.selector(), p.side('blue'), p.side('green'), p.ready()?.reason]));
      expect(p.release(2)).toBeUndefined();
      expect(p.short).toEqual([]);
      p.end();
    }
    expect([...ends]).toHaveLength(1);
  });
});
