/** What a Deployment says of the time in which a recreate serves nobody. */
import { expect, test } from 'vitest';
import { downtimeOf } from './downtime.ts';

const spec = (containers: unknown, more: object = {}) => ({
  template: { spec: { containers, ...more } },
});
const NOTHING = { atLeastMs: 0, container: undefined, endsWithinMs: 30_000, minReadyMs: 0 };

test('as Kubernetes does where nothing is said, and in whatever shape', () => {
  const odd = [undefined, null, 'x', {}, spec(undefined), spec({}), spec([null, 1, {}])];
  for (const deployment of odd) expect(downtimeOf(deployment)).toEqual(NOTHING);
  expect(
    downtimeOf(spec([{ readinessProbe: null, startupProbe: { periodSeconds: 'x' } }])),
  ).toEqual(NOTHING);
});

test('the slowest container counts, by the longer of its probes; successes are one period apart', () => {
  const containers = [
    { name: 'web', readinessProbe: { initialDelaySeconds: 5 } },
    {
      name: 'slow',
      readinessProbe: { initialDelaySeconds: 2, periodSeconds: 3, successThreshold: 3 },
      startupProbe: { initialDelaySeconds: 4 },
    },
  ];
  expect(
    downtimeOf({ minReadySeconds: 7, ...spec(containers, { terminationGracePeriodSeconds: 60 }) }),
  ).toEqual({ atLeastMs: 8_000, container: 'slow', endsWithinMs: 60_000, minReadyMs: 7_000 });
});
