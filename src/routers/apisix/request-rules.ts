/**
 * The rules that Segue adds to an ApisixRoute for the requests that the weight does not count for. Expressions of
 * a rule are an and, so that each entry of `match` has a rule of its own. One copies requests, by a plugin beside those
 * of the user's. Of rules with one path APISIX asks that of the greatest priority first: that which copies has one more
 * than the rule it comes from, and those of `match` one more again.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Mirror, PathMatch, RequestMatch, RequestRules } from '../../api/request-match.ts';
import { bareOf, mayMeet, pathsByStart, type PathSet } from '../path-match.ts';
import { quoted } from '../split-route/arms.ts';
import { onlyGroup, SAFE_METHODS, toldAsAdded } from '../split-route/added.ts';
import type { SplitGroup } from '../split-route/refs.ts';
import type { Added, KnownRules, Rule } from '../split-route/shape.ts';
import type { Backend } from './backends.ts';
import { copiesOf, copyTo, type Plugin } from './copies.ts';

export interface Expression {
  subject: { scope: string; name?: string };
  op: string;
  value?: string;
}

export interface HttpRule extends Rule {
  name?: string;
  priority?: number;
  match?: {
    paths?: string[];
    hosts?: string[];
    methods?: string[];
    exprs?: Expression[];
    remoteAddrs?: string[];
    filter_func?: string;
  };
  backends?: Backend[];
  plugins?: Plugin[];
  plugin_config_name?: string;
  upstreams?: unknown[];
}

export function addedRules(rule: HttpRule, given: Added): HttpRule[] {
  const group = onlyGroup(given);
  if (!group) return [];
  const { match = [], mirror } = given;
  const priority = priorityOf(rule) + roomFor(given);
  const matching = match.flatMap((entry, i) =>
    narrowed(rule, entry).map((asked) => ({
      ...rule,
      name: `segue-${rule.name}-${i}`,
      priority,
      match: asked,
      backends: [group.pair(100)[1]],
    })),
  );
  return mirror ? [...matching, ...copyingRule(rule, { ...given, group, mirror })] : matching;
}

/** By how much the priority of an added rule is more than that of the user's, at most. */
export function roomFor({ match, mirror }: RequestRules): number {
  return (match ? 1 : 0) + (mirror ? 1 : 0);
}

/** Requests of both versions, by weight, with a copy to the candidate. */
function copyingRule(
  rule: HttpRule,
  { group, mirror, weight, ...given }: Added & { group: SplitGroup; mirror: Mirror },
): HttpRule[] {
  const { match = {}, plugins = [] } = rule;
  const methods = mirror.methods === 'Safe' ? safeOnly(match.methods) : match.methods;
  const copy = copyTo(group, mirror, given);
  if (methods?.length === 0 || !copy) return [];
  return [
    {
      ...rule,
      name: `segue-${rule.name}-copies`,
      priority: priorityOf(rule) + 1,
      match: { ...match, ...(methods && { methods }) },
      plugins: [...plugins, copy],
      backends: group.pair(weight),
    },
  ];
}

function safeOnly(methods: readonly string[] = []): string[] {
  return SAFE_METHODS.filter((safe) => methods.length === 0 || methods.includes(safe));
}

/** One, or none where no request is for both, as far as methods and whole paths tell. */
export function narrowed(
  { match = {} }: HttpRule,
  entry: RequestMatch,
): NonNullable<HttpRule['match']>[] {
  if (isElsewhere(match, entry)) return [];
  const { method } = entry;
  const exprs = [...(match.exprs ?? []), ...demandsOf(entry)];
  return [
    {
      ...match,
      ...(method !== undefined && { methods: [method] }),
      ...(exprs.length > 0 && { exprs }),
    },
  ];
}

function isElsewhere(
  { methods = [], paths = [] }: NonNullable<HttpRule['match']>,
  { method, path }: RequestMatch,
): boolean {
  if (method !== undefined && methods.length > 0 && !methods.includes(method)) return true;
  if (!path) return false;
  const asked = pathsByStart(path);
  return !paths.some((own) => asked.some((one) => mayMeet(pathIn(own), one)));
}

/** What begins so; a name for a part of it stands for any text. */
function pathIn(path: string): PathSet {
  const [start = '', ...rest] = path.split(/[*:]/);
  return rest.length === 0 ? { exact: path } : { start };
}

export function priorityOf({ priority = 0 }: HttpRule): number {
  return priority;
}

function demandsOf({ headers = [], cookie, query = [], path }: RequestMatch): Expression[] {
  return [
    ...(path ? [pathExpression(path)] : []),
    ...headers.map((one) => expression('Header', one)),
    ...(cookie ? [expression('Cookie', cookie)] : []),
    ...query.map((one) => expression('Query', one)),
  ];
}

function pathExpression({ exact, prefix = '', regex }: PathMatch): Expression {
  const subject = { scope: 'Path' };
  if (exact !== undefined) return { subject, op: 'Equal', value: exact };
  const pattern = regex ?? `${quoted(bareOf(prefix))}(?:/.*)?`;
  return { subject, op: 'RegexMatch', value: `^(?:${pattern})\\z` };
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
  const told = {
    refs: rule.backends ?? [],
    copies: copiesOf(rule.plugins),
    marks: () => false,
    asksFor: (entries: readonly RequestMatch[]) => asksFor(rule, entries),
  };
  return toldAsAdded(told, known);
}

/** Every request of the rule is for one of these, as far as it says so in the same words. */
export function asksFor({ match = {} }: HttpRule, entries: readonly RequestMatch[]): boolean {
  const { exprs = [], methods = [] } = match;
  return entries.some(
    (entry) =>
      (entry.method === undefined || isDeepStrictEqual(methods, [entry.method])) &&
      demandsOf(entry).every((one) => exprs.some((other) => isDeepStrictEqual(one, other))),
  );
}
