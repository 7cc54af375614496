import { expect, test } from 'vitest';
import { checkSchema } from '../api/check.ts';
import { writtenPolicySpecSchema } from '../api/policy.ts';
import { effectivePolicy } from '../engine/index.ts';
import type { PolicySnapshot, Snapshot } from '../engine/snapshot.ts';
import { FakeClock } from '../kube/fake-clock.ts';
import type { MetricProvider } from '../ports/metric-provider.ts';
import { CheckAccess } from './check-access.ts';

const LACK = { message: 'Secret login of namespace shop does not exist', fix: 'create it' };

const address = 'http://prometheus:9090';
const asked = { address, query: 'sum(errors{rs="{{hash}}"})' };

function snapshotOf(checks: object[], strategy: object = { blueGreen: {} }) {
  const targetRef = { name: 'web' };
  const routers = [{ gatewayAPI: { httpRoute: 'web' } }];
  const traffic = { services: [{ name: 'web' }], routers };
  const written = writtenPolicySpecSchema.parse({ targetRef, strategy, checks, traffic });
  const policy = { name: 'web', deleting: false, spec: effectivePolicy(written).spec };
  return { policy: policy as PolicySnapshot, release: undefined, problems: [] };
}

const ERRORS = { name: 'errors', prometheus: asked, max: 1 };

function accessWith(lack: MetricProvider['lack']) {
  const calls: string[] = [];
  const provider = {
    name: 'prometheus',
    ...(lack && {
      lack: (...[check, namespace, signal]: Parameters<typeof lack>) => {
        calls.push(`${namespace}/${check.name}`);
        return lack(check, namespace, signal);
      },
    }),
  } as MetricProvider;
  const clock = new FakeClock();
  const access = new CheckAccess(new Map([['prometheus', provider]]), clock);
  return { access, calls, clock };
}

test('what a check lacks is a problem, looked for again until it is there', async () => {
  let lack: typeof LACK | undefined = LACK;
  const { access, calls, clock } = accessWith(() => Promise.resolve(lack));
  const at = snapshotOf([ERRORS]);
  expect(await access.problems('shop', at)).toEqual([{ field: 'check errors', ...LACK }]);
  lack = undefined;
  expect(await access.problems('shop', at)).toHaveLength(1);
  await clock.advance(10_000);
  expect(await access.problems('shop', at)).toEqual([]);
  await clock.advance(30_000);
  expect(await access.problems('shop', at)).toEqual([]);
  expect(calls).toEqual(['shop/errors', 'shop/errors']);
  // It may have been taken away since.
  await clock.advance(30_000);
  lack = LACK;
  expect(await access.problems('shop', at)).toHaveLength(1);
});

test('a check that is changed is looked at at once', async () => {
  const { access } = accessWith((check) =>
    Promise.resolve(check.prometheus?.auth ? LACK : undefined),
  );
  const auth = { bearer: { secretRef: { name: 'login' } } };
  expect(await access.problems('shop', snapshotOf([ERRORS]))).toEqual([]);
  const changed = { ...ERRORS, prometheus: { ...asked, auth } };
  expect(await access.problems('shop', snapshotOf([changed]))).toHaveLength(1);
});

test('the goal of an A/B test is looked at too', async () => {
  const { access } = accessWith(() => Promise.resolve(LACK));
  const total = 'sum(increase(visits{rs="{{hash}}"}[{{window}}]))';
  const goal = { name: 'orders', prometheus: { address, total, good: total } };
  const abTest = { sticky: { percent: 20 }, duration: '168h', goal };
  const found = await access.problems('shop', snapshotOf([], { abTest }));
  expect(found).toEqual([{ field: 'check orders', ...LACK }]);
});

test('nothing is asked within a release, of a policy that cannot release anyway, or of a source without Secrets', async () => {
  const { access, calls } = accessWith(() => Promise.resolve(LACK));
  const at = snapshotOf([ERRORS]);
  const problem = { field: 'spec', message: 'is wrong', fix: 'correct it' };
  const release = { name: 'web-1' } as unknown as Snapshot['release'];
  expect(await access.problems('shop', { ...at, release })).toEqual([]);
  expect(await access.problems('shop', { ...at, problems: [problem] })).toEqual([]);
  const twice = snapshotOf([ERRORS, { ...checkSchema.parse(ERRORS), name: 'b', max: 'x' }]);
  expect(await access.problems('shop', twice)).toEqual([]);
  expect(calls).toEqual([]);
  expect(await accessWith(undefined).access.problems('shop', at)).toEqual([]);
});
