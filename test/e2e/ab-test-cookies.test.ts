/** A/B tests by routers whose gateway writes the cookie itself: users stay, an abort takes all of them back, and a cookie of
 * that test means nothing in the next. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GroupKind, KubeObject } from '../../src/api/object.ts';
import { KINDS } from '../../src/api/group.ts';
import { traefikCrds } from '../../src/sandbox/gateway/index.ts';
import { applyExample, freePort, Users } from '../../src/testing/example-shop.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab({ nodes: 1, gateway: true }, traefikCrds());
}, 180_000);
afterAll(() => lab?.stop());

const COUNT = 40;

interface Router {
  /** Of its IngressClass. */
  controller: string;
  kind: GroupKind;
  example: string;
  name: string;
}

const ROUTERS: Record<string, Router> = {
  nginx: {
    controller: 'k8s.io/ingress-nginx',
    kind: KINDS.ingress,
    example: 'ab-test-ingress-nginx',
    name: 'voucher',
  },
  traefik: {
    controller: 'traefik.io/ingress-controller',
    kind: KINDS.ingressRoute,
    example: 'ab-test-traefik',
    name: 'lookbook',
  },
};

/** A test that goes on until it is ended. */
function longer(text: string): string {
  return text
    .replace('percent: 20', 'percent: 50')
    .replace('duration: 20s', 'duration: 1h')
    .replace('settle: 5s', 'settle: 2s');
}

async function openClass(name: string, controller: string): Promise<number> {
  const port = await freePort();
  await lab.client.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name, annotations: { 'segue.dev/http-port': String(port) } },
    spec: { controller },
  });
  return port;
}

async function setImage(shop: Shop, image: string, faultPercent = 0): Promise<void> {
  const env = [{ name: 'FAULT_PERCENT', value: `${faultPercent}` }];
  const body = { spec: { template: { spec: { containers: [{ name: 'app', image, env }] } } } };
  const deployment = { ...KINDS.deployment, namespace: shop.namespace, name: shop.name };
  await lab.client.patch(deployment, { type: 'strategic', body });
}

/** What each user has seen from now on, once all have asked several times. */
async function sight(users: Users): Promise<string[][]> {
  const total = () => Object.values(users.answers).reduce((sum, count) => sum + count, 0);
  const before = total();
  users.seen();
  await until('every user to ask', async () => total() >= before + 5 * COUNT);
  return users.seen();
}

/** Of each user the cookies of tests, by name. */
const cookiesOf = (users: Users, of: string) =>
  users.all.map(({ cookies }) =>
    [...cookies.keys()].filter((name) => name.startsWith(`segue-ab-${of}-`)),
  );

const written = ({ metadata, ...object }: KubeObject) => [object['spec'], metadata.annotations];

test.each(Object.entries(ROUTERS))(
  '%s: each user keeps their version, and after an abort a cookie of that test says nothing',
  async (className, router) => {
    const port = await openClass(className, router.controller);
    const { example: file, name } = router;
    const shop = await applyExample(lab, { file, name, port, edit: longer });
    const before = written(await shop.get(router.kind));
    const users = new Users(COUNT, { port, host: `${name}.example.com`, perSecond: 150 });
    try {
      await until('the gateway to route', async () =>
        users.all.every(({ saw }) => saw.at(-1) === 'v1'),
      );
      users.beginAnew();
      await setImage(shop, 'segue-demo:v2');
      await shop.reach(1, 'the test', atGates(0));
      // Who comes while it is taken up has none yet.
      await until('everybody to have a cookie', async () =>
        cookiesOf(users, name).every((names) => names.length === 1),
      );
      const saw = await sight(users);
      expect(saw.filter((versions) => versions.length !== 1)).toEqual([]);
      const had = saw.flatMap(([version], i) => (version === 'v2' ? [i] : []));
      // 20 of 40 by chance.
      expect(had.length).toBeGreaterThan(6);
      expect(had.length).toBeLessThan(34);

      await shop.ask('Abort');
      await shop.end(1, 'Aborted');
      expect(await sight(users)).toEqual(Array.from({ length: COUNT }, () => ['v1']));
      expect(written(await shop.get(router.kind))).toEqual(before);
      expect(users.answers).toEqual({ 200: expect.any(Number) as number });

      await setImage(shop, 'segue-demo:v3');
      await shop.reach(2, 'the second test', atGates(0));
      await until('everybody to have a second cookie', async () =>
        cookiesOf(users, name).every((names) => names.length === 2),
      );
      const again = await sight(users);
      expect(again.filter((versions) => versions.length !== 1)).toEqual([]);
      expect(again.flatMap(([version], i) => (version === 'v3' ? [i] : []))).not.toEqual(had);
      await shop.ask('Abort');
      await shop.end(2, 'Aborted');
      expect(written(await shop.get(router.kind))).toEqual(before);
      expect(users.answers).toEqual({ 200: expect.any(Number) as number });
    } finally {
      users.stop();
    }
  },
  240_000,
);
