import { expect, test } from 'vitest';
import { ago, FakeCluster, HOLDING, policy, PROMOTED, release } from './testing/fake-cluster.ts';

function cluster(): FakeCluster {
  const fake = new FakeCluster();
  const valid = { type: 'Valid', status: 'True', reason: 'Valid', message: '' };
  const ready = { type: 'Ready', status: 'False', reason: 'Releasing', message: 'web-3 goes on' };
  fake.put(policy({ release: 'web-3', lastRelease: 'web-2', conditions: [valid, ready] }));
  fake.put(release(PROMOTED, { number: 2 }), release(HOLDING));
  return fake;
}

test('policies and releases in tables', async () => {
  const fake = cluster();
  expect((await fake.run('get')).out).toMatchInlineSnapshot(`
    "NAME   TARGET   STRATEGY   VALID   READY   RELEASE   AGE
    web    web      canary     True    False   web-3     2h
    "
  `);
  expect((await fake.run('get', 'policies', '-A', '-o', 'wide')).out).toMatchInlineSnapshot(`
    "NAMESPACE   NAME   TARGET   STRATEGY   VALID   READY   RELEASE   AGE   LAST    MESSAGE
    shop        web    web      canary     True    False   web-3     2h    web-2   web-3 goes on
    "
  `);
  expect((await fake.run('get', 'releases')).out).toMatchInlineSnapshot(`
    "NAME    POLICY   STRATEGY   PHASE         STAGE   WEIGHT   OUTCOME    AGE
    web-2   web      canary     Promoted      -       -        Promoted   5m
    web-3   web      canary     Progressing   1/3     5%       -          5m
    "
  `);
  expect((await fake.run('get', 'rel', '-o', 'wide')).out).toMatchInlineSnapshot(`
    "NAME    POLICY   STRATEGY   PHASE         STAGE   WEIGHT   OUTCOME    AGE   IMAGES        MESSAGE
    web-2   web      canary     Promoted      -       -        Promoted   5m    shop/web:v2   shop/web:v2 released in 4m
    web-3   web      canary     Progressing   1/3     5%       -          5m    shop/web:v2   hold, 8m left
    "
  `);
});

test('the defaults of namespaces', async () => {
  const fake = cluster();
  const defaults = (namespace: string, spec: object) => ({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleaseDefaults',
    metadata: { name: 'default', namespace, creationTimestamp: ago(300) },
    spec,
  });
  const freeze = [{ from: '2026-12-18', to: '2027-01-03' }];
  fake.put(defaults('shop', { bake: '5m', window: { freeze } }), defaults('tools', {}));
  expect((await fake.run('get', 'defaults')).out).toMatchInlineSnapshot(`
    "NAME      SAYS          AGE
    default   bake,window   5m
    "
  `);
  expect((await fake.run('get', 'reldef', '-A', '-o', 'wide')).out).toMatchInlineSnapshot(`
    "NAMESPACE   NAME      SAYS          AGE   FREEZES
    shop        default   bake,window   5m    2026-12-18 to 2027-01-03
    tools       default   -             5m    -
    "
  `);
  expect((await fake.run('get', 'releasedefaults', 'default', '-o', 'name')).out).toBe(
    'releasedefaults.segue.dev/default\n',
  );
  expect((await fake.run('get', 'defaults', '-n', 'other')).err).toBe('no ReleaseDefaults found\n');
});

test('templates of checks', async () => {
  const fake = cluster();
  fake.put({
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'CheckTemplate',
    metadata: { name: 'errors', namespace: 'shop', creationTimestamp: ago(300) },
    spec: {
      description: 'the share of 5xx',
      args: [{ name: 'job' }, { name: 'codes', default: '5..' }],
      check: { max: '1%' },
    },
  });
  expect((await fake.run('get', 'templates', '-o', 'wide')).out).toMatchInlineSnapshot(`
    "NAME     ARGUMENTS       AGE   ASKS
    errors   job,codes=5..   5m    the share of 5xx
    "
  `);
  expect((await fake.run('get', 'relchk', '-n', 'other')).err).toBe('no CheckTemplates found\n');
});

test('as data and as names', async () => {
  const fake = cluster();
  const list = JSON.parse((await fake.run('get', 'releases', '-o', 'json')).out) as object;
  expect(list).toMatchObject({ apiVersion: 'v1', kind: 'List', items: [{}, {}] });
  const one = JSON.parse((await fake.run('get', 'policy', 'web', '-o', 'json')).out) as object;
  expect(one).toMatchObject({ kind: 'ReleasePolicy' });
  expect((await fake.run('get', 'releases', '-o', 'name')).out).toBe(
    'release.segue.dev/web-2\nrelease.segue.dev/web-3\n',
  );
});

test('nothing there', async () => {
  const fake = cluster();
  expect(await fake.run('get', 'releases', '-n', 'other')).toEqual({
    code: 0,
    out: '',
    err: 'no releases found\n',
  });
  expect(await fake.run('get', 'release', 'web-9')).toMatchObject({
    code: 1,
    err: 'error: Release shop/web-9: not found\n',
  });
});
