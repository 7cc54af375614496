/** What the controller watches of configuration, and how it reads it; on an API server in memory. */
import { afterEach, expect, test } from 'vitest';
import type { ConfigVersion } from '../api/config.ts';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpecInput, PolicyStatus } from '../api/policy.ts';
import { KubeError } from '../ports/kube.ts';
import { ControllerWorld } from '../testing/controller-world.ts';
import { MemoryApi } from '../testing/memory-api.ts';
import { KEPT_BYTES } from './config-content.ts';
import { ConfigKey } from './config-key.ts';

const running: ControllerWorld[] = [];
afterEach(async () => {
  for (const world of running.splice(0)) await world.stop();
});

const CONFIG = { watch: true, secrets: false, quiet: '5s' };

const object = (kind: string, name: string, data: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name, namespace: 'shop', uid: `uid-${name}` },
  data,
});

async function worldWith(
  config: PolicySpecInput['config'],
  before: (world: ControllerWorld) => void = () => {},
): Promise<ControllerWorld> {
  const world = new ControllerWorld({ config });
  running.push(world);
  for (const [kind, name] of [
    ['Deployment', 'web'],
    ['ReplicaSet', 'web-old'],
  ] as const)
    world.api.edit(kind, name, (stored) => {
      const { template } = stored['spec'] as { template: { spec: { containers: object[] } } };
      const envFrom = [
        { configMapRef: { name: 'web' } },
        { secretRef: { name: 'web', optional: true } },
      ];
      Object.assign(template.spec.containers[0] as object, { envFrom });
    });
  world.api.put(object('ConfigMap', 'web', { LEVEL: 'one' }));
  before(world);
  await world.start();
  await world.pass();
  return world;
}

const statusOf = (world: ControllerWorld) =>
  (world.api.find('ReleasePolicy', 'web')?.['status'] ?? {}) as PolicyStatus;

const known = (world: ControllerWorld): ConfigVersion | undefined => statusOf(world).target?.config;

const change = (world: ControllerWorld, data: Record<string, string>, name = 'web') =>
  world.api.edit('ConfigMap', name, (stored) => {
    stored['data'] = data;
  });

const annotation = (world: ControllerWorld): string | undefined => {
  const { template } = (world.api.find('Deployment', 'web') as KubeObject)['spec'] as {
    template: { metadata: { annotations?: Record<string, string> } };
  };
  return template.metadata.annotations?.['segue.dev/config'];
};

function lists(world: ControllerWorld): string[] {
  const seen: string[] = [];
  world.api.onList = (kind) => seen.push(kind);
  return seen;
}

test('where no policy asks for it neither ConfigMaps nor Secrets are ever listed', async () => {
  let seen: string[] = [];
  await worldWith({ watch: false }, (world) => (seen = lists(world)));
  expect(seen).not.toContain('ConfigMap');
  let watched: string[] = [];
  await worldWith(CONFIG, (world) => (watched = lists(world)));
  expect(watched).toContain('ConfigMap');
  expect(watched).not.toContain('Secret');
});

test('a change is acted upon when it has been left alone, and a change back never', async () => {
  const world = await worldWith(CONFIG);
  expect(known(world)?.objects).toMatchObject([{ name: 'web', data: { LEVEL: 'one' } }]);
  change(world, { LEVEL: 'two' });
  await world.pass(3_000);
  change(world, { LEVEL: 'three' });
  await world.pass(3_000);
  expect(annotation(world)).toBeUndefined();
  change(world, { LEVEL: 'one' });
  await world.pass(20_000);
  expect(annotation(world)).toBeUndefined();
  change(world, { LEVEL: 'two' });
  await world.pass(4_000);
  expect(annotation(world)).toBeUndefined();
  await world.pass(3_000);
  expect(annotation(world)).toMatch(/^[0-9a-f]{16}$/);
});

test('what is not referred to, or alters nothing, costs no write', async () => {
  const world = await worldWith(CONFIG, ({ api }) =>
    api.put(object('ConfigMap', 'other', { a: '1' })),
  );
  // The look that it would have taken had nothing been read.
  await world.pass(20_000);
  const before = world.api.writes.length;
  const steps = world.controller?.steps;
  change(world, { a: '2' }, 'other');
  world.api.edit('ConfigMap', 'web', (stored) => {
    stored.metadata.labels = { touched: 'yes' };
  });
  await world.pass(20_000);
  expect(world.api.writes.length).toBe(before);
  expect(world.controller?.steps).toBe(steps);
});

test('a restart starts nothing, and finds what changed meanwhile', async () => {
  const world = await worldWith(CONFIG);
  await world.stop();
  running.splice(0);
  await world.start();
  running.push(world);
  await world.pass(20_000);
  expect(annotation(world)).toBeUndefined();
  await world.stop();
  change(world, { LEVEL: 'two' });
  await world.start();
  await world.pass(20_000);
  expect(annotation(world)).toBeDefined();
});

