/** The cookie by which users stay with the version they came to first. */
import type { RequestMatch, Sticky } from '../../api/request-match.ts';

/** What the cookie of each version says. It names the release, so that what a browser still has of an
 * earlier one means nothing. */
export interface Arms {
  stable: RequestMatch;
  candidate: RequestMatch;
  /** The value of a Set-Cookie header. */
  setCookie: (version: 'stable' | 'candidate') => string;
}

export function armsOf({ cookie: name, maxAgeSeconds }: Sticky, candidateHash: string): Arms {
  const value = { stable: `a-${candidateHash}`, candidate: `b-${candidateHash}` };
  return {
    stable: { cookie: { name, exact: value.stable } },
    candidate: { cookie: { name, exact: value.candidate } },
    setCookie: (version) =>
      `${name}=${value[version]}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Lax`,
  };
}

/** The name of the cookie where a gateway writes what is in it. That names a Service, which is called alike in every
 * release: here it is the name that says which release it is of. */
export function cookieOfRelease({ cookie }: Sticky, candidateHash: string): string {
  return `${cookie}-${candidateHash}`;
}

/** Whether there is anything to keep users apart by: with all of them at one version there is not. */
export function isKeeping({ weight, sticky }: { weight: number; sticky?: Sticky | undefined }) {
  return sticky !== undefined && weight > 0 && weight < 100;
}

/** A regular expression for the whole of a Cookie header that has it among its pairs (RFC 6265, 5.4: `a=1; b=2`).
 * Anchored, so that it means the same whether the whole value is matched or a part of it. */
export function cookiePattern({ name, exact, regex }: NonNullable<RequestMatch['cookie']>): string {
  const value = exact === undefined ? `(?:${regex})` : quoted(exact);
  return `^(?:.*; *)?${quoted(name)}=${value}(?: *;.*)?$`;
}

/** As a part of a regular expression that matches just this. */
export function quoted(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
