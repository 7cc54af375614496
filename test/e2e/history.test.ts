/** How many ended Releases are kept. */
import { afterAll, beforeAll, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab();
}, 180_000);
afterAll(() => lab?.stop());

async function releases({ namespace }: Shop): Promise<string[]> {
  const { items } = await lab.client.list(KINDS.release, { namespace });
  return items.map(({ metadata }) => metadata.name).toSorted();
}

test('so many as the policy says, and the one that rejected the template', async () => {
  const shop = await openShop(lab, { name: 'web', replicas: 1 });
  await shop.attach(shop.blueGreen({}, { history: { limit: 2 }, progressDeadline: '1s' }));
  await shop.held();
  for (const number of [1, 2, 3]) {
    await shop.setImage(`segue-demo:v${number + 1}`);
    await shop.end(number, 'Promoted');
  }
  await until('the first to go', async () => (await releases(shop)).join() === 'web-2,web-3');
  // Rejected; and what is released after that keeps counting on.
  await shop.setImage('segue-demo:broken-image');
  await shop.end(4, 'Aborted');
  await until('the second to go', async () => (await releases(shop)).join() === 'web-3,web-4');
  await shop.patch(KINDS.releasePolicy, { spec: { history: { limit: 1 } } });
  await until(
    'the rejecting one to be left',
    async () => (await releases(shop)).join() === 'web-4',
  );
  await shop.setImage('segue-demo:v5');
  await shop.end(5, 'Promoted');
  await until('only the last to be left', async () => (await releases(shop)).join() === 'web-5');
});
