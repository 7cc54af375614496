import { expect, test } from 'vitest';
import type { KubeObject } from '../../../api/object.ts';
import { TYPES } from '../kinds/types.ts';
import type { Fields } from '../schema.ts';
import { noteApplied, yieldedTo } from './last-applied.ts';
import { applyTo, readManagers, trackUpdate, type Writer } from './managers.ts';

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';
const SCHEMA = TYPES.type('apps.Deployment');

function writer(manager: string, operation: Writer['operation'] = 'Apply'): Writer {
  return {
    manager,
    operation,
    apiVersion: 'apps/v1',
    subresource: '',
    time: '2026-01-01T00:00:00Z',
  };
}

function deployment(spec: Fields): KubeObject {
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec };
}

function withEnv(...names: string[]): Fields {
  const env = names.map((name) => ({ name, value: name.toLowerCase() }));
  return { template: { spec: { containers: [{ name: 'a', image: 'a:1', env }] } } };
}

function apply(live: KubeObject, manager: string, spec: Fields, force = false): KubeObject {
  return applyTo(SCHEMA, { live, applied: deployment(spec) }, writer(manager), force);
}

function envOf(object: KubeObject): string[] {
  const spec = object['spec'] as { template: { spec: { containers: { env?: Fields[] }[] } } };
  return (spec.template.spec.containers[0]?.env ?? []).map((one) => String(one['name']));
}

const EMPTY: KubeObject = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } };

test('what a manager no longer applies goes, what others own stays', () => {
  const first = apply(EMPTY, 'one', withEnv('A', 'B'));
  const second = apply(first, 'two', {
    template: { spec: { containers: [{ name: 'a', env: [{ name: 'C', value: 'c' }] }] } },
  });
  expect(envOf(second)).toEqual(['A', 'B', 'C']);
  const third = apply(second, 'one', withEnv('B'));
  expect(envOf(third)).toEqual(['B', 'C']);
});

test('another value for an owned field is a conflict that names owner and field', () => {
  const live = apply(EMPTY, 'one', { replicas: 2 });
  let body: unknown;
  try {
    apply(live, 'two', { replicas: 3 });
  } catch (error) {
    body = (error as { body: () => unknown }).body();
  }
  expect(body).toMatchObject({
    code: 409,
    reason: 'Conflict',
    message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
    details: { causes: [{ reason: 'FieldManagerConflict', field: '.spec.replicas' }] },
  });
});

test('force takes the field over', () => {
  const live = apply(EMPTY, 'one', { replicas: 2, paused: true });
  const forced = apply(live, 'two', { replicas: 3 }, true);
  expect(forced['spec']).toEqual({ replicas: 3, paused: true });
  const back = apply(forced, 'one', { paused: true });
  expect(back['spec']).toEqual({ replicas: 3, paused: true });
});

test('the same value is owned together, and stays until the last owner lets go', () => {
  const live = apply(EMPTY, 'one', { replicas: 2 });
  const shared = apply(live, 'two', { replicas: 2 });
  const one = apply(shared, 'one', {});
  expect(one['spec']).toEqual({ replicas: 2 });
  const none = apply(one, 'two', {});
  expect(none['spec']).toEqual({});
});

test('an update moves fields to who changed them', () => {
  const live = apply(EMPTY, 'one', { replicas: 2, paused: true });
  const now = { ...live, metadata: { ...live.metadata }, spec: { replicas: 5, paused: true } };
  trackUpdate(SCHEMA, { old: live, now }, writer('kubectl', 'Update'));
  const owned = readManagers(now).map(({ manager, operation, fields }) => ({
    manager,
    operation,
    names: [...(fields.children.get('f:spec')?.children.keys() ?? [])],
  }));
  expect(owned).toEqual([
    { manager: 'one', operation: 'Apply', names: ['f:paused'] },
    { manager: 'kubectl', operation: 'Update', names: ['f:replicas'] },
  ]);
  expect(() => apply(now, 'one', { replicas: 2, paused: true })).toThrow(
    /"kubectl" using apps\/v1/,
  );
});

test('a Service selector is one field', () => {
  const schema = TYPES.type('core.Service');
  const service = (selector: Fields): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector },
  });
  const live = applyTo(
    schema,
    { live: service({}), applied: service({ app: 'web' }) },
    writer('flux'),
    true,
  );
  const pinned = { ...live, spec: { selector: { app: 'web', hash: '1' } } };
  const forced = applyTo(
    schema,
    { live: pinned, applied: service({ app: 'web' }) },
    writer('flux'),
    true,
  );
  expect(forced['spec']).toEqual({ selector: { app: 'web' } });
});

test('what was there before the first apply is not taken without force', () => {
  const live = deployment({ replicas: 2 });
  expect(() => apply(live, 'one', { replicas: 3 })).toThrow('"before-first-apply" using apps/v1');
  const managers = readManagers(apply(live, 'one', { replicas: 2 })).map((one) => one.manager);
  expect(managers).toEqual(['one', 'before-first-apply']);
});

test('a client may set managedFields, or forget them all with one empty entry', () => {
  const live = apply(EMPTY, 'one', { replicas: 2 });
  const moved = structuredClone(live);
  const [entry] = moved.metadata['managedFields'] as Fields[];
  if (entry) entry['manager'] = 'two';
  trackUpdate(SCHEMA, { old: live, now: moved }, writer('kubectl', 'Update'));
  expect(readManagers(moved).map((one) => one.manager)).toEqual(['two']);
  const reset = structuredClone(live);
  reset.metadata['managedFields'] = [{}];
  trackUpdate(SCHEMA, { old: live, now: reset }, writer('kubectl', 'Update'));
  expect(reset.metadata).not.toHaveProperty('managedFields');
});

test('what client-side apply wrote is no conflict for kubectl, unless it was changed since', () => {
  const live = deployment({ replicas: 2, paused: true });
  live.metadata.annotations = {
    [LAST_APPLIED]: JSON.stringify(deployment({ replicas: 2, paused: false })),
  };
  trackUpdate(SCHEMA, { old: undefined, now: live }, writer('kubectl-client', 'Update'));
  const wanted = deployment({ replicas: 3, paused: false });
  const yielded = yieldedTo('kubectl', SCHEMA, live);
  const applying = { live, applied: wanted, yielded };
  expect(() => applyTo(SCHEMA, applying, writer('kubectl'), false)).toThrow(/: \.spec\.paused$/);
  delete (wanted['spec'] as Fields)['paused'];
  const applied = applyTo(SCHEMA, applying, writer('kubectl'), false);
  expect(applied['spec']).toEqual({ replicas: 3, paused: true });
  noteApplied('kubectl', applied, wanted);
  expect(JSON.parse(applied.metadata.annotations?.[LAST_APPLIED] ?? '')).toEqual(wanted);
  expect(yieldedTo('flux', SCHEMA, live).children.size).toBe(0);
});
