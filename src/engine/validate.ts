/** What a CRD schema cannot say about a policy: each problem names the field and the fix. */
import { checkProblems } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import { NAMELESS } from '../api/preset.ts';
import { parseDuration } from '../api/duration.ts';
import type { Problem } from '../api/problem.ts';
import { abTestProblems } from './ab-test-problems.ts';
import { blueGreenProblems } from './blue-green-problems.ts';
import { compareProblems } from './compare-problems.ts';
import { configProblems } from './config-problems.ts';
import { gateProblems } from './gate-problems.ts';
import { canaryProblems } from './canary-problems.ts';
import { rollbackProblems } from './rollback-problems.ts';
import { routerProblems } from './router-problems.ts';
import { pairProblems } from './pair-problems.ts';
import { nativeTrafficProblems, rollingProblems } from './native-problems.ts';
import { workloadProblems } from './workload-problems.ts';

/** Empty when the policy can be released by. Reads the spec only; what exists in the cluster is the
 * controller's to look at. */
export function validatePolicy(spec: PolicySpec): Problem[] {
  return [
    ...strategyProblems(spec),
    ...workloadProblems(spec),
    ...pairProblems(spec),
    ...(isNative(spec) ? nativeTraffic(spec) : trafficProblems(spec)),
    ...gateProblems(spec),
    ...configProblems(spec),
    ...rollbackProblems(spec),
    ...sizeProblems(spec),
    ...deadlineProblems(spec),
    ...checkNameProblems(spec),
    ...compareProblems(spec),
    ...spec.checks.flatMap((check, i) => checkProblems(check, `spec.checks[${i}]`)),
  ];
}

function strategyProblems(spec: PolicySpec): Problem[] {
  const field = 'spec.strategy';
  const chosen = Object.entries(spec.strategy).filter(([, value]) => value !== undefined);
  if (chosen.length !== 1)
    return [
      {
        field,
        message: chosen.length === 0 ? 'no strategy' : `${chosen.length} strategies`,
        fix: 'set exactly one of canary, blueGreen, rolling, recreate and abTest',
      },
    ];
  const { canary, blueGreen, rolling, abTest } = spec.strategy;
  if (canary)
    return [
      ...canaryProblems(spec, canary),
      ...canary.stages.flatMap((stage, i) =>
        unknownChecks(spec, stage.checks ?? [], `${field}.canary.stages[${i}].checks`),
      ),
    ];
  if (rolling)
    return [
      ...rollingProblems(spec, rolling),
      ...rolling.stages.flatMap((stage, i) =>
        unknownChecks(spec, stage.checks ?? [], `${field}.rolling.stages[${i}].checks`),
      ),
    ];
  if (blueGreen) {
    const checks = blueGreen.checks ?? [];
    return [
      ...blueGreenProblems(spec, blueGreen),
      ...unknownChecks(spec, checks, `${field}.blueGreen.checks`),
      ...(blueGreen.switch ?? []).flatMap((stage, i) =>
        unknownChecks(spec, stage.checks ?? [], `${field}.blueGreen.switch[${i}].checks`),
      ),
    ];
  }
  if (abTest)
    return [
      ...abTestProblems(spec, abTest),
      ...unknownChecks(spec, abTest.guardrails ?? [], `${field}.abTest.guardrails`),
    ];
  return [];
}

function isNative({ strategy }: PolicySpec): boolean {
  return strategy.rolling !== undefined || strategy.recreate !== undefined;
}

function nativeTraffic(spec: PolicySpec): Problem[] {
  const services = spec.traffic?.services ?? [];
  return [...nativeTrafficProblems(spec), ...duplicates(services, 'spec.traffic.services')];
}

function trafficProblems(spec: PolicySpec): Problem[] {
  const field = 'spec.traffic';
  // Pods that take work by themselves get their share by being there.
  if (!spec.traffic && spec.strategy.canary && !spec.pairRef) return [];
  // Of other kinds what needs traffic is refused, and traffic would not mend it.
  if (!spec.traffic && spec.targetRef.kind !== 'Deployment') return [];
  if (!spec.traffic)
    return [{ field, message: 'is missing', fix: 'name the Service that users reach' }];
  return [...routerProblems(spec), ...duplicates(spec.traffic.services, `${field}.services`)];
}

/** What a policy and a ReleaseDefaults say together may be more than a Release can hold. */
function sizeProblems({ checks, hooks }: PolicySpec): Problem[] {
  const sizes = [
    { field: 'spec.checks', list: checks, most: 32 },
    ...(['before', 'after', 'onAbort'] as const).map((when) => ({
      field: `spec.hooks.${when}`,
      list: hooks?.[when] ?? [],
      most: 16,
    })),
  ];
  return sizes.flatMap(({ field, list, most }) =>
    list.length <= most
      ? []
      : [
          {
            field,
            message: `has ${list.length} entries, ${most} are the most`,
            fix: 'take some out',
          },
        ],
  );
}

function deadlineProblems({ progressDeadline }: PolicySpec): Problem[] {
  if ((parseDuration(progressDeadline) ?? 0) >= 1_000) return [];
  const message = `${progressDeadline} leaves no pod the time to become available`;
  return [{ field: 'spec.progressDeadline', message, fix: 'write 1m or more' }];
}

function checkNameProblems(spec: PolicySpec): Problem[] {
  return [...duplicates(spec.checks, 'spec.checks'), ...namelessProblems(spec.checks)];
}

/** Only a preset names its checks itself. */
export function namelessProblems(checks: readonly { name: string }[]): Problem[] {
  return checks.flatMap(({ name }, i) =>
    (name ?? NAMELESS) === NAMELESS
      ? [
          {
            field: `spec.checks[${i}].name`,
            message: 'is missing',
            fix: `write a name, other than ${NAMELESS}`,
          },
        ]
      : [],
  );
}

export function duplicates(list: readonly { name: string }[], field: string): Problem[] {
  return list.flatMap((entry, i) =>
    list.findIndex((other) => other.name === entry.name) < i
      ? [
          {
            field: `${field}[${i}].name`,
            message: `${entry.name} is there twice`,
            fix: 'rename it',
          },
        ]
      : [],
  );
}

function unknownChecks(spec: PolicySpec, names: readonly string[], field: string): Problem[] {
  const known = spec.checks.map((check) => check.name);
  return names
    .filter((name) => !known.includes(name))
    .map((name) => ({
      field,
      message: `there is no check ${name}`,
      fix: known.length > 0 ? `use one of ${known.join(', ')}` : 'define it under spec.checks',
    }));
}
