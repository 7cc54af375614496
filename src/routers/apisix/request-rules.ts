/**
 * The rules that Segue adds to an ApisixRoute for the requests that the weight does not count for. Expressions of
 * a rule are an and, so that each entry of `match` has a rule of its own. Of rules with one path APISIX asks that of
 * the greatest priority first: each has one more than the rule it comes from.
 */
import { isDeepStrictEqual } from 'node:util';
import type { RequestMatch } from '../../api/request-match.ts';
import { onlyGroup, toldAsAdded } from '../split-route/added.ts';
import type { Added, KnownRules, Rule } from '../split-route/shape.ts';
import type { Backend } from './backends.ts';

export interface Expression {
  subject: { scope: string; name?: string };
  op: string;
  value?: string;
}

export interface HttpRule extends Rule {
  name?: string;
  priority?: number;
  match?: { paths?: string[]; hosts?: string[]; methods?: string[]; exprs?: Expression[] };
  backends?: Backend[];
  plugins?: { name?: string; enable?: boolean }[];
  upstreams?: unknown[];
}

export function addedRules(rule: HttpRule, { groups, match = [] }: Added): HttpRule[] {
  const group = onlyGroup({ groups });
  if (!group) return [];
  return match.map((entry, i) => ({
    ...rule,
    name: `segue-${rule.name}-${i}`,
    priority: priorityOf(rule) + 1,
    match: { ...rule.match, exprs: [...(rule.match?.exprs ?? []), ...demandsOf(entry)] },
    backends: [group.pair(100)[1]],
  }));
}

export function priorityOf({ priority = 0 }: HttpRule): number {
  return priority;
}

function demandsOf({ headers = [], cookie, query = [] }: RequestMatch): Expression[] {
  return [
    ...headers.map((one) => expression('Header', one)),
    ...(cookie ? [expression('Cookie', cookie)] : []),
    ...query.map((one) => expression('Query', one)),
  ];
}

interface Value {
  name: string;
  exact?: string | undefined;
  regex?: string | undefined;
}

function expression(scope: string, { name, exact, regex }: Value): Expression {
  const subject = { scope, name };
  return exact === undefined
    ? // A dollar would stand before a last line break too.
      { subject, op: 'RegexMatch', value: `^(?:${regex})\\z` }
    : { subject, op: 'Equal', value: exact };
}

export function isAdded(rule: HttpRule, known: KnownRules): boolean {
  const { exprs = [] } = rule.match ?? {};
  const told = {
    refs: rule.backends ?? [],
    copies: [],
    marks: () => false,
    asksFor: (entries: readonly RequestMatch[]) =>
      entries.some((entry) =>
        demandsOf(entry).every((one) => exprs.some((other) => isDeepStrictEqual(one, other))),
      ),
  };
  return toldAsAdded(told, known);
}
