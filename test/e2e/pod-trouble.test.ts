/** Candidates whose pods do not run: what is said of each at once, in the kubelet's words, and that
 * users never get to see it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { openShop, type Shop, type ShopOptions } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

const conditionOf = (status: ReleaseStatus) =>
  status.conditions?.find(({ type }) => type === 'CandidateAvailable');

/** A canary to v2 whose pods are like this. */
async function releasing(
  options: ShopOptions,
  template: Record<string, unknown>,
  progressDeadline: string,
): Promise<Shop> {
  const shop = await openShop(lab, { route: true, ...options });
  await shop.attach(shop.canary([{ weight: 50 }], { progressDeadline }));
  await shop.held();
  await shop.setImage('segue-demo:v2', template);
  return shop;
}

const claiming = (trouble: string) => ({
  metadata: { annotations: { 'hollow.segue.dev/trouble': trouble } },
});
const needing = (cpu: string) => ({
  spec: { containers: [{ name: 'web', resources: { requests: { cpu } } }] },
});

const IMAGE = 'correct the image, or let the nodes pull it (imagePullSecrets)';

interface Row {
  name: string;
  template: Record<string, unknown>;
  reason: string;
  says: RegExp;
}

const ROWS: Row[] = [
  {
    name: 'no-image',
    template: claiming('ErrImagePull'),
    reason: 'ImagePullBackOff',
    says: /pod no-image-\S+: container web: ErrImagePull: .*"segue-demo:v2": not found \(\d of 2 pods\); correct the image/,
  },
  {
    name: 'back-off',
    template: claiming('ImagePullBackOff'),
    reason: 'ImagePullBackOff',
    says: /container web: ImagePullBackOff: Back-off pulling image "segue-demo:v2" .*; correct the image/,
  },
  {
    name: 'bad-name',
    template: claiming('InvalidImageName'),
    reason: 'InvalidImageName',
    says: /container web: InvalidImageName: .*invalid reference format .*; write the image as/,
  },
  {
    name: 'no-config',
    template: claiming('CreateContainerConfigError'),
    reason: 'CreateContainerConfigError',
    says: /container web: CreateContainerConfigError: secret "keys" not found .*; make the ConfigMap/,
  },
  {
    name: 'crashing',
    template: { metadata: { annotations: { 'hollow.segue.dev/crash': 'true' } } },
    reason: 'CrashLoopBackOff',
    says: /CrashLoopBackOff: back-off 10s .*last exit code 1, 1 restarts .*; see kubectl logs -n shop-\d+-crashing crashing-\S+ -c web --previous/,
  },
  {
    name: 'too-small',
    template: claiming('OOMKilled'),
    reason: 'OOMKilled',
    says: /last exit code 137 \(OOMKilled\), 1 restarts .*; it needs more memory than its limit/,
  },
  {
    name: 'too-large',
    template: needing('2000'),
    reason: 'Unschedulable',
    says: /pod too-large-\S+: Unschedulable: .*Insufficient cpu.*; make room on the nodes/,
  },
];

describe.concurrent('is said at once, long before the deadline:', () => {
  test.each(ROWS)('$name', async ({ name, template, reason, says }) => {
    const shop = await releasing({ name }, template, '10m');
    const status = await shop.reach(1, reason, (s) => conditionOf(s)?.reason === reason);
    expect(conditionOf(status)).toMatchObject({
      status: 'False',
      message: expect.stringMatching(says),
    });
    expect(status.phase).toBe('Progressing');
    await until('an Event about it', async () => says.test((await shop.events(reason))[0] ?? ''));
    const { output } = await lab.segue('status', name, '-n', shop.namespace);
    expect(output).toMatch(says);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
  });
});

describe.concurrent('at the deadline', () => {
  test('it is taken back with those words, and no user has seen it', async () => {
    const shop = await openShop(lab, { name: 'missing', route: true });
    await shop.attach(shop.canary([{ weight: 50 }], { progressDeadline: '2s' }));
    await shop.held();
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.setImage('segue-demo:broken-image');
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('ProgressDeadlineExceeded');
    expect(status.message).toMatch(
      /^0 of 2 candidate pods available after 2s: pod missing-\S+: container web: ImagePullBackOff: /,
    );
    expect(status.message?.endsWith(IMAGE)).toBe(true);
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'missing')).toEqual(['Service', 0, 'Service']);
    expect(shortages(recording, 'missing', 4)).toEqual([]);
    expect((await shop.condition('Ready'))?.message).toContain('was taken back');
  });

  test('pods that run and are not ready are told of with the probe that fails', async () => {
    const shop = await releasing({ name: 'unready' }, claiming('Unhealthy'), '3s');
    const status = await shop.end(1, 'Aborted');
    expect(status.message).toMatch(
      /after 3s: pod unready-\S+: container web runs and is not ready \(2 of 2 pods\): Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503; see why its readiness probe fails/,
    );
  });

  test('pods that claim nothing and never become ready are told of too', async () => {
    const never = { metadata: { annotations: { 'hollow.segue.dev/ready': 'never' } } };
    const shop = await releasing({ name: 'silent' }, never, '2s');
    const status = await shop.end(1, 'Aborted');
    expect(status.message).toContain('runs and is not ready (2 of 2 pods)');
  });
});

test('that mend themselves go on, and the condition says so', async () => {
  const shop = await openShop(lab, { name: 'mended', route: true });
  const { lab: on, namespace } = shop;
  await shop.attach(shop.canary([{ weight: 50, approval: {} }]));
  await shop.held();
  await shop.setImage('segue-demo:v2', claiming('CreateContainerConfigError'));
  await shop.reach(1, 'the trouble', (s) => conditionOf(s)?.status === 'False');
  const { hash } = (await shop.release(1)).spec.candidate;
  const labelSelector = `pod-template-hash=${hash}`;
  const { items } = await on.client.list(KINDS.pod, { namespace, labelSelector });
  for (const { metadata } of items)
    await shop.patch(
      KINDS.pod,
      { metadata: { annotations: { 'hollow.segue.dev/trouble': null } } },
      metadata.name,
    );
  const status = await shop.reach(1, 'the stage', (s) => s.gateSince !== undefined);
  expect(conditionOf(status)).toMatchObject({ status: 'True', reason: 'Available' });
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
});
