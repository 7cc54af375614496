/** Whether what the caches say may be decided by. */
import type { Clock } from '../ports/clock.ts';
import type { Informer } from '../ports/informer.ts';
import type { Log } from '../ports/log.ts';

/** When a server is back all watches are open within a moment; one that stays shut has a reason of its
 * own, and the way back of a release must not wait for that. */
const MOST_MS = 10_000;

/**
 * After an outage some watches are open before others. What one kind says then is from now and what
 * another says from before the outage: pods that were started meanwhile would not be known.
 */
export class Touch {
  readonly #informers: readonly Informer[];
  readonly #clock: Clock;
  readonly #log: Log;
  /** Since when some answer and some do not. */
  #sinceMs: number | undefined;
  #told = false;

  constructor(informers: readonly Informer[], { clock, log }: { clock: Clock; log: Log }) {
    this.#informers = informers;
    this.#clock = clock;
    this.#log = log;
  }

  /** Decisions wait: some caches are behind the others, though not for long yet. */
  get lost(): boolean {
    const behind = this.#informers.filter((informer) => informer.behind);
    if (behind.length === 0) {
      this.#sinceMs = undefined;
      this.#told = false;
      return false;
    }
    const nowMs = this.#clock.now();
    if (behind.length === this.#informers.length) this.#sinceMs = nowMs;
    this.#sinceMs ??= nowMs;
    if (nowMs - this.#sinceMs < MOST_MS) return true;
    if (!this.#told)
      this.#log.warn('some kinds cannot be watched; going on with what was last seen of them', {
        kinds: behind.length,
      });
    this.#told = true;
    return false;
  }
}
