/** Which earlier versions are released again without stages, and what is left of the plan then. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import {
  policy,
  policySpec,
  release,
  setOf,
  snapshot,
  START_MS,
  workload,
} from '../testing/snapshots.ts';
import { compilePlan } from './plan.ts';
import { originOf, rollbackOf } from './rollback.ts';
import type { EndedRelease } from './snapshot.ts';
import { step } from './step.ts';
import { validatePolicy } from './validate.ts';

const MINUTE_MS = 60_000;
type Window = NonNullable<PolicySpec['rollbackWindow']>;
type Told = Partial<EndedRelease> & { from: string; to: string };

/** Releases one after the other, one a minute, the last of which has just ended. */
function historyOf(...releases: Told[]): EndedRelease[] {
  return releases.map(({ from, to, ...more }, i) => ({
    name: `web-${i + 1}`,
    number: i + 1,
    outcome: 'Promoted',
    templateHash: `template-${to}`,
    stableTemplateHash: `template-${from}`,
    target: 'uid-web',
    strategy: 'canary',
    endedAt: new Date(START_MS - (releases.length - 1 - i) * MINUTE_MS).toISOString(),
    ...more,
  }));
}

const back = (history: EndedRelease[], to: string, from: string) => ({
  candidate: `template-${to}`,
  running: `template-${from}`,
  target: 'uid-web',
  history,
  nowMs: START_MS,
});
const told = (window: Window, history: EndedRelease[], to: string, from: string) => {
  const { skips, because } = rollbackOf(window, back(history, to, from));
  return skips ? `skips: ${because}` : because;
};

