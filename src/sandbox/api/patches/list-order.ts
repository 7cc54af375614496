/**
 * The order of a list after a strategic merge patch. What the patch names comes in the patch's order
 * (or in that of its `$setElementOrder`), the rest in the order it had; the two are merged as the real
 * server merges them: an element only the server has goes before one of the patch when both were
 * there before and it was in front.
 */
import { isFields } from '../schema.ts';

export interface Orders {
  /** The list before the patch. */
  live: unknown[];
  /** Elements the patch names, in its order. */
  wanted: unknown[];
  /** The member that tells elements apart; undefined for plain values. */
  key: string | undefined;
}

export function inOrder(list: unknown[], { live, wanted, key }: Orders): unknown[] {
  const identity = (one: unknown) =>
    JSON.stringify(key !== undefined && isFields(one) ? one[key] : one);
  const rankIn = (order: unknown[]) => new Map(order.map((one, i) => [identity(one), i]));
  const wantedRank = rankIn(wanted);
  const liveRank = rankIn(live);
  const byRank = (rank: Map<string, number>) => (a: unknown, b: unknown) =>
    (rank.get(identity(a)) ?? 0) - (rank.get(identity(b)) ?? 0);
  const named = list.filter((one) => wantedRank.has(identity(one))).sort(byRank(wantedRank));
  const others = list.filter((one) => !wantedRank.has(identity(one))).sort(byRank(liveRank));
  const result: unknown[] = [];
  while (named.length > 0 || others.length > 0) {
    const [other, first] = [others[0], named[0]];
    const isBefore = goesBefore(liveRank.get(identity(other)), liveRank.get(identity(first)));
    const next = named.length === 0 || (others.length > 0 && isBefore) ? others : named;
    result.push(next.shift());
  }
  return result;
}

function goesBefore(a: number | undefined, b: number | undefined): boolean {
  return a !== undefined && b !== undefined && a < b;
}
