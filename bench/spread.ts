/** Several measurements of one thing, and how far apart they were. */
export interface Spread {
  n: number;
  min: number;
  median: number;
  max: number;
}

/** @param values at least one */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => {
    const place = (sorted.length - 1) * share;
    const [low = 0, high = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
    return Math.round((low + high) / 2);
  };
  return { n: sorted.length, min: at(0), median: at(0.5), max: at(1) };
}

/** What was measured, and what is to be reached. */
export interface Finding extends Spread {
  what: string;
  unit: string;
  /** In words. */
  target: string;
  reached: boolean;
}
