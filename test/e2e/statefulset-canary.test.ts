/** A StatefulSet as a canary: weights are ordinals, and what goes wrong on the way takes it back. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { openStateful, type StatefulShop } from '../../src/testing/shop-stateful.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ nodes: 1, runCommands: true });
}, 180_000);
afterAll(() => lab?.stop());

const V2 = 'segue-demo:v2';

type Attached = Parameters<StatefulShop['attach']>[0];
/** As the policy is written; the API server fills in defaults. */
const loose = <T>(value: unknown) => value as T;

async function canary(name: string, stages: object[], rest: object = {}): Promise<StatefulShop> {
  const shop = await openStateful(lab, { name });
  const traffic = { services: [{ name }] };
  const strategy = { canary: { stages } };
  await shop.attach(loose<Attached>({ strategy, traffic, bake: '0s', ...rest }));
  await shop.held();
  return shop;
}

/** Of what its pods take from a queue. */
const JOBS = {
  name: 'jobs',
  scrape: { pods: { port: 8080 }, total: 'jobs_total', bad: 'jobs_total{result="failed"}' },
  max: 0.05,
  interval: '500ms',
};

describe.concurrent('a canary of a StatefulSet', () => {
  test('has as many of the highest ordinals as its weight asks for', async () => {
    const stages = [25, 60, 90].map((weight) => ({ weight, approval: {} }));
    const shop = await canary('weights', stages);
    await shop.setImage(V2);
    const seen = ['v1 v1 v1 v2', 'v1 v2 v2 v2', 'v1 v2 v2 v2'];
    for (const [stage, versions] of seen.entries()) {
      await shop.reach(1, `stage ${stage}`, atGates(stage));
      await shop.shows(versions);
      await shop.ask('Approve');
    }
    await shop.end(1, 'Promoted');
    await shop.shows('v2 v2 v2 v2');
  }, 120_000);

  test('goes on to the end at once where a person says so', async () => {
    const shop = await canary('full', [
      { weight: 25, approval: {} },
      { weight: 50, hold: '1h' },
    ]);
    await shop.setImage(V2);
    await shop.reach(1, 'the first stage', atGates(0));
    await shop.ask('PromoteFull');
    await shop.end(1, 'Promoted');
    await shop.shows('v2 v2 v2 v2');
  }, 120_000);

  test('is taken back by a check that fails while its pods are changed', async () => {
    const stages = [
      { weight: 25, hold: '0s', checks: [] },
      { weight: 75, hold: '1h' },
    ];
    const shop = await canary('checked', stages, { checks: [JOBS] });
    await shop.setEnv({ JOBS_PER_SECOND: '50', FAULT_PERCENT: '40' });
    const status = await shop.end(1, 'Aborted', 60_000);
    expect(status.reason).toBe('CheckFailed');
    await shop.shows('v1 v1 v1 v1');
  }, 120_000);
});

test('a pod that is broken at a later ordinal takes all of them back', async () => {
  const shop = await openStateful(lab, { name: 'later' });
  const stages = [{ holdAfter: 1, approval: {} }];
  await shop.attach(rolling(loose({ stages }), loose({ progressDeadline: '10s' })));
  await shop.held();
  const script = 'case $POD in *-1) exit 1;; esac';
  const readinessProbe = { exec: { command: ['sh', '-c', script] }, periodSeconds: 1 };
  const env = [{ name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
  const container = { name: 'web', image: V2, command: ['sh', '-c', 'exec sleep 600'] };
  await shop.change({
    template: { spec: { containers: [{ ...container, env, readinessProbe }] } },
  });
  await shop.reach(1, 'the hold', atGates(0));
  await shop.shows('v1 v1 v1 v2');
  await shop.ask('Approve');
  await shop.reach(1, 'the broken pod', ({ move }) => move === 'ordinals-3');
  await shop.shows('v1 v2- v2 v2', 30_000);
  const status = await shop.end(1, 'Aborted', 90_000);
  expect(status.reason).toBe('ProgressDeadlineExceeded');
  await shop.shows('v1 v1 v1 v1');
}, 120_000);
