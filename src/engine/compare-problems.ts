/** Checks that compare, in strategies in which the two versions never have traffic at the same time. */
import { asksFresh } from '../api/check.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { freshProblems } from './fresh-baseline.ts';
import { parseThreshold } from '../api/threshold.ts';

const INSTEAD = 'use slo or max in place of compare';

export function compareProblems(spec: PolicySpec): Problem[] {
  const compared = spec.checks.filter(({ compare }) => compare !== undefined);
  const why = compared.length > 0 ? neverBoth(spec) : undefined;
  return [
    ...alarmProblems(spec),
    ...uncounted(spec),
    ...spec.checks.flatMap(({ compare }, i) =>
      compare && why
        ? [{ field: `spec.checks[${i}].compare`, message: why.message, fix: why.fix }]
        : [],
    ),
    ...(why ? [] : freshProblems(spec)),
    ...namedAlone(
      spec,
      compared.map(({ name }) => name),
    ),
  ];
}

function alarmProblems({ falseAlarms }: PolicySpec): Problem[] {
  const share = parseThreshold(falseAlarms);
  const fits = share && share.unit !== 'seconds' && share.value > 0 && share.value <= 0.5;
  if (falseAlarms === undefined || fits) return [];
  return [
    {
      field: 'spec.falseAlarms',
      message: `${JSON.stringify(falseAlarms)} is not a share of harmless releases, between 0 and 50 %`,
      fix: 'write it as in falseAlarms: 1%',
    },
  ];
}

/** Shares are counted where both versions are, all of either. */
function uncounted({ traffic, checks }: PolicySpec): Problem[] {
  const counts = checks.some((check) => check.compare && !asksFresh(check));
  if (traffic?.readBack !== 'Measured' || counts) return [];
  return [
    {
      field: 'spec.traffic.readBack',
      message:
        'no check counts the requests of both versions, by which the shares would be measured',
      fix: 'add a check with compare (it may be dryRun), or leave out readBack',
    },
  ];
}

/** Why there is nothing to compare, whatever the checks say. */
function neverBoth({ strategy }: PolicySpec): Pick<Problem, 'message' | 'fix'> | undefined {
  if (strategy.recreate)
    return {
      message:
        'the old version is gone before the new one starts: there is nothing to compare with',
      fix: INSTEAD,
    };
  if (strategy.blueGreen && (strategy.blueGreen.switch ?? []).length === 0)
    return {
      message: 'all the traffic is switched at once: there is nothing to compare with',
      fix: `add shares in spec.strategy.blueGreen.switch, or ${INSTEAD}`,
    };
  if (strategy.canary?.stages.every(({ weight }) => weight === 100))
    return {
      message: 'all the traffic is moved at once: there is nothing to compare with',
      fix: `add a stage with less than 100, or ${INSTEAD}`,
    };
  return undefined;
}

/** A stage that names one where only one of the versions has traffic. */
function namedAlone({ strategy }: PolicySpec, compared: readonly string[]): Problem[] {
  const field = 'spec.strategy';
  const lists = [
    {
      at: `${field}.blueGreen.checks`,
      names: strategy.blueGreen?.checks ?? [],
      why: 'the preview has no traffic',
    },
    ...(strategy.canary?.stages ?? []).flatMap(({ weight, checks }, i) =>
      weight === 100
        ? [
            {
              at: `${field}.canary.stages[${i}].checks`,
              names: checks ?? [],
              why: 'the old version has no traffic at 100 %',
            },
          ]
        : [],
    ),
  ];
  return lists.flatMap(({ at, names, why }) =>
    names.flatMap((name, i) =>
      compared.includes(name)
        ? [{ field: `${at}[${i}]`, message: `${name} compares, and ${why}`, fix: 'take it out' }]
        : [],
    ),
  );
}
