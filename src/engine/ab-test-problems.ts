/** What is wrong with an abTest that a schema cannot say. */
import { sourceProblems } from '../analysis/index.ts';
import { type AbTestSpec, GOAL_SOURCES, SOURCES_WITHOUT_GOALS } from '../api/ab-test.ts';
import { parseDuration } from '../api/duration.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { parseThreshold } from '../api/threshold.ts';
import { compileGoal } from './ab-test.ts';
import { holdProblems, parseHold } from './hold.ts';
import { matchProblems } from './request-problems.ts';

const FIELD = 'spec.strategy.abTest';

export function abTestProblems(spec: PolicySpec, abTest: AbTestSpec): Problem[] {
  return [
    ...armProblems(abTest),
    ...userProblems(spec, abTest),
    ...matchProblems(abTest.match, `${FIELD}.match`),
    ...durationProblems(abTest),
    ...stickyProblems(abTest),
    ...capacityProblems(abTest),
    ...goalProblems(spec, abTest),
    ...termProblems(abTest),
  ];
}

/** One release has one new version. */
function armProblems({ arms }: AbTestSpec): Problem[] {
  if (!arms) return [];
  const field = `${FIELD}.arms`;
  if (arms.length !== 2)
    return [
      {
        field,
        message: `${arms.length} ${arms.length === 1 ? 'arm' : 'arms'}: a release has the version that users have and one new version`,
        fix: 'name two; test a third one against the better of them in a release after this',
      },
    ];
  if (arms[0]?.name !== arms[1]?.name) return [];
  return [{ field, message: 'both arms have one name', fix: 'name them apart, or leave arms out' }];
}

/** Who has which version, and what could tell. */
function userProblems(spec: PolicySpec, { match, sticky }: AbTestSpec): Problem[] {
  if ((match === undefined) === (sticky === undefined))
    return [
      {
        field: FIELD,
        message: match ? 'says both match and sticky' : 'does not say who gets the new version',
        fix: 'set exactly one of match (by header, cookie or query) and sticky (a percentage of the users)',
      },
    ];
  if ((spec.traffic?.routers ?? []).length > 0) return [];
  return [
    {
      field: `${FIELD}.${match ? 'match' : 'sticky'}`,
      message: 'nothing can tell users apart without a router',
      fix: 'add gatewayAPI with your HTTPRoute to spec.traffic.routers, which can',
    },
  ];
}

function lengthMs({ duration }: AbTestSpec): number | undefined {
  const hold = parseHold(duration) ?? {};
  if ('holdMs' in hold) return hold.holdMs;
  return 'holdAtMostMs' in hold ? hold.holdAtMostMs : undefined;
}

function durationProblems(abTest: AbTestSpec): Problem[] {
  const field = `${FIELD}.duration`;
  const unread = holdProblems(abTest.duration, field, 1, 'a duration');
  if (unread.length > 0 || lengthMs(abTest)) return unread;
  const fix = 'write how long both versions are to be there, whole weeks by rule: 168h';
  return [{ field, message: 'a test without a time compares nothing', fix }];
}

/** Browsers take such a cookie only over HTTPS, with attributes that a gateway cannot promise. */
const PREFIXES = /^__(Host|Secure)-/i;

function stickyProblems(abTest: AbTestSpec): Problem[] {
  const { sticky, duration } = abTest;
  if (!sticky) return [];
  const problems: Problem[] = [];
  if (PREFIXES.test(sticky.cookie ?? ''))
    problems.push({
      field: `${FIELD}.sticky.cookie`,
      message: `browsers refuse ${sticky.cookie} from a listener without TLS, and users would change versions`,
      fix: 'take another name, or leave it out',
    });
  if ((parseDuration(sticky.maxAge) ?? 0) < (lengthMs(abTest) ?? 0))
    problems.push({
      field: `${FIELD}.sticky.maxAge`,
      message: `${sticky.maxAge} is shorter than the test (${JSON.stringify(duration)}): users would change versions in it`,
      fix: 'write a longer one',
    });
  return problems;
}

function capacityProblems({ capacity, sticky }: AbTestSpec): Problem[] {
  const percent = sticky?.percent ?? 0;
  if (capacity === undefined || capacity >= percent) return [];
  return [
    {
      field: `${FIELD}.capacity`,
      message: `${capacity} % of the pods cannot carry ${percent} % of the users`,
      fix: `write ${percent} or more, or leave it out`,
    },
  ];
}

function goalProblems(spec: PolicySpec, abTest: AbTestSpec): Problem[] {
  const { name } = abTest.goal;
  const field = `${FIELD}.goal`;
  const refused = uncountable(abTest);
  return [
    ...(spec.checks.some((check) => check.name === name)
      ? [
          {
            field: `${field}.name`,
            message: `a check has the name ${name}`,
            fix: 'rename one of them',
          },
        ]
      : []),
    ...(refused.length > 0 ? refused : sourceProblems(compileGoal(abTest), field)),
  ];
}

/** A goal is counted from the beginning of its test on, which may be weeks ago. */
const WHY_NOT: Record<(typeof SOURCES_WITHOUT_GOALS)[number], string> = {
  datadog: 'has coarser points the longer the time is, which begin before the test',
  dynatrace: 'has coarser points the longer the time is, which begin before the test',
  graphite: 'keeps fewer points of what is older, so that they add up to less',
  cloudWatch: 'keeps fewer points of what is older, and gives only so many at once',
  skywalking: 'keeps minutes of which only so many are given at once',
  kubernetes: 'knows of now alone, and nothing of how many there were',
  job: 'says of the candidate alone whether it is well, and counts nobody',
};

function uncountable({ goal }: AbTestSpec): Problem[] {
  return SOURCES_WITHOUT_GOALS.filter((name) => goal[name] !== undefined).map((name) => ({
    field: `${FIELD}.goal.${name}`,
    message: `${WHY_NOT[name]}: a goal cannot be counted by it`,
    fix: `use one of ${GOAL_SOURCES.join(', ')}`,
  }));
}

/** How sure it is to be, and of what. */
function termProblems({ goal }: AbTestSpec): Problem[] {
  const { effect, maxSamples } = goal;
  const shares = (['alpha', 'effect'] as const).flatMap((name) => {
    const share = parseThreshold(goal[name]);
    const fits = share && share.unit !== 'seconds' && share.value > 0 && share.value < 1;
    if (goal[name] === undefined || fits) return [];
    return [
      {
        field: `${FIELD}.goal.${name}`,
        message: `${JSON.stringify(goal[name])} is not a share, between 0 and 1`,
        fix: name === 'alpha' ? 'write it as in alpha: 5%' : 'write points, as in effect: 1%',
      },
    ];
  });
  if (effect === undefined || maxSamples === undefined) return shares;
  const message = 'stands beside maxSamples, by which another test is meant';
  const fix = 'keep effect for a test that may end at any time, maxSamples for one of a fixed size';
  return [...shares, { field: `${FIELD}.goal.effect`, message, fix }];
}
