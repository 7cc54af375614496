/** Those who wait for a server that cannot be reached: the first that reaches it wakes the others. */
import type { Clock } from '../ports/clock.ts';

export class Reconnects {
  readonly #clock: Clock;
  #waiting = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after so many milliseconds, or sooner when somebody reached the server or `signal` aborts. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(ms, AbortSignal.any([signal, this.#waiting.signal]));
  }

  reached(): void {
    this.#waiting.abort();
    this.#waiting = new AbortController();
  }
}
