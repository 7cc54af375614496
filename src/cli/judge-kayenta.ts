/** What Kayenta would say of the values in a file, for who comes from Spinnaker. */
import { classifyMetric, KAYENTA_DEFAULTS } from '../stats/index.ts';
import type { JudgeTest } from './judge-test.ts';

/** As the configuration of a metric has it in Kayenta. */
export interface KayentaGiven {
  direction?: 'increase' | 'decrease' | 'either';
  nanStrategy?: 'remove' | 'replace';
  outliers?: 'keep' | 'remove';
}

/** Fewest values of a metric that Spinnaker's guide wants. */
const VALUES = 50;
const VERDICTS = { Pass: 'Pass', High: 'Fail', Low: 'Fail', Nodata: 'Undecided' } as const;
const DIRECTIONS = { increase: 'Increase', decrease: 'Decrease', either: 'Either' } as const;

export function kayentaTest(given: KayentaGiven): JudgeTest {
  const options = {
    ...KAYENTA_DEFAULTS,
    direction: DIRECTIONS[given.direction ?? 'either'],
    ...(given.nanStrategy === 'replace' && { nanStrategy: 'Replace' as const }),
    ...(given.outliers === 'remove' && { outliers: 'Remove' as const }),
  };
  return {
    columns: { names: ['candidate', 'baseline'], kind: 'Values' },
    judge(rows) {
      const candidate = rows.map((row) => row['candidate'] ?? NaN);
      const baseline = rows.map((row) => row['baseline'] ?? NaN);
      const found = classifyMetric({ candidate, baseline }, options);
      const { classification, shift, effectSize = NaN } = found;
      const verdict = VERDICTS[classification];
      return {
        verdict,
        ...(verdict !== 'Undecided' && { at: rows.length - 1 }),
        because: `Kayenta: ${classification}, ${sizesText(found.sizes)}${shiftText(shift)}`,
        against: rows.map(() => null),
        more: {
          classification,
          shift: shift ? [shift.low, shift.estimate, shift.high] : null,
          effect_size: Number.isNaN(effectSize) ? null : effectSize,
        },
      };
    },
  };
}

type Result = ReturnType<typeof classifyMetric>;

function sizesText({ candidate, baseline }: Result['sizes']): string {
  const few = Math.min(candidate, baseline) < VALUES ? `, ${VALUES} of each are asked for` : '';
  return `${candidate} values of the candidate, ${baseline} of the baseline${few}`;
}

function shiftText(shift: Result['shift']): string {
  if (!shift) return '';
  return `: shifted by ${number(shift.estimate)}, ${number(shift.low)} to ${number(shift.high)} with 98 %`;
}

function number(value: number): string {
  return String(Number(value.toPrecision(4)));
}
