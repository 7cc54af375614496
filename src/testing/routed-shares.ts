/** Whether what a router writes shares requests as it is meant to, by a gateway that was written without it. */
import * as fc from 'fast-check';
import { expect } from 'vitest';
import type { RequestView } from '../sandbox/gateway/match.ts';
import { chooseBackend } from '../sandbox/gateway/shares.ts';
import type { RuleMatch } from '../sandbox/gateway/route.ts';

const REQUESTS = 20_000;

/** What shares are tried with. */
export const WEIGHTS = [1, 5, 50, 99];

/**
 * Of 20,000 requests as many reach the candidate as the weight says, within four standard deviations.
 * @param send the Service that a request goes to, whose place among the shares is from 0 to 1
 */
export function expectShare(weight: number, send: (at: number) => string | undefined): void {
  const to = placesOf(REQUESTS, weight).map(send);
  expectCount(weight, to.filter((service) => service === 'web-candidate').length, REQUESTS);
}

/** Where among the shares so many fall, at least 0 and less than 1: by chance, and the same each time. */
export function placesOf(count: number, seed: number): number[] {
  const millionths = fc.noBias(fc.integer({ min: 0, max: 999_999 }));
  return fc.sample(millionths, { numRuns: count, seed }).map((place) => place / 1_000_000);
}

/** Whether so many of all are what a weight in percent says, within four standard deviations. */
export function expectCount(weight: number, reached: number, all: number): void {
  const share = weight / 100;
  const deviation = Math.sqrt(all * share * (1 - share));
  expect(Math.abs(reached - all * share)).toBeLessThan(4 * deviation);
}

export interface Asked {
  path?: string;
  method?: string;
  query?: string;
  headers?: Record<string, string>;
}

/** By the first of these that matches, at this place between 0 and 1 of its shares. */
export function sendTo(
  matches: readonly RuleMatch[],
  at: number,
  { path = '/', method = 'GET', query = '', headers = {} }: Asked = {},
) {
  const request: RequestView = { method, path, query: new URLSearchParams(query), headers };
  const rule = matches.find((match) => match.test(request))?.rule ?? expect.fail('no rule');
  expect(rule.problem).toBeUndefined();
  const backend = chooseBackend(rule, at) ?? expect.fail('no destination');
  const [set] = backend.filters.response.flatMap(({ add = [] }) => add);
  return {
    to: backend.service.split('/')[1],
    mirrors: [...rule.filters.mirrors, ...backend.filters.mirrors],
    cookie: set?.value,
  };
}

/** Who has come to a version comes there again, whatever the shares are; by those of a later release anew.
 * @param later the same by another release */
export function expectStays(
  matches: readonly RuleMatch[],
  later: readonly RuleMatch[],
  host = 'shop.example.com',
): void {
  const places = [0, 0.5, 0.999];
  const came = [0, 0.999].map((at) => {
    const first = sendTo(matches, at, { headers: { host } });
    const cookie = `x=1; ${first.cookie?.split(';')[0] ?? expect.fail('no cookie')}`;
    const by = (of: readonly RuleMatch[], path: string) =>
      places.map((place) => sendTo(of, place, { path, headers: { host, cookie } }));
    for (const path of ['/', '/api'])
      expect(by(matches, path).map(({ to, cookie: set }) => [to, set])).toEqual(
        places.map(() => [first.to, undefined]),
      );
    expect(new Set(by(later, '/').map(({ to }) => to)).size).toBe(2);
    expect(by(later, '/').map((one) => one.cookie)).not.toContain(undefined);
    return first.to;
  });
  expect(new Set(came)).toEqual(new Set(['web-candidate', 'web-stable']));
}
