/** What is asked of the server once more before it is believed, where the watch is behind. */
import { afterEach, expect, test } from 'vitest';
import { API_VERSION } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { KubeError } from '../ports/kube.ts';
import { ControllerWorld } from '../testing/controller-world.ts';

let world = new ControllerWorld();
afterEach(() => world.stop());

test('a policy that goes lets go of what was held by a write whose answer was lost', async () => {
  world = new ControllerWorld();
  world.api.edit('Deployment', 'web', (object) => {
    Object.assign(object['spec'] as object, { paused: false });
  });
  let lost = 0;
  world.api.after = ({ verb, kind }) => {
    if (verb !== 'patch' || kind !== 'Deployment' || lost > 0) return;
    lost += 1;
    const at = '2026-01-01T00:00:00Z';
    world.api.hold('Deployment');
    world.api.edit('Deployment', 'web', ({ metadata }) => {
      metadata.generation = (metadata.generation ?? 0) + 1;
    });
    world.api.edit('ReleasePolicy', 'web', ({ metadata }) => {
      metadata.deletionTimestamp = at;
    });
    throw new KubeError('no answer', { code: 0, reason: 'ConnectionLost' });
  };
  await world.start();
  await world.pass(5_000);
  expect(lost).toBe(1);
  expect(spec('Deployment')['paused']).not.toBe(true);
  expect(world.api.find('ReleasePolicy', 'web')?.metadata.finalizers ?? []).toEqual([]);
});

test('a Retry that was answered a moment ago begins nothing', async () => {
  world = new ControllerWorld();
  await world.start();
  world.setImage('v2');
  await world.pass();
  await ask('abort', 'Abort');
  world.setStatus({ ...world.release()?.status, step: 'Done', outcome: 'Aborted' });
  world.api.edit('ReleasePolicy', 'web', (object) => {
    const { release: _, ...status } = object['status'] as Record<string, unknown>;
    const rejected = (releaseSpec()['candidate'] as { templateHash: string }).templateHash;
    const target = { ...(status['target'] as object), rejected };
    object['status'] = { ...status, target, lastRelease: 'web-1' };
  });
  await world.pass();
  // Gone as soon as it is seen, which is not told.
  let seen = 0;
  world.controller?.caches.requests.onChange(({ object }) => {
    if (object?.metadata.name !== 'again' || seen > 0) return;
    seen += 1;
    world.api.hold('ReleaseRequest');
    world.api.drop('ReleaseRequest', 'again');
  });
  await ask('again', 'Retry');
  expect(seen).toBe(1);
  expect(world.release('web-2')).toBeUndefined();
});

function spec(kind: string): Record<string, unknown> {
  return (world.api.find(kind, 'web')?.['spec'] ?? {}) as Record<string, unknown>;
}

function releaseSpec(): Record<string, unknown> {
  return (world.api.find('Release', 'web-1')?.['spec'] ?? {}) as Record<string, unknown>;
}

function request(name: string, action: string): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ReleaseRequest',
    metadata: { name, namespace: 'shop', uid: `uid-${name}` },
    spec: { policy: 'web', action },
  };
}

async function ask(name: string, action: string): Promise<void> {
  world.api.put(request(name, action));
  await world.pass();
}
