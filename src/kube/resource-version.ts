/** The order of resourceVersions: numbers of up to 64 bits, written without leading zeros. */

/** Whether `a` is of a later state of the storage than `b`. Undefined is before everything. */
export function isNewer(a: string | undefined, b: string | undefined): boolean {
  if (a === undefined) return false;
  if (b === undefined) return true;
  return a.length === b.length ? a > b : a.length > b.length;
}
