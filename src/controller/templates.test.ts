/** Policies whose checks use CheckTemplates, against an API server in memory. */
import { afterEach, describe, expect, test } from 'vitest';
import type { Condition, KubeObject } from '../api/object.ts';
import type { ReleaseSpec } from '../api/release.ts';
import { KubeError } from '../ports/kube.ts';
import { ControllerWorld } from '../testing/controller-world.ts';

let world = new ControllerWorld();
afterEach(() => world.stop());

const USE = { name: 'errors', template: { name: 'errors', args: { job: 'web' } }, dryRun: true };

const template = (max: string, args: object[] = [{ name: 'job' }]): KubeObject => ({
  apiVersion: 'segue.dev/v1alpha1',
  kind: 'CheckTemplate',
  metadata: { name: 'errors', namespace: 'shop' },
  spec: {
    args,
    check: {
      scrape: { pods: { port: 80 }, total: 'a{job="{{args.job}}"}', bad: 'b{job="{{args.job}}"}' },
      max,
    },
  },
});

/** A policy that says its checks as its author does, and what is there beside it. */
async function begun(checks: unknown[], before: (made: ControllerWorld) => void = () => {}) {
  world = new ControllerWorld();
  world.api.edit('ReleasePolicy', 'web', (policy) =>
    Object.assign(policy['spec'] as object, { checks }),
  );
  before(world);
  await world.start();
  await world.pass();
}

function valid(): Condition | undefined {
  const status = world.api.find('ReleasePolicy', 'web')?.['status'];
  const { conditions = [] } = (status ?? {}) as { conditions?: Condition[] };
  return conditions.find(({ type }) => type === 'Valid');
}

const frozen = () => (world.api.find('Release', 'web-1')?.['spec'] as ReleaseSpec).checks;

test('a policy waits for a template that is not there yet, and nothing is released before', async () => {
  await begun([USE]);
  expect(valid()).toMatchObject({
    status: 'False',
    message:
      'spec.checks[0].template.name: there is no CheckTemplate errors; create it, or correct the name',
  });
  world.setImage('v2');
  await world.pass();
  expect(world.release()).toBeUndefined();
  world.api.put(template('1%'));
  await world.pass();
  expect(valid()?.status).toBe('True');
  expect(world.release()?.status.step).toBe('Prepare');
  expect(world.errors()).toEqual([]);
});

describe('a release in progress', () => {
  const change = (max: string) =>
    world.api.edit('CheckTemplate', 'errors', (object) =>
      Object.assign(object, { spec: template(max)['spec'] }),
    );

  test.each<[name: string, act: () => void]>([
    ['is changed', () => change('5%')],
    ['cannot work any more', () => change('much')],
    ['is deleted', () => world.api.drop('CheckTemplate', 'errors')],
  ])('keeps its check when the template %s', async (_name, act) => {
    await begun([USE], ({ api }) => api.put(template('1%')));
    world.setImage('v2');
    await world.pass();
    const check = {
      name: 'errors',
      scrape: { pods: { port: 80, path: '/metrics' }, total: 'a{job="web"}', bad: 'b{job="web"}' },
      max: '1%',
      dryRun: true,
      scope: 'Version',
      interval: '10s',
      window: '1m',
    };
    expect(frozen()).toEqual([check]);
    const { step } = world.release()?.status ?? {};
    act();
    await world.pass();
    expect(frozen()).toEqual([check]);
    expect(world.release()?.status).toMatchObject({ step });
    expect(world.release()?.status.outcome).toBeUndefined();
    expect(world.release()?.status.towards).toBeUndefined();
    expect(world.errors()).toEqual([]);
  });
});

test('a policy is not valid while its template makes no check, and says where that is', async () => {
  await begun([USE], ({ api }) => api.put(template('{{args.max}}')));
  expect(valid()).toMatchObject({
    status: 'False',
    message:
      'CheckTemplate errors: spec.check.max: {{args.max}} is not declared; add {name: max} to spec.args, or correct the name',
  });
  world.api.put(template('{{args.max}}', [{ name: 'job' }, { name: 'max', default: '1%' }]));
  await world.pass();
  expect(valid()?.status).toBe('True');
});

test.each<[name: string, error: KubeError, message: RegExp]>([
  [
    'may not be read',
    new KubeError('checktemplates is forbidden', { code: 403, reason: 'Forbidden' }),
    /^spec\.checks\[0\]\.template\.name: CheckTemplate errors may not be read by the controller \(checktemplates is forbidden.*\); apply all that `segue install` prints, which allows it$/,
  ],
  [
    'are not known to the cluster',
    new KubeError('not served', { code: 404, reason: 'NotServed' }),
    /^spec\.checks\[0\]\.template\.name: this cluster has no CheckTemplates, and so no errors; apply all that `segue install` prints, which defines them$/,
  ],
])('where they %s a policy that uses one says so, and others release', async (_n, error, text) => {
  const refuse = ({ api }: ControllerWorld) => {
    api.onList = (kind) => {
      if (kind === 'CheckTemplate') throw error;
    };
  };
  await begun([USE], refuse);
  expect(valid()?.status).toBe('False');
  expect(valid()?.message).toMatch(text);
  // The right, or the kind, comes later.
  world.api.onList = () => {};
  world.api.put(template('1%'));
  await world.pass(60_000);
  expect(valid()?.status).toBe('True');
  await world.stop();
  await begun([], refuse);
  expect(valid()?.status).toBe('True');
  world.setImage('v2');
  await world.pass();
  expect(world.release()?.status.step).toBe('Prepare');
  expect(world.errors()).toEqual([]);
});
