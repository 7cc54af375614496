/** A/B tests with users behind the gateway: who sees which version, what is counted, and every end. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { applyExample, freePort, Users } from '../../src/testing/example-shop.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true });
}, 180_000);
afterAll(() => lab?.stop());

const COUNT = 40;

interface Open {
  shop: Shop;
  users: Users;
}

/** The example with users who have had the old version for a while. */
async function open(
  file: string,
  name: string,
  edit: (text: string) => string = (text) => text,
): Promise<Open> {
  const port = await freePort();
  const shop = await applyExample(lab, { file, name, port, edit });
  const users = new Users(COUNT, { port, host: `${name}.example.com`, perSecond: 150 });
  await until('the gateway to route', async () =>
    users.all.every(({ saw }) => saw.at(-1) === 'v1'),
  );
  users.beginAnew();
  return { shop, users };
}

async function setImage(shop: Shop, image: string, faultPercent = 0): Promise<void> {
  const env = [{ name: 'FAULT_PERCENT', value: `${faultPercent}` }];
  const body = { spec: { template: { spec: { containers: [{ name: 'app', image, env }] } } } };
  const { namespace, name } = shop;
  const deployment = { ...KINDS.deployment, namespace, name };
  await lab.client.patch(deployment, { type: 'strategic', body });
}

async function rules(shop: Shop): Promise<unknown[]> {
  return ((await shop.get(KINDS.httpRoute))['spec'] as { rules: unknown[] }).rules;
}

/** What each user has seen from now on, once all have asked several times. */
async function sight(users: Users): Promise<string[][]> {
  const before = total(users);
  users.seen();
  await until('every user to ask', async () => total(users) >= before + 5 * COUNT);
  return users.seen();
}

function total({ answers }: Users): number {
  return Object.values(answers).reduce((sum, count) => sum + count, 0);
}

const asked = (status: ReleaseStatus) => status.paused?.reason === 'DecisionNeeded';

/** Of users each of whom has one version: whose is the new one. */
function haveB(saw: string[][]): number[] {
  return saw.flatMap(([version], i) => (version === 'v2' ? [i] : []));
}

test.concurrent(
  'a sticky percentage: each keeps their version, orders are counted for both, and a person decides',
  async () => {
    const { shop, users } = await open('ab-test', 'checkout');
    const before = await rules(shop);
    try {
      await setImage(shop, 'segue-demo:v2');
      await shop.reach(1, 'the test', atGates(0));
      const saw = await sight(users);
      expect(saw.filter((versions) => versions.length !== 1)).toEqual([]);
      const b = haveB(saw);
      // 8 of 40 by chance; outside of these bounds once in 7,000 times.
      expect(b.length).toBeGreaterThan(0);
      expect(b.length).toBeLessThan(22);

      const { paused, stage } = await shop.reach(1, 'the question', asked, 90_000);
      expect(stage).toBe(0);
      expect(paused?.message).toMatch(
        /^two pages against one page is over, promote or abort; .*orders: b \d+ of \d+ \(.*%\), a \d+ of \d+ \(.*%\)/,
      );
      expect(haveB(await sight(users))).toEqual(b);

      // Another controller finds the same test and moves nobody.
      await lab.controller?.stop();
      await lab.startController();
      expect(haveB(await sight(users))).toEqual(b);

      expect((await lab.segue('-n', shop.namespace, 'promote', 'checkout')).code).toBe(0);
      await shop.end(1, 'Promoted', 120_000);
      expect(haveB(await sight(users))).toHaveLength(COUNT);
      expect(await rules(shop)).toEqual(before);
      expect(users.answers).toEqual({ 200: expect.any(Number) as number });
    } finally {
      users.stop();
    }
  },
  240_000,
);

test.concurrent(
  'a guardrail that fails takes every user back at once, and a cookie of that test means nothing in the next',
  async () => {
    const { shop, users } = await open('ab-test', 'checkout', (text) =>
      text.replace('percent: 20', 'percent: 50').replace('duration: 20s', 'duration: 1h'),
    );
    try {
      await setImage(shop, 'segue-demo:v2', 60);
      const taken = await shop.reach(1, 'the way back', (s) => s.towards === 'Aborted');
      expect(taken).toMatchObject({ reason: 'CheckFailed' });
      await shop.end(1, 'Aborted');
      expect(await sight(users)).toEqual(Array.from({ length: COUNT }, () => ['v1']));
      const first = users.all.map(({ cookies }) => cookies.get('segue-ab-checkout'));
      expect(first.filter((cookie) => cookie !== undefined).length).toBeGreaterThan(COUNT / 2);

      await setImage(shop, 'segue-demo:v3');
      await shop.reach(2, 'the test', atGates(0));
      const saw = await sight(users);
      expect(saw.filter((versions) => versions.length !== 1)).toEqual([]);
      const again = users.all.map(({ cookies }) => cookies.get('segue-ab-checkout'));
      expect(again.filter((cookie, i) => cookie === first[i])).toEqual([]);
      await shop.ask('Abort');
      await shop.end(2, 'Aborted');
    } finally {
      users.stop();
    }
  },
  240_000,
);

test.concurrent(
  'by cookie: who has it gets the new version, until enough was counted and the old one is kept',
  async () => {
    const { shop, users } = await open('ab-test-match', 'account');
    const before = await rules(shop);
    const pro = users.all.filter((_, i) => i % 4 === 0);
    for (const { cookies } of pro) cookies.set('plan', 'pro');
    try {
      await setImage(shop, 'segue-demo:v2');
      await shop.reach(1, 'the test', atGates(0));
      const { message, reason } = await shop.end(1, 'Aborted', 120_000);
      expect(reason).toBe('StableKept');
      expect(message).toMatch(/orders: b \d+ of \d+ \(.*%\), a \d+ of \d+/);
      for (const { cookies, saw } of users.all)
        expect(saw).toEqual(cookies.get('plan') === 'pro' ? ['v1', 'v2', 'v1'] : ['v1']);
      expect(await rules(shop)).toEqual(before);
      expect(users.answers).toEqual({ 200: expect.any(Number) as number });
    } finally {
      users.stop();
    }
  },
  240_000,
);
