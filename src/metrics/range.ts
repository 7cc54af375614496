/** The time that a measurement looks back on, the same for both versions. */
import { parseDuration } from '../api/duration.ts';
import type { VersionContext } from '../ports/metric-provider.ts';

/** Milliseconds since the epoch. */
export interface Range {
  fromMs: number;
  toMs: number;
}

export function rangeOf({ moment, window }: VersionContext): Range {
  const toMs = moment?.atMs ?? Date.now();
  return { fromMs: toMs - (parseDuration(window) ?? 60_000), toMs };
}

/** In whole seconds; so that the range is not shorter than the window. */
export function rangeSeconds(version: VersionContext): { from: number; to: number } {
  const { fromMs, toMs } = rangeOf(version);
  return { from: Math.floor(fromMs / 1_000), to: Math.floor(toMs / 1_000) };
}
