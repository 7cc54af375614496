/** What is wrong with a rolling or recreate strategy; with traffic they leave to the pods. */
import type { PolicySpec } from '../api/policy.ts';
import type { RollingSpec } from '../api/strategy.ts';
import type { Problem } from '../api/problem.ts';
import { holdProblems } from './hold.ts';
import { parseSize, type Size } from './rolling.ts';

const FIELD = 'spec.strategy.rolling';

export function rollingProblems(spec: PolicySpec, rolling: RollingSpec): Problem[] {
  const { maxSurge, maxUnavailable, stages } = rolling;
  return [
    ...limitProblems(maxSurge, `${FIELD}.maxSurge`),
    ...limitProblems(maxUnavailable, `${FIELD}.maxUnavailable`),
    ...(isZero(maxSurge) && isZero(maxUnavailable)
      ? [
          {
            field: `${FIELD}.maxUnavailable`,
            message: 'with maxSurge 0 as well no pod could ever be changed',
            fix: 'allow one pod too many or one too few',
          },
        ]
      : []),
    ...stages.flatMap((stage, i) => {
      const checks = stage.checks ?? spec.checks.map((check) => check.name);
      return [
        ...sizeProblems(stages, i),
        ...holdProblems(stage.hold, `${FIELD}.stages[${i}].hold`, checks.length),
        ...addressProblems(spec, stage, `${FIELD}.stages[${i}].smokeTests`),
      ];
    }),
  ];
}

/** New pods are asked at the port of a Service that leads to them. */
function addressProblems(
  { traffic }: PolicySpec,
  { smokeTests = [] }: RollingSpec['stages'][number],
  field: string,
): Problem[] {
  if (traffic) return [];
  return smokeTests.flatMap(({ http }, i) =>
    http
      ? [
          {
            field: `${field}[${i}].http`,
            message: 'no Service says at which port the new pods are asked',
            fix: 'name it under spec.traffic.services, or use a job',
          },
        ]
      : [],
  );
}

function limitProblems(value: unknown, field: string): Problem[] {
  if (value === undefined) return [];
  const size = parseSize(value);
  const fits = size && (!('percent' in size) || size.percent <= 100);
  return fits ? [] : [notANumber(value, field, '1, 0 or 25%')];
}

function notANumber(value: unknown, field: string, like: string): Problem {
  const message = `${JSON.stringify(value)} is not a number of pods`;
  return { field, message, fix: `write a number of pods or a percentage of them: ${like}` };
}

function isZero(value: unknown): boolean {
  const size = parseSize(value);
  return size !== undefined && Object.values(size)[0] === 0;
}

function sizeProblems(stages: RollingSpec['stages'], i: number): Problem[] {
  const field = `${FIELD}.stages[${i}].holdAfter`;
  const value = stages[i]?.holdAfter;
  const size = parseSize(value);
  if (!size) return [notANumber(value, field, '1 or 50%')];
  if (isZero(value))
    return [
      { field, message: 'before the first pod there is nothing to look at', fix: 'begin with 1' },
    ];
  if ('percent' in size && size.percent >= 100)
    return [
      {
        field,
        message: `${size.percent} % is every pod, and there is nothing left to hold back`,
        fix: 'take the stage out and use spec.bake, which follows the last pod',
      },
    ];
  const before = parseSize(stages[i - 1]?.holdAfter);
  if (!before || isMore(size, before)) return [];
  return [
    {
      field,
      message: `${String(value)} is not more than the stage before it (${String(stages[i - 1]?.holdAfter)})`,
      fix: 'order the stages by rising pods; a number of pods comes before percentages',
    },
  ];
}

/** A number of pods and a percentage cannot be told apart before the replicas are known. */
function isMore(size: Size, before: Size): boolean {
  if ('pods' in size) return 'pods' in before && size.pods > before.pods;
  return 'pods' in before || size.percent > before.percent;
}

/** What moves weights of each kind instead. */
const MOVED_BY: Record<PolicySpec['targetRef']['kind'], string> = {
  Deployment: ', or use canary or blueGreen, which move them',
  StatefulSet: ', or use canary, which moves them',
  DaemonSet: ': a new pod of a DaemonSet serves as soon as it is ready',
};

/** Traffic follows the pods: there is nothing to route, to settle or to drain by. */
export function nativeTrafficProblems({ targetRef, traffic, strategy }: PolicySpec): Problem[] {
  if (!traffic?.routers || traffic.routers.length === 0) return [];
  const instead = MOVED_BY[targetRef.kind];
  const name = strategy.rolling ? 'rolling' : 'recreate';
  return [
    {
      field: 'spec.traffic.routers',
      message: `${name} moves no weights: the traffic follows the pods`,
      fix: `take the routers out${instead}`,
    },
  ];
}