test('content that is too large to be kept is told from other content all the same', async () => {
  const large = (letter: string) => ({ BLOB: letter.repeat(KEPT_BYTES + 1) });
  const world = await worldWith(CONFIG, (fresh) => change(fresh, large('a')));
  expect(known(world)?.objects[0]).not.toHaveProperty('data');
  expect(known(world)?.objects[0]?.omitted).toMatch(/^65 KiB/);
  change(world, large('b'));
  await world.pass(8_000);
  expect(annotation(world)).toBeDefined();
});

test('ConfigMaps that may not be read: the policy says so, and releases nothing new', async () => {
  const world = await worldWith(CONFIG, ({ api }) => {
    api.onList = (kind) => {
      if (kind === 'ConfigMap')
        throw new KubeError('configmaps is forbidden', { code: 403, reason: 'Forbidden' });
    };
  });
  world.setImage('v2');
  await world.pass(20_000);
  const valid = statusOf(world).conditions?.find(({ type }) => type === 'Valid');
  expect(valid).toMatchObject({ status: 'False' });
  expect(valid?.message).toMatch(/^spec\.config\.watch: .*ConfigMaps of namespace shop.*forbidden/);
  expect(world.release()).toBeUndefined();
});

test('ConfigMaps that cannot be read: after a while the policy says so, and forgets nothing', async () => {
  const world = await worldWith(CONFIG);
  const before = known(world)?.digest;
  await world.stop();
  running.splice(0);
  world.api.onList = (kind) => {
    if (kind === 'ConfigMap') throw new KubeError('boom', { code: 500, reason: 'InternalError' });
  };
  await world.start();
  running.push(world);
  world.setImage('v2');
  await world.pass(5_000);
  const ready = () => statusOf(world).conditions?.find(({ type }) => type === 'Ready')?.reason;
  expect(ready()).toBe('Held');
  await world.pass(10_000);
  expect(ready()).toBe('ConfigUnread');
  expect(known(world)?.digest).toBe(before);
  world.api.onList = () => {};
  await world.pass(60_000);
  await world.pass(10_000);
  expect(world.release()).toBeDefined();
});

test('without a place for its key a controller releases no Secrets, and says so', async () => {
  const world = await worldWith({ ...CONFIG, secrets: true });
  const valid = statusOf(world).conditions?.find(({ type }) => type === 'Valid');
  expect(valid?.message).toMatch(/^spec\.config\.secrets: the controller has no key/);
});

test('when the last policy that asked is gone nothing is watched any more', async () => {
  const world = await worldWith(CONFIG);
  expect(world.api.watchesOf('ConfigMap')).toBe(1);
  world.api.edit('ReleasePolicy', 'web', (stored) => {
    Object.assign(stored['spec'] as object, { config: { ...CONFIG, watch: false } });
  });
  await world.pass();
  expect(world.api.watchesOf('ConfigMap')).toBe(0);
  expect(known(world)).toBeUndefined();
});

test('the key is made once, and another controller finds the same', async () => {
  const api = new MemoryApi();
  let made = 0;
  const place = { namespace: 'segue-system', generate: () => `key ${++made}` };
  const first = await new ConfigKey(api, place).read();
  expect(first).toMatchObject({ key: 'key 1' });
  expect(await new ConfigKey(api, place).read()).toEqual(first);
  // Of two that make it at the same moment one is refused, and takes the other's.
  const get = api.get.bind(api);
  let early = true;
  api.get = (name) => {
    const missed = early;
    early = false;
    return missed ? Promise.resolve(undefined) : get(name);
  };
  expect(await new ConfigKey(api, place).read()).toEqual(first);
});

test('a key that may not be read is a reason, not an error', async () => {
  const api = new MemoryApi();
  api.get = () =>
    Promise.reject(new KubeError('secrets is forbidden', { code: 403, reason: 'Forbidden' }));
  const place = { namespace: 'segue-system', generate: () => 'key' };
  expect(await new ConfigKey(api, place).read()).toBe('secrets is forbidden');
});

test('of a release that has ended no content is kept in memory', async () => {
  const version = (level: string) => ({
    scope: 'v1/ConfigMap',
    digest: level,
    objects: [{ kind: 'ConfigMap', name: 'web', digest: level, data: { LEVEL: level } }],
  });
  const release = (number: number, step: string): KubeObject => ({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: `other-${number}`, namespace: 'shop', uid: `uid-other-${number}` },
    spec: {
      policy: 'other',
      number,
      config: { stable: version('one'), candidate: version('two') },
    },
    status: { step },
  });
  const world = await worldWith({ watch: false }, ({ api }) => api.put(release(1, 'Done')));
  const kept = JSON.stringify(world.controller?.caches.releases.get('shop', 'other-1'));
  expect(kept).toContain('"digest":"two"');
  expect(kept).not.toContain('LEVEL');
});
