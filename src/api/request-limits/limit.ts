/** What a router cannot do with single requests, whatever the object is that it writes: told of a policy alone. */
import type { RequestMatch, RequestRules } from '../request-match.ts';

export interface Limit {
  /** In the rules: `match[0].headers[0].exact`, `mirror.methods`, `sticky.cookie`. */
  at: string;
  /** What is wrong, in one sentence without a full stop. */
  message: string;
  /** What to write instead, for this router. */
  fix: string;
}

/** Empty where all of it can be said.
 * @param rules those of one stage, which are in effect together
 * @param config the router's own part of the policy, `{ingress: 'web'}` */
export type LimitsOf = (
  rules: RequestRules,
  config: Readonly<Record<string, unknown>>,
) => readonly Limit[];

export type Header = NonNullable<RequestMatch['headers']>[number];

/** What is wrong with each header that is asked for. */
export function ofHeaders(
  { match = [] }: RequestRules,
  limitsOf: (header: Header, at: string) => readonly Limit[],
): Limit[] {
  return match.flatMap(({ headers = [] }, i) =>
    headers.flatMap((header, k) => limitsOf(header, `match[${i}].headers[${k}]`)),
  );
}
