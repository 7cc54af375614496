/** Host names of listeners and routes: which fit together, and which is the more specific. */

/** The narrower of two host names where they have one in common; '' stands for any. */
export function intersectHostnames(one: string, other: string): string | undefined {
  if (one === '' || one === other) return other;
  if (other === '') return one;
  if (fits(one, other)) return one;
  return fits(other, one) ? other : undefined;
}

/** Whether a host, or everything a wildcard stands for, is inside `pattern`. */
function fits(host: string, pattern: string): boolean {
  if (!pattern.startsWith('*.')) return false;
  const suffix = pattern.slice(1);
  const name = host.startsWith('*.') ? host.slice(1) : host;
  return name.endsWith(suffix) && name.length >= suffix.length;
}

export function hostMatches(host: string, pattern: string): boolean {
  return pattern === '' || pattern === host || fits(host, pattern);
}

/** Sorts the most specific first: names before wildcards, longer ones before shorter ones. */
export function bySpecificity(one: string, other: string): number {
  const wildcard = Number(isWild(one)) - Number(isWild(other));
  return wildcard || other.length - one.length || one.localeCompare(other);
}

function isWild(hostname: string): boolean {
  return hostname === '' || hostname.startsWith('*.');
}

/** The host of a Host header, without its port, in lower case. */
export function hostOf(header: string | undefined): string {
  const host = (header ?? '').toLowerCase();
  const colon = host.lastIndexOf(':');
  return colon > host.lastIndexOf(']') ? host.slice(0, colon) : host;
}
