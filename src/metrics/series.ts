/** A series of Prometheus with one value, wherever it was read. */

export interface Series {
  name: string;
  labels: ReadonlyMap<string, string>;
  value: number;
}
