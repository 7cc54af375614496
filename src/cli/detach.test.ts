import { expect, test } from 'vitest';
import { FakeCluster, policy } from './testing/fake-cluster.ts';

const deployment = (paused: boolean, image = 'web:v1') => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: { paused, template: { spec: { containers: [{ image }] } } },
});

test('detach waits until the policy is gone and says what is left', async () => {
  const fake = new FakeCluster();
  fake.put(policy(), deployment(true));
  fake.onSleep = () => {
    fake.objects.delete('ReleasePolicy/shop/web');
    fake.put(deployment(false));
  };
  expect(await fake.run('detach', 'web')).toEqual({
    code: 0,
    out: 'ReleasePolicy shop/web: gone; Deployment web rolls out by itself again\n',
    err: '',
  });
  expect(fake.calls).toEqual(['delete ReleasePolicy/shop/web']);
});

test('a template that was put back is said', async () => {
  const fake = new FakeCluster();
  fake.put(policy(), deployment(true, 'web:v2'));
  fake.onSleep = () => {
    fake.objects.delete('ReleasePolicy/shop/web');
    fake.put(deployment(false, 'web:v1'));
  };
  expect((await fake.run('detach', 'web')).out).toBe(
    'ReleasePolicy shop/web: gone; ' +
      'Deployment web rolls out by itself again, its template is back at web:v1\n',
  );
});

test('a Deployment left paused is said', async () => {
  const fake = new FakeCluster();
  fake.put(policy(), deployment(true));
  fake.onSleep = () => fake.objects.delete('ReleasePolicy/shop/web');
  expect((await fake.run('detach', 'web')).out).toContain('Deployment web is still paused');
});

test('a StatefulSet is called one, and one that is held still is said', async () => {
  const stateful = (held: boolean) => ({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'web',
      namespace: 'shop',
      ...(held && { annotations: { 'segue.dev/held': '{}' } }),
    },
    spec: { template: { spec: { containers: [{ image: 'web:v1' }] } } },
  });
  const left = async (held: boolean) => {
    const fake = new FakeCluster();
    const released = policy();
    Object.assign((released['spec'] as { targetRef: object }).targetRef, { kind: 'StatefulSet' });
    fake.put(released, stateful(true));
    fake.onSleep = () => {
      fake.objects.delete('ReleasePolicy/shop/web');
      fake.put(stateful(held));
    };
    return (await fake.run('detach', 'web')).out;
  };
  expect(await left(false)).toContain('gone; StatefulSet web rolls out by itself again');
  expect(await left(true)).toContain('gone; StatefulSet web is still held');
});

test('a finalizer that nobody takes off ends in an error', async () => {
  const fake = new FakeCluster();
  fake.put(policy());
  const { code, err } = await fake.run('detach', 'web', '--timeout', '1s');
  expect(code).toBe(1);
  expect(err).toContain('is still there; is the controller running?');
});
