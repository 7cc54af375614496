/** blueGreen: what its plan is, what is refused, and that all pods are there before users are. */
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../api/problem.ts';
import { policySpecSchema } from '../api/policy.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { compilePlan } from './plan.ts';
import { step } from './step.ts';
import { validatePolicy } from './validate.ts';

type Loose = Record<string, unknown>;
const traffic = { services: [{ name: 'web' }] };
const routers = [{ gatewayAPI: { httpRoute: 'web' } }];
const errors = { name: 'errors', scrape: { pods: { port: 1 }, total: 't', bad: 'b' }, max: '5%' };

function specOf(blueGreen: Loose, rest: Loose = {}): PolicySpec {
  return policySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: { ...traffic, routers },
    strategy: { blueGreen },
    ...rest,
  });
}

function stagesOf(blueGreen: Loose, rest: Loose = {}) {
  return compilePlan(specOf(blueGreen, rest)).plan.stages;
}

describe('the plan', () => {
  const sizes = (blueGreen: Loose) =>
    stagesOf(blueGreen).map(({ name, weight, pods, capacityPercent }) => [
      name,
      weight,
      pods ?? `${capacityPercent}%`,
    ]);

  test('is the preview and the switch', () => {
    const plain = [
      ['preview', 0, '100%'],
      ['switch', 100, '100%'],
    ];
    expect(sizes({})).toEqual(plain);
    expect(sizes({ preview: { replicas: '100%' } })).toEqual(plain);
  });

  test('has a stage between them for a preview that is smaller', () => {
    const then = [
      ['full size', 0, '100%'],
      ['switch', 100, '100%'],
    ];
    expect(sizes({ preview: { replicas: 2 } })).toEqual([['preview', 0, 2], ...then]);
    expect(sizes({ preview: { replicas: '25%' } })).toEqual([['preview', 0, '25%'], ...then]);
  });

  test('has a stage for each share, judged by all checks', () => {
    const shares = [
      { weight: 10, hold: '1m' },
      { weight: 50, name: 'half', checks: [] },
    ];
    const [, ...stages] = stagesOf({ switch: shares }, { checks: [errors] });
    expect(stages).toMatchObject([
      { name: 'weight 10', weight: 10, capacityPercent: 100, holdMs: 60_000, checks: ['errors'] },
      { name: 'half', weight: 50, capacityPercent: 100, checks: [] },
      { name: 'switch', weight: 100, capacityPercent: 100, checks: [] },
    ]);
  });

  test('asks for the window wherever traffic moves next', () => {
    const window = { open: [{ from: '09:00', to: '17:00' }] };
    const share = { open: [{ from: '10:00', to: '11:00' }] };
    const stages = stagesOf({
      window,
      preview: { replicas: 1 },
      switch: [{ weight: 10 }, { weight: 20, window: share }],
    });
    expect(stages.map((stage) => stage.window?.open?.[0]?.from)).toEqual([
      '09:00',
      '09:00',
      '09:00',
      '10:00',
      undefined,
    ]);
  });
});

const FIELD = 'spec.strategy.blueGreen';
const pinned = { traffic };

