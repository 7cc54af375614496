/** Commands on a policy of two Deployments that take turns. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { FakeCluster, policy } from './testing/fake-cluster.ts';

function pair(status: Record<string, unknown> = {}): KubeObject {
  const one = policy(status);
  const strategy = { blueGreen: {} };
  const names = {
    targetRef: { group: 'apps', kind: 'Deployment', name: 'web-blue' },
    pairRef: { name: 'web-green' },
  };
  const traffic = { services: [{ name: 'web' }] };
  return { ...one, spec: { ...(one['spec'] as object), ...names, strategy, traffic } };
}

function deployment(name: string, paused: boolean, generation = 1): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'shop', generation },
    spec: { paused, template: { spec: { containers: [{ image: 'web:v1' }] } } },
  };
}

const idle = (name: string) => ({
  target: {
    pair: { name: 'web-green', idle: name, seen: 'x' },
    rejected: 'x',
    observedGeneration: 3,
  },
  conditions: [{ type: 'Ready', status: 'False', reason: 'ReleaseAborted', message: '' }],
});

test.each(['undo', 'restart', 'history'])(
  '%s is refused, with what does it for the one without the traffic',
  async (command) => {
    const fake = new FakeCluster();
    fake.put(pair(idle('web-blue')), deployment('web-blue', false), deployment('web-green', true));
    const { code, err } = await fake.run(command, 'web');
    expect(code).toBe(1);
    expect(err).toContain(
      "'kubectl rollout restart deployment/web-blue' releases what web-blue has",
    );
    expect(fake.calls).toEqual([]);
  },
);

test('either Deployment names the policy', async () => {
  const fake = new FakeCluster();
  fake.put(pair(idle('web-green')), deployment('web-green', false));
  expect((await fake.run('undo', 'deployment/web-green')).err).toContain('a pair of Deployments');
  expect((await fake.run('undo', 'deployment/web-blue')).err).toContain('a pair of Deployments');
});

test('retry asks about the one that has what was taken back', async () => {
  const fake = new FakeCluster();
  fake.put(
    pair(idle('web-green')),
    deployment('web-green', false, 3),
    deployment('web-blue', true, 9),
  );
  const { code } = await fake.run('retry', 'web', '--no-wait');
  expect(fake.calls).toEqual([expect.stringContaining('"action":"Retry"')]);
  expect(code).toBe(0);
});

test('detach says of both what is left', async () => {
  const fake = new FakeCluster();
  fake.put(pair(), deployment('web-blue', true), deployment('web-green', false));
  fake.onSleep = () => {
    fake.objects.delete('ReleasePolicy/shop/web');
    fake.put(deployment('web-blue', false));
  };
  expect((await fake.run('detach', 'web')).out).toBe(
    'ReleasePolicy shop/web: gone; Deployment web-blue rolls out by itself again; ' +
      'Deployment web-green rolls out by itself again\n',
  );
});

test('status names both', async () => {
  const fake = new FakeCluster();
  fake.put(pair());
  expect((await fake.run('status', 'web')).out).toContain(
    'releases Deployment web-blue and web-green in turns',
  );
});
