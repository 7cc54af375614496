/** Requests as they are tried on routes: plain ones, and those that a policy tells apart. */
import type { PolicySpecInput } from '../../api/policy.ts';
import type { RequestMatch, ValueMatch } from '../../api/request-match.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import { HOST } from './route-kind.ts';

export interface Asking {
  method?: string;
  headers?: Record<string, string>;
  query?: Record<string, string>;
}

export function requestTo(
  path: string,
  { method = 'GET', headers = {}, query = {} }: Asking = {},
): RequestView {
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers: { host: HOST, ...headers },
  };
}

/** One that the entry is meant for; where that names a path, by it. */
export function requestFor(at: string, entry: RequestMatch) {
  const { headers = [], cookie, query = [], method } = entry;
  const path = entry.path?.exact ?? entry.path?.prefix ?? at;
  const pairs = (of: readonly ValueMatch[]) =>
    Object.fromEntries(of.map((one) => [one.name.toLowerCase(), sampleOf(one)]));
  return requestTo(path, {
    ...(method && { method }),
    headers: {
      ...pairs(headers),
      ...(cookie && { cookie: `shop=1; ${cookie.name}=${sampleOf(cookie)}` }),
    },
    query: pairs(query),
  });
}

/** Patterns here are alternatives of plain texts. */
function sampleOf({ exact, regex = '' }: Pick<ValueMatch, 'exact' | 'regex'>): string {
  return exact ?? regex.split('|')[0] ?? '';
}

/** All that a policy tells apart. */
export function entriesOf({ strategy: { canary, abTest } }: PolicySpecInput): RequestMatch[] {
  const all = [canary, ...(canary?.stages ?? []), abTest];
  return all.flatMap((one) => one?.match ?? []);
}
