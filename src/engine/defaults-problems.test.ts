import { expect, test } from 'vitest';
import { type WrittenPolicySpec, writtenPolicySpecSchema } from '../api/policy.ts';
import { formatProblem } from '../api/problem.ts';
import { releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import { effectiveProblems, validateDefaults } from './defaults-problems.ts';
import { noTemplates } from './check-templates.ts';
import { effectiveBy } from './effective-policy.ts';

const check = (name: string, max: unknown = '1%') => ({
  name,
  scrape: { pods: { port: 8080 }, total: 'a_total', bad: 'a_total{code="500"}' },
  max,
});

const written = (spec: Record<string, unknown>): WrittenPolicySpec =>
  writtenPolicySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: { services: [{ name: 'web' }], routers: [{ gatewayAPI: { httpRoute: 'web' } }] },
    strategy: { canary: { stages: [{ weight: 5 }] } },
    ...spec,
  });

function problems(policy: Record<string, unknown>, general: Record<string, unknown>): string[] {
  const defaults = releaseDefaultsSpecSchema.parse(general);
  const others = { defaults, templates: noTemplates };
  const made = effectiveBy(written(policy), others);
  return effectiveProblems(made.spec, made.others).map(formatProblem);
}

test('a fault of the policy is where the policy has it, whatever comes before it', () => {
  expect(problems({ checks: [check('own', 'x')] }, { checks: [check('errors')] })).toEqual(
    problems({ checks: [check('own', 'x')] }, {}),
  );
  expect(problems({ checks: [check('own', 'x')] }, { checks: [check('errors')] })[0]).toMatch(
    /^spec\.checks\[0\]\.max: /,
  );
});

test('a fault of the defaults says that it is theirs, and how to get round it', () => {
  const general = { checks: [check('errors'), check('p99', 'x')], onFailure: { action: 'Pause' } };
  const [fault = '', ...others] = problems({ checks: [check('own')] }, general);
  expect(fault).toMatch(
    /^ReleaseDefaults default: spec\.checks\[1\]\.max: .*, or say it otherwise in the policy$/,
  );
  expect(others).toEqual([]);
  expect(problems({ checks: [check('p99')] }, general)).toEqual([]);
});

test('what only the defaults make impossible says so', () => {
  const pair = {
    pairRef: { name: 'green' },
    traffic: { services: [{ name: 'web' }] },
    strategy: { blueGreen: {} },
  };
  const general = { onFailure: { revertTemplate: true } };
  expect(problems(pair, general)).toEqual([
    expect.stringMatching(
      /^ReleaseDefaults default: spec\.onFailure\.revertTemplate: .*; leave it out for a pair, or/,
    ),
  ]);
  expect(problems({ ...pair, onFailure: { revertTemplate: false } }, general)).toEqual([]);
  const many = Array.from({ length: 20 }, (_, i) => check(`own-${i}`));
  const more = Array.from({ length: 20 }, (_, i) => check(`general-${i}`));
  expect(problems({ checks: many }, { checks: more })).toEqual([
    'spec.checks: has 40 entries, 32 are the most (with what ReleaseDefaults default adds); take some out',
  ]);
});

test('what only works with the defaults works', () => {
  const strategy = {
    canary: { stages: [{ weight: 5, checks: ['errors'], hold: { atMost: '1m' } }] },
  };
  expect(problems({ strategy }, {})).toHaveLength(1);
  expect(problems({ strategy }, { checks: [check('errors')] })).toEqual([]);
});

test('a freeze that cannot be is told once, however many windows it shuts', () => {
  const strategy = {
    canary: {
      stages: [5, 10].map((weight) => ({ weight, window: { open: [{ days: ['Mon'] }] } })),
    },
  };
  const general = { window: { freeze: [{ from: '2026-12-20', to: '2026-12-01' }] } };
  expect(problems({ strategy }, general)).toEqual([
    'ReleaseDefaults default: spec.window.freeze[0]: ends (2026-12-01) before it begins (2026-12-20); write a later `to`',
  ]);
});

test('a rollback window of the namespace that reaches further than what a policy keeps', () => {
  const general = { rollbackWindow: { revisions: 10 } };
  expect(problems({}, general)).toEqual([
    expect.stringMatching(
      /^ReleaseDefaults default: spec\.rollbackWindow\.revisions: .* where 10 Releases are kept; set spec\.history\.limit of the policy to 11 .*, or say it otherwise in the policy$/,
    ),
  ]);
  expect(problems({ history: { limit: 20 } }, general)).toEqual([]);
  expect(problems({ rollbackWindow: { revisions: 2 } }, general)).toEqual([]);
});

test('the kind by itself', () => {
  const faults = validateDefaults(
    releaseDefaultsSpecSchema.parse({
      checks: [check('a'), check('a', 'x')],
      window: { timeZone: 'Berlin' },
      hooks: { before: [{ name: 'h', webhook: { url: 'board' } }] },
      rollbackWindow: { within: '0s' },
    }),
  ).map(({ field }) => field);
  expect(faults).toEqual([
    'spec.window.timeZone',
    'spec.hooks.before[0].webhook.url',
    'spec.rollbackWindow.within',
    'spec.checks[1].name',
    'spec.checks[1].max',
  ]);
  const empty = releaseDefaultsSpecSchema.parse({ rollbackWindow: {} });
  expect(validateDefaults(empty).map(({ field }) => field)).toEqual(['spec.rollbackWindow']);
});