test.each<[string, Loose, Loose, string]>([
  [
    'a size that is none',
    { preview: { replicas: 'few' } },
    {},
    `${FIELD}.preview.replicas: "few" is not a number of pods; write a number of pods or a percentage of them: 2 or 25%`,
  ],
  [
    'a fraction of a pod',
    { preview: { replicas: 1.5 } },
    {},
    `${FIELD}.preview.replicas: 1.5 is not a number of pods; write a number of pods or a percentage of them: 2 or 25%`,
  ],
  [
    'no pod',
    { preview: { replicas: '0%' } },
    {},
    `${FIELD}.preview.replicas: a preview without a pod shows nothing; write 1 or more, or 1%`,
  ],
  [
    'more than all',
    { preview: { replicas: '150%' } },
    {},
    `${FIELD}.preview.replicas: 150 % is more than the new version is ever to have; write less than 100%, or leave it out: the preview has its full size then`,
  ],
  [
    'shares of a pinned Service',
    { switch: [{ weight: 10 }] },
    pinned,
    `${FIELD}.switch: without a router the Service is pinned to one version, which has no weights; add gatewayAPI with your HTTPRoute to spec.traffic.routers, which has, or leave switch out: all the traffic moves at once`,
  ],
  [
    'a share of nothing',
    { switch: [{ weight: 0 }] },
    {},
    `${FIELD}.switch[0].weight: a share of 0 sends the new version nothing; begin with 1 or more; what comes before the switch has its gates beside it`,
  ],
  [
    'shares that fall',
    { switch: [{ weight: 20 }, { weight: 10 }] },
    {},
    `${FIELD}.switch[1].weight: 10 does not rise above the share before it (20); order the shares by rising weight`,
  ],
  [
    'a share of all',
    { switch: [{ weight: 100 }] },
    {},
    `${FIELD}.switch[0].weight: 100 is the end of every switch and follows the last share by itself; take it out; what is looked at with all the traffic is afterSwitch and spec.bake`,
  ],
  [
    'a hold without a unit',
    { switch: [{ weight: 10, hold: '10' }] },
    {},
    `${FIELD}.switch[0].hold: "10" is not a hold; write a duration with its unit (10m), or {atMost: 10m}`,
  ],
  [
    'a check that is not there',
    { switch: [{ weight: 10, checks: ['errors'] }] },
    {},
    `${FIELD}.switch[0].checks: there is no check errors; define it under spec.checks`,
  ],
  [
    'a time to keep what is not kept',
    { after: 'Delete', keepFor: '1h' },
    {},
    `${FIELD}.keepFor: with after: Delete nothing is kept; write after: Keep, or take it out`,
  ],
  [
    'a window that never opens',
    { switch: [{ weight: 10, window: { open: [{ cron: '0 0 30 2 *', for: '1h' }] } }] },
    {},
    `${FIELD}.switch[0].window`,
  ],
])('refused: %s', (_, blueGreen, rest, expected) => {
  const problems = validatePolicy(specOf(blueGreen, rest)).map(formatProblem);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain(expected);
});

describe('on its way', () => {
  const at = (ms: number) => new Date(START_MS + ms).toISOString();
  const small = { blueGreen: { preview: { replicas: 1 }, timeout: '10m', approval: {} } };

  /** At a stage with weight 0 in effect, the candidate with so many pods wanted and available. */
  function see(stage: number, pods: { wanted: number; available: number }, more: Loose = {}) {
    const { wanted: replicas, available } = pods;
    const status: ReleaseStatus = {
      step: 'Stage',
      stepSince: at(-60_000),
      stage,
      stageReplicas: 4,
      startedAt: at(-90_000),
      unavailableSince: at(-60_000),
      traffic: { dedicated: true, route: 'Split', weight: 0, readBackAt: at(-30_000) },
      ...more,
    };
    const candidate = setOf('v2', {
      owner: 'Release',
      replicas,
      current: replicas,
      ready: available,
      available,
    });
    const { strategy } = specOf(small.blueGreen);
    const decision = step(
      snapshot({
        release: release(status, { strategy }),
        workload: workload('v2', { candidate }),
        traffic: reading({ weight: 0, endpoints: { stable: 4, candidate: available } }),
      }),
    );
    const { traffic: to, workload: wants } = decision;
    const { message, stage: now, gateSince } = decision.release?.status ?? {};
    const size = wants?.release?.candidateReplicas;
    return { stage: now, message, begun: gateSince !== undefined, weight: to?.weight, size };
  }

  test('the preview has as many pods as it says, and waits with them', () => {
    const seen = see(0, { wanted: 1, available: 1 });
    expect(seen).toMatchObject({ stage: 0, begun: true, size: 1, message: 'approval' });
  });

  test('it grows when its gates are open, and no traffic moves before all pods are there', () => {
    const open = { gateSince: at(-30_000), approved: true };
    const grows = see(0, { wanted: 1, available: 1 }, open);
    expect(grows).toMatchObject({ stage: 1, size: 4, weight: 0 });
    const waits = see(2, { wanted: 4, available: 3 });
    expect(waits).toMatchObject({
      stage: 2,
      weight: 0,
      message: '3 of 4 candidate pods available',
    });
    expect(see(1, { wanted: 4, available: 4 })).toMatchObject({ stage: 2, weight: 100 });
  });

  test('whoever passes over all gates passes over no pod', () => {
    expect(see(0, { wanted: 1, available: 1 }, { full: true })).toMatchObject({
      stage: 2,
      weight: 0,
      size: 4,
    });
  });

  test('a preview is never larger than the workload', () => {
    const strategy = specOf({ preview: { replicas: 9 } }).strategy;
    const status: ReleaseStatus = { step: 'Stage', stepSince: at(-1), stage: 0, stageReplicas: 4 };
    const decision = step(
      snapshot({ release: release(status, { strategy }), workload: workload('v2') }),
    );
    expect(decision.workload?.release?.candidateReplicas).toBe(4);
  });
});
