/** By a canary Ingress: what is written on the way of a release, and that all of it is put back. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const PREFIX = 'nginx.ingress.kubernetes.io';

const ROLE = {
  group: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  name: 'segue-controller',
};

interface Rule {
  resources?: string[];
}

function routed(shop: Shop) {
  const { traffic, ...rest } = shop.canary([{ weight: 20, approval: {} }]);
  const routers = [{ ingressNginx: { ingress: shop.name } }];
  return { ...rest, traffic: { ...traffic, services: [{ name: shop.name }], routers } };
}

async function openEdge(name: string): Promise<Shop> {
  const shop = await openShop(lab, { name });
  await lab.client.create({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name,
      namespace: shop.namespace,
      annotations: { [`${PREFIX}/affinity`]: 'cookie' },
    },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop' }],
      rules: [
        {
          host: 'shop.example.com',
          http: {
            paths: [
              {
                path: '/',
                pathType: 'Prefix',
                backend: { service: { name, port: { number: 80 } } },
              },
              {
                path: '/docs',
                pathType: 'Exact',
                backend: { service: { name: 'docs', port: { name: 'http' } } },
              },
            ],
          },
        },
      ],
    },
  });
  await shop.attach(routed(shop));
  await shop.held();
  return shop;
}

const backendsOf = (object: KubeObject) =>
  [...JSON.stringify(object['spec']).matchAll(/"service":\{"name":"([^"]*)"/g)].map(
    ([, name]) => name,
  );

async function canaryOf(shop: Shop, weight: string): Promise<KubeObject> {
  return until(`a canary with ${weight} percent`, async () => {
    const name = `${shop.name}-candidate`;
    if (!(await shop.exists(KINDS.ingress, name))) return undefined;
    const found = await shop.get(KINDS.ingress, name);
    return found.metadata.annotations?.[`${PREFIX}/canary-weight`] === weight && found;
  });
}

test.concurrent.each(['Promoted', 'Aborted'] as const)(
  'a canary Ingress comes and goes, and the user’s is as it was: %s',
  async (outcome) => {
    const name = outcome.toLowerCase();
    const shop = await openEdge(name);
    const before = await shop.get(KINDS.ingress);
    await shop.setImage('segue-demo:v2');
    const canary = await canaryOf(shop, '20');
    expect(backendsOf(canary)).toEqual([`${name}-candidate`]);
    expect(canary.metadata.annotations).toMatchObject({
      [`${PREFIX}/canary`]: 'true',
      [`${PREFIX}/affinity`]: 'cookie',
    });
    expect(canary.metadata.ownerReferences).toMatchObject([{ kind: 'Release', name: `${name}-1` }]);
    expect(backendsOf(await shop.get(KINDS.ingress))).toEqual([`${name}-stable`, 'docs']);
    const asked = outcome === 'Promoted' ? 'Promote' : 'Abort';
    await shop.ask(asked);
    await shop.end(1, outcome);
    const after = await shop.get(KINDS.ingress);
    expect(after['spec']).toEqual(before['spec']);
    expect(after.metadata.annotations).toEqual(before.metadata.annotations);
    expect(await shop.exists(KINDS.ingress, `${name}-candidate`)).toBe(false);
  },
);

test('rights from before there was this router: others release all the same, and the policy says what to do', async () => {
  const role = (await lab.client.get(ROLE)) as KubeObject & { rules: Rule[] };
  lab.controller?.kill('SIGTERM');
  await lab.controller?.gone();
  const rules = role.rules.filter(({ resources }) => !resources?.includes('ingresses'));
  expect(rules).toHaveLength(role.rules.length - 1);
  await lab.client.patch(ROLE, { type: 'merge', body: { rules } });
  await lab.startController();
  const shop = await openShop(lab, { name: 'web' });
  await shop.attach(shop.blueGreen());
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.end(1, 'Promoted');
  const edge = await openShop(lab, { name: 'edge' });
  await edge.attach(routed(edge));
  const said = await until('the policy to say so', async () => {
    const valid = await edge.condition('Valid');
    return valid?.status === 'False' && valid;
  });
  expect(said.message).toMatch(
    /^Ingress edge: the controller may not read kind Ingress .*; apply all that `segue install` prints/,
  );
  await lab.client.patch(ROLE, { type: 'merge', body: { rules: role.rules } });
});
