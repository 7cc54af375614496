/** Services that share what falls under a rule: pure. */
import type { Filters } from './filters.ts';

export interface Backend {
  /** `namespace/name` of the Service. */
  service: string;
  /** By number, or by the name that the Service has for it. */
  port: number | string;
  weight: number;
  filters: Filters;
  /** Spoken to by HTTP/2, whatever the port of the Service says. */
  http2?: boolean;
}

/** Who gets what share. */
export interface Shares {
  backends: Backend[];
  totalWeight: number;
}

export function withShares(backends: Backend[]): Shares {
  return { backends, totalWeight: backends.reduce((sum, { weight }) => sum + weight, 0) };
}

/** The backend of a rule that a number from 0 to 1 falls on, by weight. */
export function chooseBackend({ backends, totalWeight }: Shares, at: number): Backend | undefined {
  let rest = at * totalWeight;
  return backends.find(({ weight }) => {
    rest -= weight;
    return weight > 0 && rest < 0;
  });
}
