/** What a policy asks of the place of requests (path, method, who sends them), held against rules that ask for one too. */
import type { Problem } from '../../api/problem.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import type { Rule } from './shape.ts';

interface Narrowing {
  /** `VirtualService web` */
  title: string;
  /** Those that lead to the Services of the policy. */
  rules: readonly { rule: Rule; at: string }[];
  /** The field of a rule that says which requests it takes. */
  field: string;
  /** What is asked for by a rule and an entry: none where no request is for both, undefined where it cannot be said. */
  narrowed: (rule: Rule, entry: RequestMatch) => readonly unknown[] | undefined;
  /** The rule puts something else in the place of the prefix that it matched, which would be a longer one. */
  rewrites?: (rule: Rule) => boolean;
  /** Every request of the rule is for one of these. */
  asksFor: (rule: Rule, entries: readonly RequestMatch[]) => boolean;
}

export function checkNarrowing(
  { rules: planned }: Pick<RouterScope, 'rules'>,
  given: Narrowing,
): Problem[] {
  const asked = planned.flatMap(({ match = [] }) =>
    match.flatMap((entry, i) => (byPlace(entry) ? [{ entry, i }] : [])),
  );
  if (asked.length === 0) return [];
  return [
    ...given.rules.flatMap(
      (one) =>
        rewritten(one, asked, given) ?? unsaid(one, asked, given) ?? leavesNone(one, asked, given),
    ),
    ...nowhere(asked, given),
  ];
}

/** It asks for more than values that the request carries. */
export function byPlace({ path, method, sourceLabels }: RequestMatch): boolean {
  return [path, method, sourceLabels].some((part) => part !== undefined);
}

interface Asked {
  entry: RequestMatch;
  i: number;
}

type One = Narrowing['rules'][number];

function rewritten(
  { rule, at }: One,
  asked: readonly Asked[],
  { rewrites }: Narrowing,
): Problem[] | undefined {
  if (!rewrites?.(rule) || !asked.some(({ entry }) => entry.path)) return undefined;
  return [
    {
      field: at,
      message:
        'it rewrites the part of the path that it matches, and a rule for a longer path would rewrite more',
      fix: 'match by something else than path, or let the application take the path as it comes',
    },
  ];
}

function unsaid(
  { rule, at }: One,
  asked: readonly Asked[],
  { field, narrowed }: Narrowing,
): Problem[] | undefined {
  const found = asked.find(({ entry }) => narrowed(rule, entry) === undefined);
  return (
    found && [
      {
        field: `${at}.${field}`,
        message: `what is both for this rule and for match[${found.i}] of the policy (${placeText(found.entry)}) cannot be written as a rule`,
        fix: 'write the path of one of the two without a pattern, or match by header',
      },
    ]
  );
}

/** The rule that is added could not be told from it, and there would be nothing to share. */
function leavesNone(
  { rule, at }: One,
  asked: readonly Asked[],
  { field, asksFor }: Narrowing,
): Problem[] {
  if (
    !asksFor(
      rule,
      asked.map(({ entry }) => entry),
    )
  )
    return [];
  return [
    {
      field: `${at}.${field}`,
      message:
        'every request of this rule is one that the policy matches, so that none is left to be shared',
      fix: 'ask for more in match: a longer path, a method, or a header too',
    },
  ];
}

function nowhere(asked: readonly Asked[], { title, rules, narrowed }: Narrowing): Problem[] {
  const lost = asked.filter(({ entry }) =>
    rules.every(({ rule }) => narrowed(rule, entry)?.length === 0),
  );
  return [...new Map(lost.map((one) => [one.i, one])).values()].map(({ entry, i }) => ({
    field: `${title} by match[${i}]`,
    message: `no rule that leads to the Services takes such requests (${placeText(entry)})`,
    fix: 'write a path and a method that one of its rules takes',
  }));
}

/** `path /shop, method GET` */
function placeText({ path, method, sourceLabels }: RequestMatch): string {
  const at = path?.exact ?? path?.prefix ?? path?.regex;
  return [
    at !== undefined && `path ${at}`,
    method !== undefined && `method ${method}`,
    sourceLabels && 'sourceLabels',
  ]
    .filter(Boolean)
    .join(', ');
}
