/** What is wrong with a canary: stages that go nowhere, and what its router cannot do. */
import type { PolicySpec } from '../api/policy.ts';
import type { CanarySpec } from '../api/strategy.ts';
import type { Problem } from '../api/problem.ts';
import { sameJson } from '../api/same-json.ts';
import { holdProblems } from './hold.ts';
import { HALF_PERCENT } from './pod-shares.ts';
import { matchProblems } from './request-problems.ts';

type StageSpec = CanarySpec['stages'][number];

const FIELD = 'spec.strategy.canary';

export function canaryProblems(spec: PolicySpec, canary: CanarySpec): Problem[] {
  const routed = (spec.traffic?.routers ?? []).length > 0;
  return [
    ...matchProblems(canary.match, `${FIELD}.match`),
    ...(routed ? [] : unroutable(canary, 'match', `${FIELD}.match`)),
    ...canary.stages.flatMap((stage, i) => {
      const field = `${FIELD}.stages[${i}]`;
      const checks = stage.checks ?? spec.checks.map((check) => check.name);
      return [
        ...weightProblems(canary, i, `${field}.weight`),
        ...fullProblems(stage, field),
        ...capacityProblems(stage, field),
        ...holdProblems(stage.hold, `${field}.hold`, checks.length),
        ...matchProblems(stage.match, `${field}.match`),
        ...(routed ? [] : unroutable(stage, 'match', `${field}.match`)),
        ...(routed ? [] : unroutable(stage, 'mirror', `${field}.mirror`)),
        ...(routed ? [] : podProblems(spec, stage, { before: canary.stages[i - 1], field })),
      ];
    }),
  ];
}

function weightProblems(canary: CanarySpec, i: number, field: string): Problem[] {
  const stage = canary.stages[i] as StageSpec;
  const before = canary.stages[i - 1];
  if (stage.weight === 0 && !stage.match && !stage.mirror && !canary.match)
    return [
      {
        field,
        message: 'a stage with weight 0 and without match or mirror sends the candidate nothing',
        fix: 'begin with 1 or more, or say which requests it gets',
      },
    ];
  if (!before || canary.allowLower || stage.weight > before.weight) return [];
  if (stage.weight === before.weight && !sameRules(stage, before)) return [];
  return [
    {
      field,
      message: `${stage.weight} does not rise above the stage before it (${before.weight})`,
      fix: 'order the stages by rising weight, or set spec.strategy.canary.allowLower: true',
    },
  ];
}

function sameRules(one: StageSpec, other: StageSpec): boolean {
  const rules = ({ match, mirror, capacity }: StageSpec) => ({ match, mirror, capacity });
  return sameJson(rules(one), rules(other));
}

/** At 100 % every request reaches the candidate anyway. */
function fullProblems(stage: StageSpec, field: string): Problem[] {
  if (stage.weight !== 100) return [];
  return (['match', 'mirror'] as const)
    .filter((key) => stage[key] !== undefined)
    .map((key) => ({
      field: `${field}.${key}`,
      message: 'means nothing at weight 100, where all requests go to the candidate',
      fix: 'remove it, or lower the weight',
    }));
}

function capacityProblems({ capacity, weight }: StageSpec, field: string): Problem[] {
  if (capacity === undefined || capacity >= weight) return [];
  return [
    {
      field: `${field}.capacity`,
      message: `${capacity} % of the pods cannot carry ${weight} % of the traffic`,
      fix: `write ${weight} or more, or leave it out`,
    },
  ];
}

/** Where pods are the shares there is no capacity apart from them, and the sets change places once. */
function podProblems(
  { targetRef }: Pick<PolicySpec, 'targetRef'>,
  stage: StageSpec,
  { before, field }: { before: StageSpec | undefined; field: string },
): Problem[] {
  const fix = 'add a router to spec.traffic.routers';
  const problems: Problem[] = [];
  if (stage.capacity !== undefined)
    problems.push({
      field: `${field}.capacity`,
      message: 'without a router the pods are the share of the traffic',
      fix: `remove it, or ${fix}`,
    });
  if (stage.smokeTests !== undefined)
    problems.push({
      field: `${field}.smokeTests`,
      message: 'without a router pods get their share as soon as they are ready, before any test',
      fix: `remove it, or ${fix}`,
    });
  const why = fallsBecause(targetRef.kind, stage.weight, before?.weight ?? 0);
  if (why)
    problems.push({
      field: `${field}.weight`,
      message: `falls from ${before?.weight} to ${stage.weight}: ${why.what}`,
      fix: `${why.instead}, or ${fix}`,
    });
  return problems;
}

/** Why a weight may not be less than the one before it; undefined where it may. */
function fallsBecause(kind: string, weight: number, before: number) {
  const instead = 'order the stages by rising weight';
  if (weight < before && kind === 'StatefulSet')
    return { what: 'no stage takes pods of a StatefulSet back', instead };
  if (weight > HALF_PERCENT || before <= HALF_PERCENT) return undefined;
  const what = 'without a router the old version cannot grow past the new one again';
  return { what, instead: `stay above ${HALF_PERCENT}` };
}

function unroutable<Key extends 'match' | 'mirror'>(
  part: Partial<Record<Key, unknown>>,
  key: Key,
  field: string,
): Problem[] {
  if (part[key] === undefined) return [];
  const what = key === 'match' ? 'tell requests apart' : 'copy requests';
  return [
    {
      field,
      message: `nothing can ${what} without a router`,
      fix: `add gatewayAPI with your HTTPRoute to spec.traffic.routers, which can, or remove ${key}`,
    },
  ];
}
