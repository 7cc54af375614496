/** Some of many, by a seed that is printed: FAULT_SEED=n takes the same ones again. */

/** Where every commit has a seed of its own, a part of what is tried by hand: others take the rest. */
export const SPARING = Boolean(process.env['CI']);

/** Sorted as they were. */
export function sample<T>(all: readonly T[], count: number): T[] {
  const random = seeded(`${count} of ${all.length}`);
  const drawn = all.map((_, i) => ({ i, rank: random() })).toSorted((a, b) => a.rank - b.rank);
  const taken = new Set(drawn.slice(0, count).map(({ i }) => i));
  return all.filter((_, i) => taken.has(i));
}

/** One of each pair. */
export function oneOfEach<T>(pairs: readonly (readonly [T, T])[]): T[] {
  const random = seeded(`one of each of ${pairs.length} pairs`);
  return pairs.map(([one, other]) => (random() < 0.5 ? one : other));
}

function seeded(what: string): () => number {
  const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`FAULT_SEED=${seed}: ${what}\n`);
  return generator(seed);
}

/** Numbers of at least 0 and less than 1: mulberry32. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
