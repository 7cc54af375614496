/** Pods that fail on a node again and again are replaced ever more slowly. */
import type { Clock } from '../../../ports/clock.ts';
import type { DaemonSet, Pod } from '../kinds.ts';

const FIRST_MS = 1_000;
const LONGEST_MS = 900_000;

interface Entry {
  atMs: number;
  pauseMs: number;
}

export interface Backoff {
  /** 0 when a failed pod may go now, which counts as done; else how long to wait. */
  waitMs(set: DaemonSet, pod: Pod): number;
}

export function createBackoff(clock: Clock): Backoff {
  const entries = new Map<string, Entry>();
  return {
    waitMs(set, pod) {
      if (pod.status?.phase !== 'Failed') return 0;
      const nowMs = clock.now();
      for (const [key, { atMs }] of entries) if (nowMs - atMs > 2 * LONGEST_MS) entries.delete(key);
      const key = `${set.metadata.uid}/${pod.spec.nodeName}`;
      const before = entries.get(key);
      const leftMs = before ? before.atMs + before.pauseMs - nowMs : 0;
      if (leftMs > 0) return leftMs;
      const pauseMs = before ? Math.min(LONGEST_MS, 2 * before.pauseMs) : FIRST_MS;
      entries.set(key, { atMs: nowMs, pauseMs });
      return 0;
    },
  };
}
