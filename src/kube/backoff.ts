/** How long to wait after failures in a row. */

export interface Backoff {
  firstMs: number;
  mostMs: number;
}

/** Doubles with each failure up to `mostMs`; between half and all of that, so that many who failed
 * at once do not come back at once. `random` is at least 0 and less than 1. */
export function backoffMs(failures: number, limits: Backoff, random: () => number): number {
  const full = Math.min(limits.mostMs, limits.firstMs * 2 ** Math.min(failures, 30));
  return full * (0.5 + 0.5 * random());
}
