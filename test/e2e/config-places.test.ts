/** Where a template refers to configuration, of every kind of workload. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { configMap, configure, openConfigured, WATCHED } from '../../src/testing/shop-config.ts';
import { openDaemons } from '../../src/testing/shop-daemons.ts';
import { recreate, rolling } from '../../src/testing/shop-native.ts';
import { openStateful } from '../../src/testing/shop-stateful.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ hollow: 2 });
}, 180_000);
afterAll(() => lab?.stop());

const NODES = ['segue-hollow-0', 'segue-hollow-1'];

/** Of a container that reads what need not be there. */
const optional = (name: string, image = 'segue-demo:v1') => ({
  metadata: { labels: { app: name } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [
      { name: 'web', image, envFrom: [{ configMapRef: { name: 'later', optional: true } }] },
    ],
  },
});

const create = (shop: Shop, name: string, data: Record<string, string>) =>
  lab.client.create({ ...configMap(name, data), metadata: { name, namespace: shop.namespace } });

async function promoted(shop: Shop, number: number, what: string): Promise<void> {
  await until(`release ${number} for ${what}`, () =>
    shop.exists(KINDS.release, `${shop.name}-${number}`),
  );
  await shop.end(number, 'Promoted');
  await shop.held();
}

describe.concurrent('configuration', () => {
  test('of init containers, single keys, volumes with bytes, and what is optional and comes later', async () => {
    const initContainers = [
      { name: 'init', image: 'segue-demo:v1', envFrom: [{ configMapRef: { name: 'init' } }] },
    ];
    const volumes = [
      { name: 'files', configMap: { name: 'files' } },
      { name: 'all', projected: { sources: [{ configMap: { name: 'later', optional: true } }] } },
    ];
    const valueFrom = { configMapKeyRef: { name: 'keys', key: 'ONE' } };
    const shop = await openShop(lab, {
      name: 'places',
      replicas: 1,
      container: { env: [{ name: 'ONE', valueFrom }] },
      pod: { initContainers, volumes },
      before: [
        configMap('init', { A: '1' }),
        configMap('keys', { ONE: '1', TWO: '1' }),
        { ...configMap('files', {}), binaryData: { logo: 'AAEC' } },
      ],
    });
    await shop.attach(shop.blueGreen({}, WATCHED));
    await shop.held();
    const edit = (name: string, body: Record<string, unknown>) =>
      shop.patch(KINDS.configMap, body, name);
    await edit('init', { data: { A: '2' } });
    await promoted(shop, 1, 'the init container');
    await edit('keys', { data: { TWO: '2' } });
    await edit('files', { binaryData: { logo: 'AAED' } });
    await promoted(shop, 2, 'bytes in a volume');
    await edit('keys', { data: { ONE: '2' } });
    await promoted(shop, 3, 'a key');
    await create(shop, 'later', { B: '1' });
    await promoted(shop, 4, 'what is there now');
    // The other key of the same object was no release of its own.
    const { spec } = await shop.release(2);
    expect(spec.config?.candidate.objects.find(({ name }) => name === 'keys')?.digest).toBe(
      spec.config?.stable.objects.find(({ name }) => name === 'keys')?.digest,
    );
    expect(await shop.exists(KINDS.release, 'places-5')).toBe(false);
  });

  test('of a StatefulSet', async () => {
    const shop = await openStateful(lab, {
      name: 'db',
      replicas: 2,
      spec: { template: optional('db') },
    });
    await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }, WATCHED));
    await shop.held();
    await create(shop, 'later', { LEVEL: 'one' });
    await shop.reach(1, 'the hold', atGates(0));
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await shop.patch(KINDS.configMap, { data: { LEVEL: 'two' } }, 'later');
    await shop.reach(2, 'the hold', atGates(0));
    await shop.ask('Promote');
    await shop.end(2, 'Promoted');
    await shop.held();
    const spec = { template: optional('db', 'segue-demo:v2') };
    await shop.change(spec);
    await shop.patch(KINDS.configMap, { data: { LEVEL: 'three' } }, 'later');
    await shop.reach(3, 'the hold', atGates(0));
    expect((await shop.release(3)).spec).toMatchObject({
      candidate: { images: ['segue-demo:v2'] },
      config: { candidate: { objects: [{ data: { LEVEL: 'three' } }] } },
    });
    await shop.ask('Promote');
    await shop.end(3, 'Promoted');
    expect(await shop.exists(KINDS.release, 'db-4')).toBe(false);
  });

  test('of a DaemonSet', async () => {
    const { spec, metadata } = optional('agent');
    const term = { key: 'kubernetes.io/hostname', operator: 'In', values: NODES };
    const nodeSelectorTerms = [{ matchExpressions: [term] }];
    const required = { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } };
    const template = { metadata, spec: { ...spec, affinity: { nodeAffinity: required } } };
    const shop = await openDaemons(lab, { name: 'agent', nodes: NODES, spec: { template } });
    await shop.attach(rolling({ stages: [{ holdAfter: 1, approval: {} }] }, WATCHED));
    await shop.held();
    await create(shop, 'later', { LEVEL: 'one' });
    await shop.reach(1, 'the hold', atGates(0));
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    await shop.held();
  });

  test.each([
    ['rolling', () => rolling({ stages: [] }, WATCHED)],
    ['recreate', () => recreate(WATCHED)],
  ])('of a Deployment released by %s', async (name, policy) => {
    const shop = await openConfigured(lab, { name, replicas: 2 });
    await shop.attach(policy());
    await shop.held();
    await configure(shop, { LEVEL: 'two' });
    await promoted(shop, 1, 'the ConfigMap');
    expect(await shop.exists(KINDS.release, `${name}-2`)).toBe(false);
  });

  test('that is required and gone: nothing is released, and it is said; there again nothing has changed', async () => {
    const shop = await openConfigured(lab, { name: 'gone', replicas: 1 });
    await shop.attach(shop.blueGreen({}, WATCHED));
    await shop.held();
    await shop.delete(KINDS.configMap);
    await shop.setImage('segue-demo:v2');
    const said = await until('it to be said', async () => {
      const ready = await shop.condition('Ready');
      return ready?.reason === 'ConfigMissing' && ready;
    });
    expect(said.message).toContain('ConfigMap gone');
    await shop.setImage('segue-demo:v1');
    await create(shop, 'gone', { LEVEL: 'one' });
    await shop.held();
    expect(await shop.exists(KINDS.release, 'gone-1')).toBe(false);
  });
});
