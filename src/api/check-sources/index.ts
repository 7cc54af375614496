/** Where a check is measured: one field of it, of which exactly one is set. */
import type * as z from 'zod';
import type { CountQueries } from './counting.ts';
import { prometheus, scrape } from './prometheus.ts';

export const checkSources = {
  prometheus: prometheus.optional(),
  scrape: scrape.optional(),
};

export type CheckSources = {
  [Name in keyof typeof checkSources]?: z.output<(typeof checkSources)[Name]> | undefined;
};

export type SourceName = keyof typeof checkSources;

export const SOURCE_NAMES = Object.keys(checkSources) as SourceName[];

/** The one that is set; the first where several are, which `checkProblems` refuses. */
export function sourceOf(check: CheckSources): SourceName | undefined {
  return SOURCE_NAMES.find((name) => check[name] !== undefined);
}

/** What is asked, whatever the source. */
export interface Asked extends CountQueries {
  histogram?: string | undefined;
  quantile?: string | undefined;
}

export function askedOf(check: CheckSources): Asked {
  const name = sourceOf(check);
  return (name && check[name]) ?? {};
}