describe('which versions', () => {
  const v5 = historyOf(
    { from: 'v0', to: 'v1' },
    { from: 'v1', to: 'v2' },
    { from: 'v2', to: 'v3' },
    { from: 'v3', to: 'v4' },
    { from: 'v4', to: 'v5' },
  );

  test('so many before the present one', () => {
    expect(told({ revisions: 3 }, v5, 'v4', 'v5')).toBe(
      'skips: web-4 is 1 revision back, replaced a moment ago, inside of the rollback window (3 revisions)',
    );
    expect(told({ revisions: 3 }, v5, 'v2', 'v5')).toBe(
      'skips: web-2 is 3 revisions back, replaced 2m ago, inside of the rollback window (3 revisions)',
    );
    expect(told({ revisions: 3 }, v5, 'v1', 'v5')).toBe(
      'it is 4 revisions back, and the rollback window is 3',
    );
  });

  test('those that users had until then, however long ago they were released', () => {
    expect(told({ within: '90s' }, v5, 'v3', 'v5')).toContain(
      'inside of the rollback window (90s)',
    );
    expect(told({ within: '90s' }, v5, 'v2', 'v5')).toBe(
      'it was replaced 2m ago, and the rollback window is 90s',
    );
  });

  test('with both fields both must be so', () => {
    expect(told({ revisions: 1, within: '1h' }, v5, 'v3', 'v5')).toMatch(/^it is 2 revisions back/);
    expect(told({ revisions: 3, within: '30s' }, v5, 'v3', 'v5')).toMatch(
      /^it was replaced 1m ago/,
    );
    expect(told({ revisions: 3, within: '1h' }, v5, 'v3', 'v5')).toContain('(3 revisions, 1h)');
  });

  test('none without a window, nor a new version, nor what runs', () => {
    const { skips, because } = rollbackOf(undefined, back(v5, 'v4', 'v5'));
    expect([skips, because]).toEqual([false, '']);
    expect(told({ revisions: 9 }, v5, 'v6', 'v5')).toBe('');
    expect(told({ revisions: 9 }, v5, 'v5', 'v5')).toBe('');
  });

  test('none that was there before the policy', () => {
    expect(told({ revisions: 9 }, v5, 'v0', 'v5')).toBe(
      'this policy has not promoted it through its stages',
    );
  });

  test('none that was taken back and never promoted', () => {
    const history = historyOf(
      { from: 'v0', to: 'v1' },
      { from: 'v1', to: 'v2', outcome: 'Aborted' },
      { from: 'v1', to: 'v3' },
    );
    expect(told({ revisions: 3 }, history, 'v2', 'v3')).toBe('');
    // Nor does it count as one in between.
    expect(told({ revisions: 1 }, history, 'v1', 'v3')).toContain('web-1 is 1 revision back');
  });

  test('none that was deployed where nothing ran: there were no stages', () => {
    const history = historyOf({ from: 'v0', to: 'v1', strategy: 'none' }, { from: 'v1', to: 'v2' });
    expect(told({ revisions: 3 }, history, 'v1', 'v2')).toMatch(/has not promoted it/);
  });

  test('none whose last release was taken back', () => {
    const history = historyOf(
      { from: 'v0', to: 'v1' },
      { from: 'v1', to: 'v2' },
      { from: 'v2', to: 'v1', outcome: 'Aborted' },
    );
    expect(told({ revisions: 3 }, history, 'v1', 'v2')).toBe(
      'its last release, web-3, was taken back',
    );
  });

  test('none of another workload of the name', () => {
    const history = v5.map((one) => ({ ...one, target: 'uid-other' }));
    expect(told({ revisions: 3 }, history, 'v4', 'v5')).toBe('');
  });

  test('never forward again to what was left: GitOps that undoes an undo', () => {
    const history = historyOf(
      { from: 'v0', to: 'v1' },
      { from: 'v1', to: 'v2' },
      { from: 'v2', to: 'v1', origin: 1 },
    );
    expect(told({ revisions: 3 }, history, 'v2', 'v1')).toBe('it is newer than what runs');
    // Also when the releases that say so have been deleted since.
    expect(told({ revisions: 3 }, history.slice(1), 'v2', 'v1')).toBe('it is newer than what runs');
    const again = [
      ...historyOf(
        { from: 'v2', to: 'v1', origin: 1, number: 3 },
        { from: 'v1', to: 'v2', origin: 2, number: 4 },
      ),
    ];
    expect(told({ revisions: 3 }, again, 'v1', 'v2')).toContain('1 revision back');
  });

  test('what users had before the policy is older than all that it released', () => {
    const history = historyOf({ from: 'v0', to: 'v1' }, { from: 'v1', to: 'v0', origin: 0 });
    expect(told({ revisions: 3 }, history, 'v1', 'v0')).toBe('it is newer than what runs');
    expect(originOf(back(history, 'v0', 'v1'))).toBe(0);
    expect(originOf(back(history, 'v1', 'v0'))).toBe(1);
    expect(originOf(back(history, 'v7', 'v0'))).toBeUndefined();
  });

  test('also when what runs was rolled out past the policy', () => {
    expect(told({ revisions: 1 }, v5, 'v5', 'v9')).toBe(
      'skips: web-5 is 1 revision back, inside of the rollback window (1 revision)',
    );
  });
});

