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
