/** Checks by evidence in place of limits, drawn apart so that everything else of a seed stays what it was. */
import type { PolicySpecInput } from '../api/policy.ts';
import { Chance } from './chance.ts';

type CheckInput = NonNullable<PolicySpecInput['checks']>[number];

/** Some policies hold some checks to evidence, and have some that nothing, or not everything, hangs on. */
export function withEvidence(policy: PolicySpecInput, seed: number): PolicySpecInput {
  const chance = new Chance(`evidence ${seed}`);
  if (!chance.maybe(0.5)) return policy;
  const checks = (policy.checks ?? []).map((check) => tried(tested(check, policy, chance), chance));
  const { abTest } = policy.strategy;
  const ends = abTest && chance.maybe(0.5);
  const strategy = ends ? { abTest: { ...abTest, atEnd: 'Winner' as const } } : policy.strategy;
  return { ...policy, checks, strategy };
}

/** What counts may be tested. */
function tested(check: CheckInput, policy: PolicySpecInput, chance: Chance): CheckInput {
  if (check.scrape === undefined || !chance.maybe(0.7)) return check;
  const { max: _, minSamples: __, ...asked } = check;
  const test =
    comparable(policy) && chance.maybe(0.6) ? { compare: {} } : { slo: { objective: '95%' } };
  return {
    ...asked,
    ...test,
    ...(chance.maybe(0.5) && { onUndecided: chance.from(['Pause', 'Pass', 'Fail'] as const) }),
    ...(chance.maybe(0.2) && { warmup: chance.from(['1s', '5s']) }),
  };
}

/** Where both versions have traffic at the same time. */
function comparable({ strategy }: PolicySpecInput): boolean {
  const { canary, blueGreen, recreate } = strategy;
  if (recreate) return false;
  if (blueGreen) return (blueGreen.switch ?? []).length > 0 && blueGreen.checks === undefined;
  return canary?.stages.some(({ weight }) => weight < 100) ?? true;
}

/** Some canaries with a router compare with pods of the same age, by a check that has a source for it. Drawn after all
 * other checks. */
export function withFresh(policy: PolicySpecInput, seed: number): PolicySpecInput {
  const chance = new Chance(`fresh ${seed}`);
  if (!mayBeFresh(policy)) return policy;
  if (!chance.maybe(0.4)) return policy;
  const interval = chance.from(['2s', '5s', '10s']);
  const young: CheckInput = {
    name: 'young',
    scrape: { pods: { port: 8080 }, total: 'requests_total', bad: 'errors_total' },
    compare: { baseline: 'Fresh' },
    interval,
    ...(chance.maybe(0.3) && { onUndecided: chance.from(['Pause', 'Pass', 'Fail'] as const) }),
    ...(chance.maybe(0.2) && { warmup: chance.from(['1s', '5s']) }),
  };
  return { ...policy, checks: [...(policy.checks ?? []), tried(young, chance)] };
}

/** Some hold the route to what is counted. The model's metrics count pods alike, whatever their share, so that nearly all
 * of these ask a person. Drawn after all checks. */
export function withMeasured(policy: PolicySpecInput, seed: number): PolicySpecInput {
  const chance = new Chance(`measured ${seed}`);
  const counts = policy.checks?.some(({ compare }) => compare && compare.baseline !== 'Fresh');
  if (!policy.traffic || counts !== true || !chance.maybe(0.2)) return policy;
  return { ...policy, traffic: { ...policy.traffic, readBack: 'Measured' } };
}

function mayBeFresh(policy: PolicySpecInput): boolean {
  const { strategy, traffic, targetRef, pairRef } = policy;
  const isOfDeployment = (targetRef.kind ?? 'Deployment') === 'Deployment' && !pairRef;
  const isRouted = (traffic?.routers ?? []).length > 0;
  return strategy.canary !== undefined && isRouted && isOfDeployment && comparable(policy);
}

function tried(check: CheckInput, chance: Chance): CheckInput {
  return {
    ...check,
    ...(chance.maybe(0.1) && { critical: false }),
    ...(chance.maybe(0.1) && { dryRun: true }),
  };
}
