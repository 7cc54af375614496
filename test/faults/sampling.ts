/** Some of many, by a seed that is printed: FAULT_SEED=n takes the same ones again. */

/** Sorted as they were. */
export function sample<T>(all: readonly T[], count: number): T[] {
  const seed = Number(process.env['FAULT_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
  process.stdout.write(`FAULT_SEED=${seed}: ${count} of ${all.length}\n`);
  const random = generator(seed);
  const drawn = all.map((_, i) => ({ i, rank: random() })).toSorted((a, b) => a.rank - b.rank);
  const taken = new Set(drawn.slice(0, count).map(({ i }) => i));
  return all.filter((_, i) => taken.has(i));
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
