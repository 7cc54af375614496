import { expect, test } from 'vitest';
import { policySpecSchema } from '../../api/policy.ts';
import { validatePolicy } from '../../engine/index.ts';
import { policySpec, RELEASES, scenarioObjects, strategyOf } from './scenario.ts';

const URL = 'http://127.0.0.1:9/metrics';

test.each(['canary', 'blueGreen'] as const)('the policy is valid with %s', (strategy) => {
  const spec = policySpecSchema.parse({ ...policySpec(URL), strategy: strategyOf(strategy) });
  expect(validatePolicy(spec)).toEqual([]);
});

test('the first version is where the first release begins, and all say their faults', () => {
  const [first] = RELEASES;
  const text = JSON.stringify(scenarioObjects({ metricsUrl: URL, listenerPort: 8_000 }));
  expect(text).toContain(`segue-demo:${first?.from}`);
  expect(RELEASES.filter(({ faultPercent }) => faultPercent > 5)).toEqual(
    RELEASES.filter(({ expected }) => expected === 'Aborted'),
  );
});
