/** Pairs: what is refused before anything is touched, with the field and what to do instead. */
import { expect, test } from 'vitest';
import { policySpecSchema } from '../api/policy.ts';
import { formatProblem } from '../api/problem.ts';
import { validatePolicy } from './validate.ts';

type Loose = Record<string, unknown>;

function problemsOf(rest: Loose): string[] {
  const spec = policySpecSchema.parse({
    targetRef: { name: 'web-blue' },
    pairRef: { name: 'web-green' },
    traffic: { services: [{ name: 'web' }] },
    strategy: { blueGreen: {} },
    ...rest,
  });
  return validatePolicy(spec).map(formatProblem);
}

test('a pair with one Service is valid, and so are a smaller preview, smoke tests and a kept old one', () => {
  const smokeTests = [{ name: 'alive', http: { path: '/healthz' } }];
  const blueGreen = { preview: { replicas: 1 }, smokeTests, after: 'Keep', keepFor: '1h' };
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf({ strategy: { blueGreen } })).toEqual([]);
});

test.each<[string, Loose, RegExp]>([
  [
    'the same Deployment twice',
    { pairRef: { name: 'web-blue' } },
    /^spec\.pairRef\.name: is the workload of targetRef itself; name the other Deployment/,
  ],
  [
    'another strategy',
    { strategy: { canary: { stages: [{ weight: 5 }] } } },
    /^spec\.pairRef: two Deployments take turns by blueGreen only; use blueGreen/,
  ],
  [
    'a router',
    { traffic: { services: [{ name: 'web' }], routers: [{ gatewayAPI: { httpRoute: 'web' } }] } },
    /^spec\.traffic\.routers: .*the selector of the Service moves the traffic; leave routers out/,
  ],
  [
    'shares of the traffic',
    { strategy: { blueGreen: { switch: [{ weight: 10 }] } } },
    /^spec\.strategy\.blueGreen\.switch: without a router/,
  ],
  [
    "the user's own Deployment deleted",
    { strategy: { blueGreen: { after: 'Delete' } } },
    /^spec\.strategy\.blueGreen\.after: .*is not deleted; write ScaleToZero/,
  ],
  [
    'a template put back',
    { onFailure: { revertTemplate: true } },
    /^spec\.onFailure\.revertTemplate: .*leave it out for a pair/,
  ],
  [
    'groups',
    { strategy: { blueGreen: { groups: [{ share: '50%' }, { share: '50%' }] } } },
    /^spec\.strategy\.blueGreen\.groups: .*is a rolling update; use rolling with maxSurge: 0, maxUnavailable: 50%/,
  ],
])('%s is refused', (_, rest, problem) => {
  const problems = problemsOf(rest);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(problem);
});

test('halves by rolling, as the message says, are valid', () => {
  const rolling = {
    maxSurge: 0,
    maxUnavailable: '50%',
    stages: [{ holdAfter: '50%', approval: {} }],
  };
  expect(problemsOf({ pairRef: undefined, strategy: { rolling } })).toEqual([]);
});
