/** Checks that are Jobs: run again and again for the candidate as long as a stage lasts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab({ nodes: 1, runCommands: true });
}, 180_000);
afterAll(() => lab?.stop());

const JOB = { group: 'batch', kind: 'Job' };
const journeys = (script: string) => ({
  name: 'journeys',
  job: {
    spec: {
      backoffLimit: 0,
      template: {
        spec: { containers: [{ name: 'job', image: 'any:1', command: ['sh', '-c', script] }] },
      },
    },
    timeout: '30s',
  },
  max: 0,
  interval: '1s',
});

async function releasing(name: string, script: string): Promise<Shop> {
  const shop = await openShop(lab, { name, replicas: 1, route: true });
  const stages = [{ weight: 25, timeout: '1h' }];
  await shop.attach(shop.canary(stages, { checks: [journeys(script)] }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  return shop;
}

const jobsGone = (shop: Shop) =>
  until('the Jobs to be deleted', async () => {
    const { items } = await lab.client.list(JOB, { namespace: shop.namespace });
    return items.length === 0;
  });

test('one that completes lets the release go on, for the Service of the candidate', async () => {
  const shop = await releasing('good', 'test -n "$SEGUE_CANDIDATE_SERVICE"');
  await shop.end(1, 'Promoted');
  await jobsGone(shop);
});

test('one that fails takes it back, with why', async () => {
  const shop = await releasing('bad', 'echo no such table; exit 3');
  const status = await shop.end(1, 'Aborted');
  expect(status.reason).toBe('CheckFailed');
  expect(status.because).toMatch(
    /journeys failed: the Job failed, container job ended with exit code 3: no such table .*1 measured, at most 0 allowed/,
  );
  await jobsGone(shop);
});
