/** Checks by evidence, with users behind the gateway: what takes a release back, what does not, and what is gone on from. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KeptComparison } from '../../src/api/evidence.ts';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { applyExample, freePort, Users, type Wants } from '../../src/testing/example-shop.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ nodes: 1, gateway: true });
}, 180_000);
afterAll(() => lab?.stop());

interface Open {
  shop: Shop;
  users: Users;
}

interface Opening {
  file: string;
  name: string;
  /** Of the answers of the version that users have. */
  faultPercent?: number;
  edit?: (text: string) => string;
  wants?: Wants;
  host?: string;
}

async function open({
  file,
  name,
  faultPercent = 0,
  edit = same,
  wants,
  host = `${name}.example.com`,
}: Opening): Promise<Open> {
  const port = await freePort();
  const shop = await applyExample(lab, {
    file,
    name,
    port,
    edit: (text) => edit(faulty(text, faultPercent)),
  });
  const users = new Users(40, { port, host, perSecond: 200, wants });
  await until('the gateway to route', async () =>
    users.all.every(({ saw }) => saw.at(-1) === 'v1'),
  );
  return { shop, users };
}

const same = (text: string) => text;

function faulty(text: string, percent: number): string {
  const image = '          image: segue-demo:v1\n';
  if (percent === 0) return text;
  const env = `          env: [{ name: FAULT_PERCENT, value: '${percent}' }]\n`;
  return text.replace(image, `${image}${env}`);
}

async function setImage({ namespace, name }: Shop, image: string, faultPercent: number) {
  const env = [{ name: 'FAULT_PERCENT', value: `${faultPercent}` }];
  const body = { spec: { template: { spec: { containers: [{ name: 'app', image, env }] } } } };
  await lab.client.patch({ ...KINDS.deployment, namespace, name }, { type: 'strategic', body });
}

const errorsOf = ({ evidence = [] }: ReleaseStatus) =>
  evidence.find(({ check }) => check === 'errors');
const compared = (status: ReleaseStatus) =>
  (errorsOf(status)?.kept as KeptComparison | undefined)?.compared.bounds[0];

test.concurrent(
  'errors that both versions have take nothing back; shown to be as good, a stage ends before its time',
  async () => {
    const { shop, users } = await open({
      file: 'canary-evidence',
      name: 'till',
      faultPercent: 20,
      // Hardly a request takes longer than the first bound: of response times nothing is shown early.
      edit: (text) => text.replace('atMost: 1m', 'atMost: 1h\n          checks: [errors]'),
    });
    try {
      await setImage(shop, 'segue-demo:v2', 20);
      const status = await shop.end(1, 'Promoted', 180_000);
      expect(errorsOf(status)).toMatchObject({ verdict: 'Pass' });
      expect(errorsOf(status)?.because).toMatch(
        /^candidate \d+ of \d+ bad \([\d.]+ %\), stable \d+ of \d+ bad .*less than 2 times stable's rate \(log evidence [\d.]+ of 3\.00\)/,
      );
      // Of a dry run it is told that it would have taken the release back, which nobody did.
      const told = status.evidence?.find(({ check }) => check === 'availability');
      expect(told).toMatchObject({ verdict: 'Fail' });
      expect(status.timeline?.map(({ reason }) => reason)).not.toContain('CheckFailed');
    } finally {
      users.stop();
    }
  },
  300_000,
);

