/** What a kind of workload cannot do, and what it can instead. */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { parseSize } from './rolling.ts';

interface Kind {
  /** Why not, by strategy. */
  refused: Record<string, string>;
  fix: string;
  /** Fields of rolling that it has no use for, and why. */
  limits: Partial<Record<'maxSurge' | 'maxUnavailable', string>>;
}

const NAMED =
  'its pods have names of their own, so that no second set of them can stand beside the first';
const ONE_EACH =
  'each node has one pod of it, so that no second set of them can stand beside the first';
const ONE_AT_A_TIME = 'a StatefulSet changes one pod at a time, and has never one too many';

const KINDS: Record<string, Kind> = {
  StatefulSet: {
    refused: {
      blueGreen:
        'its pods have names and volumes of their own, so that there cannot be two whole versions of it',
      recreate: 'its controller never stops all of its pods at once',
      abTest: NAMED,
    },
    fix: 'use rolling or canary: ordinal by ordinal from the highest, with holds and checks at the stages',
    limits: { maxSurge: ONE_AT_A_TIME, maxUnavailable: ONE_AT_A_TIME },
  },
  DaemonSet: {
    refused: {
      canary: ONE_EACH,
      blueGreen: ONE_EACH,
      recreate: 'that would leave every node without it at once',
      abTest: ONE_EACH,
    },
    fix: 'use rolling: batch of nodes by batch, with holds and checks at its stages, as in {holdAfter: 10%, hold: 10m}',
    limits: { maxSurge: 'a node has never two pods of a DaemonSet that Segue holds' },
  },
};

export function workloadProblems(spec: PolicySpec): Problem[] {
  const { targetRef, strategy, pairRef } = spec;
  const kind = KINDS[targetRef.kind];
  if (!kind) return nodeProblems(spec);
  const chosen = Object.entries(strategy).filter(([, value]) => value !== undefined);
  const refused = chosen.flatMap(([name]) => {
    const why = kind.refused[name];
    if (why === undefined) return [];
    const message = `a ${targetRef.kind} cannot be released by ${name}: ${why}`;
    return [{ field: `spec.strategy.${name}`, message, fix: kind.fix }];
  });
  const { rolling = {} } = strategy;
  return [
    ...refused,
    ...limitProblems(rolling, kind),
    ...nodeProblems(spec),
    ...pairProblems(pairRef),
  ];
}

type Rolling = Partial<NonNullable<PolicySpec['strategy']['rolling']>>;

function limitProblems(rolling: Rolling, { limits }: Kind): Problem[] {
  return (['maxSurge', 'maxUnavailable'] as const).flatMap((name) => {
    const message = limits[name];
    if (rolling[name] === undefined || message === undefined) return [];
    return [{ field: `spec.strategy.rolling.${name}`, message, fix: 'take it out' }];
  });
}

/** What only a DaemonSet goes by. */
function nodeProblems({ targetRef: { kind }, strategy }: PolicySpec): Problem[] {
  const rolling: Rolling = strategy.rolling ?? {};
  const { batch } = rolling;
  if (kind === 'DaemonSet') return batch === undefined ? [] : batchProblems(batch);
  return (['batch', 'nodesBy'] as const).flatMap((name) => {
    if (rolling[name] === undefined) return [];
    const message = `a ${kind} is not released node by node`;
    const fix = 'take it out; stages say after how many pods it holds';
    return [{ field: `spec.strategy.rolling.${name}`, message, fix }];
  });
}

function batchProblems(value: unknown): Problem[] {
  const size = parseSize(value);
  const least = size ? Object.values(size)[0] : 0;
  const most = size && 'percent' in size ? 100 : Infinity;
  if (least !== undefined && least > 0 && least <= most) return [];
  const message = `${JSON.stringify(value)} is not a number of nodes`;
  const fix = 'write a number of nodes or a percentage of them: 1, 3 or 10%';
  return [{ field: 'spec.strategy.rolling.batch', message, fix }];
}

function pairProblems(pairRef: PolicySpec['pairRef']): Problem[] {
  if (!pairRef) return [];
  const message = 'two workloads take turns only where they are Deployments';
  return [{ field: 'spec.pairRef', message, fix: 'leave it out' }];
}
