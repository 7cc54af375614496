/** Users who stay with the Service that answered them first, by a cookie that the gateway sets: pure. */
import type { HeaderModifier } from './objects.ts';
import type { Match, RequestView } from './match.ts';
import type { Rule } from './route.ts';
import type { Backend } from './shares.ts';

export interface Keeping {
  cookie: string;
  /** What the cookie says of who answered. */
  valueFor: (backend: Backend) => string;
  /** Whether a value names it. */
  names: (backend: Backend, value: string) => boolean;
  /** What comes after the value: `; Path=/`. */
  attributes: string;
  /** A cookie that names nobody here is left as it is, and who has it goes by the shares each time. */
  keepsUnknown?: true;
}

/** In the order in which they are asked, by the rank of their headers. */
const RANK = { kept: 4, unknown: 0.5 };

/** The match, and before it one for each of its backends with a share: for who has its cookie already. */
export function keptMatches<M extends Match & { rule: Rule }>(match: M, keeping: Keeping): M[] {
  const { rule } = match;
  const { backends } = rule;
  const asking = (rank: number, of: Rule, test: (value: string) => boolean): M => ({
    ...match,
    rank: { ...match.rank, headers: rank },
    rule: of,
    test(request) {
      const value = match.test(request) ? cookieOf(request, keeping.cookie) : undefined;
      return value !== undefined && test(value);
    },
  });
  const kept = backends
    .filter(({ weight }) => weight > 0)
    .map((to) =>
      asking(RANK.kept, { ...rule, backends: alone(to, backends), totalWeight: 1 }, (value) =>
        keeping.names(to, value),
      ),
    );
  return [
    ...kept,
    ...(keeping.keepsUnknown ? [asking(RANK.unknown, rule, () => true)] : []),
    { ...match, rule: { ...rule, backends: backends.map((one) => marking(one, keeping)) } },
  ];
}

/** The others stay, without a share: a route may depend on their endpoints. */
function alone(to: Backend, all: readonly Backend[]): Backend[] {
  return all.map((one) => ({ ...one, weight: one === to ? 1 : 0 }));
}

/** Its answers set the cookie. */
export function marking(backend: Backend, { cookie, valueFor, attributes }: Keeping): Backend {
  const value = `${cookie}=${valueFor(backend)}${attributes}`;
  const setting: HeaderModifier = { add: [{ name: 'Set-Cookie', value }] };
  const { filters } = backend;
  return { ...backend, filters: { ...filters, response: [...filters.response, setting] } };
}

export function cookieOf({ headers }: RequestView, name: string): string | undefined {
  const given = headers['cookie'];
  const pairs = (Array.isArray(given) ? given.join(';') : (given ?? '')).split(';');
  const found = pairs.map((pair) => pair.trim()).find((pair) => pair.startsWith(`${name}=`));
  return found?.slice(name.length + 1);
}
