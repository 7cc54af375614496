/**
 * The rules that Segue adds to an object of a defined kind for requests that the candidate always gets: copies of the
 * rule of the user's that each stands before, that ask for headers too. The first rule that takes a request is the one,
 * as the definition says. Names and values of headers are written at the place that it names, with what it says besides.
 */
import type { RequestMatch } from '../../api/request-match.ts';
import type { DefinedMatch } from '../../api/route-definition.ts';
import { onlyGroup, toldAsAdded } from '../split-route/added.ts';
import { leadingTo, refsIn, valueIn, withoutValueIn, withValueIn } from '../split-route/places.ts';
import type { Added, KnownRules, RequestShape, Rule, RuleList } from '../split-route/shape.ts';

type Headers = DefinedMatch['headers'];
type Fields = Record<string, unknown>;

export function requestsBy(match: DefinedMatch, list: RuleList): RequestShape {
  const { headers } = match;
  return {
    list: list.field,
    added(rule, given: Added) {
      const group = onlyGroup(given);
      if (!group || !given.match) return [];
      return asking(headers, withoutName(match, rule), given.match).map((one) =>
        leadingTo(one, list, [group.pair(100)[1]]),
      );
    },
    isAdded: (rule, known: KnownRules) =>
      toldAsAdded(
        {
          refs: refsIn(rule, list),
          copies: [],
          marks: () => false,
          asksFor: (entries) => asksFor(headers, rule, entries),
        },
        known,
      ),
  };
}

/** Two of one name may be refused. */
export function withoutName({ ruleName }: DefinedMatch, rule: Rule): Rule {
  return ruleName === undefined ? rule : withoutValueIn(rule, ruleName);
}

/** The same rule, for requests that one of the entries is for too. None where it says what it takes in another way than
 * is defined, and none for what cannot be said: it would take more than was asked for. */
export function asking(headers: Headers, rule: Rule, entries: readonly RequestMatch[]): Rule[] {
  const { outer, inner } = placesOf(headers);
  const there = alternativesIn(headers, rule);
  const sayable = entries.filter(isSayable);
  if (!there || sayable.length === 0) return [];
  const narrower = (one: Fields, own: readonly unknown[]) =>
    sayable.map((entry) =>
      withValueIn(one, inner ?? outer, [...own, ...conditionsFor(headers, entry)]),
    );
  if (inner === undefined) return there.flatMap(({ from, own }) => narrower(from, own));
  return [
    withValueIn(
      rule,
      outer,
      there.flatMap(({ from, own }) => narrower(from, own)),
    ),
  ];
}

/** Headers by their whole value, and nothing else. Validation refuses the rest. */
function isSayable({ headers = [], ...rest }: RequestMatch): boolean {
  const others = Object.values(rest).some((part) => part !== undefined);
  return !others && headers.length > 0 && headers.every(({ exact }) => exact !== undefined);
}

interface Alternative {
  /** What has the list of conditions in it: the rule, or one of its alternatives. */
  from: Fields;
  own: unknown[];
}

/** Undefined where there is something else than was defined, or no alternative: what a rule without any takes, and what
 * one has to say besides headers, is not known. */
export function alternativesIn(headers: Headers, rule: Rule): Alternative[] | undefined {
  const { outer, inner } = placesOf(headers);
  const found = listIn(rule, outer);
  if (inner === undefined) return found && [{ from: rule, own: found }];
  const all = (found ?? []).map((one) => {
    const own = isObject(one) ? listIn(one, inner) : undefined;
    return own && { from: one as Fields, own };
  });
  const known = all.flatMap((one) => one ?? []);
  return known.length > 0 && known.length === all.length ? known : undefined;
}

/** Where the list of conditions is in a rule, or that of alternatives and the list in each. */
export function placesOf({ at }: Headers): { outer: string; inner?: string } {
  const [outer = '', inner] = at.split('[]');
  return inner ? { outer, inner: inner.slice(1) } : { outer };
}

/** Empty where nothing is; undefined where there is something else, or something else around it. */
function listIn(from: Fields, place: string): unknown[] | undefined {
  const parts = place.split('.');
  const around = parts.slice(0, -1).map((_, i) => valueIn(from, parts.slice(0, i + 1).join('.')));
  if (!around.every((one) => isNothing(one) || isObject(one))) return undefined;
  const found = valueIn(from, place);
  if (isNothing(found)) return [];
  return Array.isArray(found) ? (found as unknown[]) : undefined;
}

function isNothing(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function conditionsFor({ name, value, fixed }: Headers, entry: RequestMatch): Fields[] {
  return (entry.headers ?? []).map((one) =>
    withValueIn(withValueIn({ ...fixed }, name, one.name), value, one.exact),
  );
}

/** Every request of the rule is for one of these. What a server filled in besides does not count. */
function asksFor(headers: Headers, rule: Rule, entries: readonly RequestMatch[]): boolean {
  const { name, value } = headers;
  const asks = ({ own }: Alternative, { headers: asked = [] }: RequestMatch) =>
    asked.length > 0 &&
    asked.every((one) =>
      own.some((has) => valueIn(has, name) === one.name && valueIn(has, value) === one.exact),
    );
  return (
    alternativesIn(headers, rule)?.every((one) => entries.some((entry) => asks(one, entry))) ??
    false
  );
}
