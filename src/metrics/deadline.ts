/** The time that one measurement has, with all the questions it takes. */
import { setMaxListeners } from 'node:events';

const GIVEN_UP = 'was not waited for: the measurement was given up';

export interface Limits {
  /** For the whole measurement, in milliseconds. */
  timeoutMs: number;
  /** Aborts when nobody wants the measurement any more. */
  signal: AbortSignal;
}

export class Deadline {
  readonly #stop = new AbortController();
  readonly #limits: Limits;
  readonly #endMs: number;
  readonly #timer: NodeJS.Timeout;
  readonly #abort = () => this.#stop.abort();

  constructor(limits: Limits) {
    this.#limits = limits;
    this.#endMs = performance.now() + limits.timeoutMs;
    this.#timer = setTimeout(this.#abort, limits.timeoutMs);
    if (limits.signal.aborted) this.#abort();
    // Many measurements wait on one signal, and each listener is taken off again by `end`.
    setMaxListeners(0, limits.signal, this.#stop.signal);
    limits.signal.addEventListener('abort', this.#abort, { once: true });
  }

  /** Aborts when the time is over or the measurement is given up. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get leftMs(): number {
    return Math.max(0, this.#endMs - performance.now());
  }

  /** Why it was over, in words that follow an address. */
  get because(): string {
    if (this.#limits.signal.aborted) return GIVEN_UP;
    return `did not answer within ${this.#limits.timeoutMs / 1_000} s`;
  }

  /** Undefined when the time is over before it is settled; how it ends then is nobody's business. */
  async race<T>(work: Promise<T>): Promise<T | undefined> {
    work.catch(() => {});
    if (this.signal.aborted) return undefined;
    let stop = () => {};
    const over = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)));
    this.signal.addEventListener('abort', stop, { once: true });
    try {
      return await Promise.race([work, over]);
    } finally {
      this.signal.removeEventListener('abort', stop);
    }
  }

  /** Lets go of the timer and the signal. */
  end(): void {
    clearTimeout(this.#timer);
    this.#limits.signal.removeEventListener('abort', this.#abort);
  }
}