describe('the plan that is left', () => {
  const goesBack = 'web-1 is near';
  const version = { template: {}, earlier: true, goesBack };
  const whole = (name: string, timeoutMs = 600_000) => ({
    name,
    weight: 100,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs,
  });
  const check = {
    name: 'errors',
    scrape: { address: 'http://x', total: 'a', bad: 'b' },
    max: 0.01,
    scope: 'Version',
    interval: '10s',
    window: '1m',
  } as const;
  const hook = { name: 'migrate', job: { spec: {} }, retries: 0, timeout: '10m' };
  const canary = policySpec({
    checks: [check],
    window: { open: [{ days: ['Mon'] }] },
    releasedIn: { namespace: 'staging' },
    hooks: { before: [hook] },
    rollbackWindow: { revisions: 1 },
  });

  test('canary: all at once, then the bake as always; hooks stay, windows do not', () => {
    const { plan, checks, strategy } = compilePlan(canary, version);
    const full = compilePlan(canary).plan;
    expect(strategy).toBe('canary');
    expect(plan.stages).toEqual([whole('weight 100')]);
    expect(plan.before?.window).toBeUndefined();
    expect(plan.before?.tasks?.map(({ kind }) => kind)).toEqual(['Pull', 'Job']);
    expect(plan.goesBack).toBe(goesBack);
    const { stages: _, before: __, goesBack: ___, ...rest } = plan;
    const { stages: ____, before: _____, ...always } = full;
    expect(rest).toEqual(always);
    expect(checks).toEqual(canary.checks);
  });

  test.each<[string, Partial<PolicySpec>, string, number]>([
    [
      'blueGreen',
      {
        strategy: {
          blueGreen: {
            timeout: '30m',
            after: 'ScaleToZero',
            approval: {},
            preview: { replicas: 1 },
          },
        },
      },
      'switch',
      1_800_000,
    ],
    [
      'rolling',
      {
        traffic: undefined,
        strategy: { rolling: { stages: [{ holdAfter: 1, hold: '10m' }], timeout: '30m' } },
      } as Partial<PolicySpec>,
      'all pods',
      1_800_000,
    ],
  ])('%s: one step', (_, spec, name, timeoutMs) => {
    const { plan } = compilePlan(policySpec(spec), version);
    expect(plan.stages).toEqual([whole(name, timeoutMs)]);
  });

  test('is frozen in the Release, with the age of the version', () => {
    const spec = policySpec({ rollbackWindow: { revisions: 1 } });
    const running = setOf('v2');
    const state = snapshot({
      policy: policy(spec),
      workload: { ...workload('v1', { running }), owned: [running] },
      history: historyOf({ from: 'v0', to: 'v1' }, { from: 'v1', to: 'v2' }),
    });
    const { create } = step(state);
    expect(create?.spec.origin).toBe(1);
    expect(create?.spec.plan.goesBack).toMatch(/^web-1 is 1 revision back/);
    const fresh = step({
      ...state,
      workload: { ...workload('v3', { running }), owned: [running] },
    });
    expect(fresh.create?.spec.origin).toBeUndefined();
    expect(fresh.create?.spec.plan.stages).toHaveLength(3);
  });

  test('is told of when the release begins', () => {
    const of = release({}, {});
    of.spec.plan = { ...of.spec.plan, goesBack };
    of.status = {} as ReleaseStatus;
    const { events } = step(snapshot({ release: of, workload: workload('v2') }));
    expect(events.map(({ reason, message }) => [reason, message])).toContainEqual([
      'StagesSkipped',
      `without stages: ${goesBack}`,
    ]);
  });
});

describe('a window that cannot work', () => {
  const problems = (spec: Partial<PolicySpec>) =>
    validatePolicy(policySpec(spec)).map(({ field, message }) => `${field}: ${message}`);
  test.each<[string, Partial<PolicySpec>, string[]]>([
    ['fine', { rollbackWindow: { revisions: 9, within: '24h' } }, []],
    [
      'empty',
      { rollbackWindow: {} },
      ['spec.rollbackWindow: says neither how many revisions nor how long'],
    ],
    [
      'no time',
      { rollbackWindow: { within: '0s' } },
      ['spec.rollbackWindow.within: 0s is over before anybody can go back'],
    ],
    [
      'more than is kept',
      { rollbackWindow: { revisions: 10 } },
      [
        'spec.rollbackWindow.revisions: 10 revisions before the present one cannot be known where 10 Releases are kept',
      ],
    ],
  ])('%s', (_, spec, wanted) => {
    expect(problems(spec)).toEqual(wanted);
  });

  test('of a pair', () => {
    const spec = { pairRef: { name: 'green' }, rollbackWindow: { revisions: 1 } };
    expect(problems(spec).join()).toContain('spec.rollbackWindow: two Deployments');
  });
});
