/**
 * Single requests, as annotations of a canary Ingress say them: one header and one cookie, each of which
 * sends a request to the candidate whatever the weight is. What ingress-nginx would take for something
 * else, or leave out, is refused of the policy (`ingressNginxLimits`).
 */
import type { RequestMatch } from '../../api/request-match.ts';

type Header = NonNullable<RequestMatch['headers']>[number];

/** Without the prefix. */
export function matchAnnotations(match: readonly RequestMatch[]): Record<string, string> {
  const header = match.flatMap(({ headers = [] }) => headers)[0];
  const cookie = match.flatMap((entry) => entry.cookie ?? [])[0];
  return {
    ...(header && headerAnnotations(header)),
    ...(cookie && { 'canary-by-cookie': cookie.name }),
  };
}

function headerAnnotations({ name, exact, regex }: Header): Record<string, string> {
  return {
    'canary-by-header': name,
    ...(exact === undefined
      ? { 'canary-by-header-pattern': anchored(regex ?? '') }
      : { 'canary-by-header-value': exact }),
  };
}

/** It is looked for anywhere in the value, and a policy means the whole. */
function anchored(regex: string): string {
  return `^(?:${regex})$`;
}
