/** Waiting for a condition: gives up with a sentence, or when the user has had enough. */
import { formatDuration } from '../../api/duration.ts';
import type { Clock } from '../../ports/clock.ts';

/** Ctrl-C, not a failure. */
export class Interrupted extends Error {}

interface Wait {
  /** What is waited for, as the end of a sentence; asked when it was in vain. */
  what: () => string;
  withinMs: number;
  clock: Clock;
  signal: AbortSignal;
}

const POLL_MS = 100;

/** Resolves when `look` says true; throws an Error after `withinMs`, Interrupted at `signal`. */
export async function waitUntil(
  look: () => boolean | Promise<boolean>,
  { what, withinMs, clock, signal }: Wait,
): Promise<void> {
  const endMs = clock.now() + withinMs;
  for (;;) {
    if (signal.aborted) throw new Interrupted();
    if (await look()) return;
    if (clock.now() >= endMs)
      throw new Error(`waited ${formatDuration(withinMs)} in vain for ${what()}`);
    await clock.sleep(POLL_MS, signal);
  }
}