test.concurrent(
  'a version that is worse is taken back, with what was counted; a controller after another goes on from its evidence',
  async () => {
    const { shop, users } = await open({
      file: 'canary-evidence',
      name: 'till',
      faultPercent: 20,
      edit: (text) => text.replace('atMost: 1m', 'atMost: 1h').replace('weight: 10', 'weight: 2'),
    });
    try {
      await setImage(shop, 'segue-demo:v2', 40);
      const soon = await shop.reach(
        1,
        'some evidence',
        (s) => (compared(s)?.stable.total ?? 0) > 0,
      );
      expect(soon.towards).toBeUndefined();
      const before = compared(soon);
      await lab.controller?.stop();
      await lab.startController();
      const status = await shop.end(1, 'Aborted', 180_000);
      expect(status.reason).toBe('CheckFailed');
      expect(status.because).toMatch(
        /^check errors failed: candidate \d+ of \d+ bad .*: worse than stable with [\d.]+ times its rate allowed by now \(log evidence [\d.]+ of /,
      );
      // Two checks share 1 %, and nothing is counted anew.
      expect(errorsOf(status)?.log?.needed).toBeCloseTo(Math.log(200), 6);
      expect(compared(status)?.stable.total).toBeGreaterThan(before?.stable.total ?? Infinity);
      expect((errorsOf(status)?.kept as KeptComparison).since).toBe(
        (errorsOf(soon)?.kept as KeptComparison).since,
      );
    } finally {
      users.stop();
    }
  },
  300_000,
);

/** Requests from inside, which the route of the policy never sees: both versions are behind the Service. */
const PAST_THE_ROUTE = `
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: inside
spec:
  parentRefs:
    - name: till
  hostnames:
    - inside.example.com
  rules:
    - backendRefs:
        - name: till
          port: 80
`;

test.concurrent(
  'requests that go past the route hold a release whose shares are to be measured, until somebody resumes it',
  async () => {
    const { shop, users } = await open({
      file: 'canary-evidence',
      name: 'till',
      edit: (text) =>
        text
          .replace('atMost: 1m', 'atMost: 1h')
          .replace('    services:\n', '    readBack: Measured\n    services:\n')
          .concat(PAST_THE_ROUTE),
      host: 'inside.example.com',
    });
    try {
      await setImage(shop, 'segue-demo:v2', 0);
      const { paused } = await shop.reach(1, 'a pause', (s) => s.paused !== undefined);
      expect(paused?.reason).toBe('SharesNotMeasured');
      expect(paused?.message).toMatch(
        /^check \w+ has counted other shares: the candidate got \d+ of \d+ \([\d.]+ %\), [\d.]+ were meant \(10 %\): look at the route$/,
      );
      await lab.client.delete({ ...KINDS.httpRoute, namespace: shop.namespace, name: 'inside' });
      users.stop();
      await shop.ask('Resume');
      const on = await shop.reach(1, 'going on', (s) => s.paused === undefined);
      expect(on.stage).toBe(0);
      await shop.ask('Abort');
      await shop.end(1, 'Aborted');
    } finally {
      users.stop();
    }
  },
  300_000,
);

const besideAll = (text: string) => text.replace('baseline: Fresh', 'baseline: Stable');

async function warm({ users }: Open): Promise<void> {
  await until('the old pods to be warm', () => {
    const { 200: good = 0, 500: bad = 0 } = users.answers;
    if (bad > 0) users.beginAnew();
    return Promise.resolve(bad === 0 && good >= 600);
  });
}

const freshSets = async ({ namespace }: Shop) => {
  const { items } = await lab.client.list(KINDS.replicaSet, {
    namespace,
    labelSelector: 'segue.dev/fresh',
  });
  return items.map((set) => (set['spec'] as { replicas: number }).replicas);
};

test.concurrent(
  'a version that is as good as the old one is taken back for its cold pods, beside those that have long been warm',
  async () => {
    const opened = await open({ file: 'canary-fresh', name: 'atlas', edit: besideAll });
    const { shop, users } = opened;
    try {
      await warm(opened);
      await setImage(shop, 'segue-demo:v2', 0);
      const status = await shop.end(1, 'Aborted', 180_000);
      expect(status.reason).toBe('CheckFailed');
      expect(status.because).toMatch(/^check errors failed: .*: worse than stable with /);
      expect(await freshSets(shop)).toEqual([]);
    } finally {
      users.stop();
    }
  },
  300_000,
);

test.concurrent(
  'and is released when it is compared with old pods that are as cold, which are gone at the end',
  async () => {
    const opened = await open({ file: 'canary-fresh', name: 'atlas' });
    const { shop, users } = opened;
    try {
      await warm(opened);
      await setImage(shop, 'segue-demo:v2', 0);
      await shop.reach(1, 'the second stage', atGates(1), 120_000);
      // Of 4: as many as the candidate has at 75 %.
      await until('all of them', async () => (await freshSets(shop))[0] === 3);
      const status = await shop.end(1, 'Promoted', 180_000);
      const { candidate, stable } = compared(status) ?? {};
      expect(errorsOf(status)?.because).toContain("at fresh stable's rate");
      // Both had their cold time, and it was counted.
      for (const counted of [candidate, stable])
        expect((counted?.bad ?? 0) / (counted?.total ?? NaN)).toBeGreaterThan(0.03);
      expect(await freshSets(shop)).toEqual([]);
    } finally {
      users.stop();
    }
  },
  300_000,
);

const WINNER = (text: string) =>
  text
    .replace('percent: 20', 'percent: 50')
    .replace('duration: 20s', 'duration: { atMost: 1h }')
    .replace('atEnd: Ask', 'atEnd: Winner');

test.concurrent(
  'an A/B test ends by itself when one version is shown to be better, and users get that one',
  async () => {
    const { shop, users } = await open({
      file: 'ab-test',
      name: 'checkout',
      edit: WINNER,
      wants: { orders: { v1: 0.2, v2: 0.5 } },
    });
    try {
      await setImage(shop, 'segue-demo:v2', 0);
      const status = await shop.end(1, 'Promoted', 180_000);
      const found = status.evidence?.find(({ check }) => check === 'orders');
      expect(found).toMatchObject({ verdict: 'Pass', outcome: 'Better' });
      expect(found?.because).toMatch(/^b \d+ of \d+ \(.*\), a \d+ of \d+ \(.*\): b is better/);
    } finally {
      users.stop();
    }
  },
  300_000,
);

test.concurrent(
  'and takes the new version back where it is worse',
  async () => {
    const { shop, users } = await open({
      file: 'ab-test',
      name: 'checkout',
      edit: WINNER,
      wants: { orders: { v1: 0.5, v2: 0.2 } },
    });
    try {
      await setImage(shop, 'segue-demo:v2', 0);
      await shop.reach(1, 'the test', atGates(0));
      const { reason, message } = await shop.end(1, 'Aborted', 180_000);
      expect(reason).toBe('StableKept');
      expect(message).toMatch(/orders: b \d+ of \d+ .*b is worse/);
    } finally {
      users.stop();
    }
  },
  300_000,
);

test.concurrent(
  'of users who were not shared out as was meant nothing is said: a person is asked',
  async () => {
    const { shop, users } = await open({
      file: 'ab-test',
      name: 'checkout',
      edit: (text) =>
        WINNER(text)
          .replace('{ atMost: 1h }', '40s')
          .replace('minSamples: 50', 'minSamples: 50\n        counts: Users')
          .replace('      atEnd', '      timeout: 1s\n      atEnd'),
      wants: { orders: { v1: 0.2, v2: 0.5 }, visits: { v1: 1, v2: 5 } },
    });
    try {
      await setImage(shop, 'segue-demo:v2', 0);
      const asks = await shop.reach(1, 'the question', (s) => s.paused !== undefined, 120_000);
      expect(asks.paused?.reason).toBe('DecisionNeeded');
      expect(asks.paused?.message).toMatch(
        /users are not shared out as was meant: the candidate got \d+ of \d+ \(7.*%\), \d+ were meant \(50 %\)/,
      );
    } finally {
      users.stop();
    }
  },
  300_000,
);
