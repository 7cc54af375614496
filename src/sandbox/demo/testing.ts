/** A Release for the tests of this folder. */
import { policySpecSchema } from '../../api/policy.ts';
import type { ReleaseStatus } from '../../api/release.ts';
import type { ReleaseObject } from './outcome.ts';
import { policySpec } from './scenario.ts';

const stage = (weight: number, holdMs?: number) => ({
  name: `weight ${weight}`,
  weight,
  capacityPercent: weight,
  ...(holdMs !== undefined && { holdMs }),
  approval: false,
  checks: weight < 100 ? ['errors', 'latency'] : [],
  timeoutMs: 20_000,
});
const version = (tag: string, hash: string) => ({
  hash,
  replicaSet: `shop-${hash}`,
  images: [`segue-demo:${tag}`],
  templateHash: hash,
  template: {},
});

/** A canary of two stages and the last one. */
export function demoRelease(from: string, to: string, status: ReleaseStatus): ReleaseObject {
  return {
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'Release',
    metadata: { name: 'shop-1', namespace: 'demo' },
    spec: {
      policy: 'shop',
      target: { group: 'apps', kind: 'Deployment', name: 'shop', uid: 'u', generation: 2 },
      number: 1,
      strategy: 'canary',
      stable: version(from, 'aaa'),
      candidate: version(to, 'bbb'),
      plan: {
        stages: [stage(10), stage(25, 2_000), stage(100)],
        bakeMs: 2_000,
        bakeChecks: ['errors'],
        bakeTimeoutMs: 20_000,
        progressDeadlineMs: 40_000,
        settleMs: 500,
        drainMs: 1_000,
        onFailure: 'Abort',
      },
      checks: policySpecSchema.parse(policySpec('http://127.0.0.1:9/metrics')).checks,
    },
    status,
  };
}
