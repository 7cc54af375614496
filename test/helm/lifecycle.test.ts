/** What helm does, on the sandbox as on any cluster. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GroupKind } from '../../src/api/object.ts';
import { until } from '../../src/testing/until.ts';
import { CHART, sandboxHelm, type Helm } from './helm.ts';

let helm: Helm;
beforeAll(async () => {
  helm = await sandboxHelm('--no-controller', '--hollow=1');
});
afterAll(() => helm?.stop());

const DEPLOYMENT = { group: 'apps', kind: 'Deployment' };
const SECRET = { group: '', kind: 'Secret' };
const WAIT = ['--wait', '--timeout', '60s'];

function get(kind: GroupKind, name: string) {
  return helm.lab.client.get({ ...kind, namespace: 'default', name });
}

async function imageOf(name: string): Promise<string | undefined> {
  const spec = (await get(DEPLOYMENT, name))?.['spec'] as
    { template: { spec: { containers: { image: string }[] } } } | undefined;
  return spec?.template.spec.containers[0]?.image;
}

interface Revision {
  revision: number;
  status: string;
  description: string;
}

async function history(name: string): Promise<Revision[]> {
  return JSON.parse(await helm('history', name, '--output', 'json')) as Revision[];
}

test('helm is of the version that its users have by now', async () => {
  expect(await helm('version', '--short')).toMatch(/^v4\./);
});

test('install, upgrade, test, rollback and uninstall, each waited for', async () => {
  expect(await helm('install', 'web', CHART, ...WAIT)).toContain('STATUS: deployed');
  expect((await get(DEPLOYMENT, 'web'))?.['status']).toMatchObject({ availableReplicas: 2 });
  expect((await get(SECRET, 'sh.helm.release.v1.web.v1'))?.['type']).toBe('helm.sh/release.v1');
  const status = await helm('status', 'web');
  for (const part of ['v1/Coupon', 'v1/RoleBinding', 'v1/Pod(related)'])
    expect(status).toContain(part);

  await helm('upgrade', 'web', CHART, '--set=image=segue-demo:v2,replicas=3', ...WAIT);
  expect(await imageOf('web')).toBe('segue-demo:v2');
  expect((await get(DEPLOYMENT, 'web'))?.['status']).toMatchObject({
    availableReplicas: 3,
    updatedReplicas: 3,
  });
  expect(await helm('get', 'values', 'web')).toContain('image: segue-demo:v2');
  expect(await helm('list')).toMatch(/^web\s+default\s+2\s.+\sdeployed\s+shop-0.1.0/m);
  expect(await helm('test', 'web')).toMatch(/Phase:\s+Succeeded/);

  await helm('rollback', 'web', '1', ...WAIT);
  expect(await imageOf('web')).toBe('segue-demo:v1');
  expect((await history('web')).map(({ revision, status }) => `${revision} ${status}`)).toEqual([
    '1 superseded',
    '2 superseded',
    '3 deployed',
  ]);

  await helm('uninstall', 'web', ...WAIT);
  expect(await get(DEPLOYMENT, 'web')).toBeUndefined();
  expect(await get(SECRET, 'sh.helm.release.v1.web.v1')).toBeUndefined();
  expect((await helm.run('status', 'web')).text).toContain('release: not found');
});

test('a hook that fails ends the upgrade before anything is changed', async () => {
  await helm('install', 'hooked', CHART, ...WAIT);
  const change = '--set=brokenHook=true,image=segue-demo:v2';
  const { code, text } = await helm.run('upgrade', 'hooked', CHART, change);
  expect(code).toBe(1);
  expect(text).toContain('resource Job/default/hooked-prepare not ready. status: Failed');
  expect(await imageOf('hooked')).toBe('segue-demo:v1');
  expect((await history('hooked')).map((one) => one.status)).toEqual(['deployed', 'failed']);
  await helm('uninstall', 'hooked', ...WAIT);
});

test('a version that never becomes available fails within its time, and is rolled back', async () => {
  await helm('install', 'stuck', CHART, ...WAIT);
  const change = '--set=image=segue-demo:broken-image';
  const args = ['--wait', '--timeout', '3s', '--rollback-on-failure'];
  const { code, text } = await helm.run('upgrade', 'stuck', CHART, change, ...args);
  expect(code).toBe(1);
  expect(text).toContain('Deployment/default/stuck not ready. status: InProgress');
  await until('the image', async () => (await imageOf('stuck')) === 'segue-demo:v1');
  expect((await history('stuck')).map((one) => one.description)).toEqual([
    'Install complete',
    expect.stringContaining('failed'),
    'Rollback to 1',
  ]);
  await helm('uninstall', 'stuck', ...WAIT);
});

test('what somebody else has set is not taken without being asked', async () => {
  await helm('install', 'owned', CHART, ...WAIT);
  const target = { ...DEPLOYMENT, namespace: 'default', name: 'owned' };
  const body = { spec: { replicas: 5 } };
  await helm.lab.client.patch(target, { type: 'merge', body }, { fieldManager: 'somebody' });
  const change = ['upgrade', 'owned', CHART, '--set=replicas=3'];
  const { code, text } = await helm.run(...change);
  expect(code).toBe(1);
  expect(text).toMatch(/conflict with "somebody" using apps\/v1.*\.spec\.replicas/s);
  await helm(...change, '--force-conflicts');
  expect((await get(DEPLOYMENT, 'owned'))?.['spec']).toMatchObject({ replicas: 3 });
  await helm('uninstall', 'owned', ...WAIT);
});

test('client-side apply, as helm 3 did it, and a dry run on the server', async () => {
  await helm('install', 'plain', CHART, '--server-side=false', ...WAIT);
  const change = '--set=image=segue-demo:v2';
  const dry = await helm('upgrade', 'plain', CHART, change, '--dry-run=server');
  expect(dry).toContain('image: segue-demo:v2');
  expect(await imageOf('plain')).toBe('segue-demo:v1');
  await helm('upgrade', 'plain', CHART, change, '--server-side=false', ...WAIT);
  expect(await imageOf('plain')).toBe('segue-demo:v2');
  await helm('uninstall', 'plain', ...WAIT);
});

test('a chart with a resource that the API refuses is not installed, and says why', async () => {
  const { code, text } = await helm.run('install', 'bad', CHART, '--set=replicas=-1');
  expect(code).toBe(1);
  expect(text).toContain('spec.replicas: Invalid value: -1');
});
