/** A process of the modelled world: it can be killed, so that nothing it waited for comes back to
 * it, or stopped for a while, so that all of it comes late. */
import type { Clock } from '../ports/clock.ts';
import type { VirtualClock } from './virtual-clock.ts';

export class Process {
  readonly name: string;
  alive = true;
  readonly #clock: VirtualClock;
  #stoppedUntilMs = 0;
  /** What came while it was stopped, in the order in which it came. */
  readonly #late: (() => void)[] = [];
  /** What the code of the process is given as its clock. */
  readonly clock: Clock;

  constructor(name: string, clock: VirtualClock) {
    this.name = name;
    this.#clock = clock;
    this.clock = {
      now: () => clock.now(),
      sleep: (ms, signal) => this.#sleep(ms, signal),
    };
  }

  /** Runs at that time, when the process is not stopped then, and never when it was killed. */
  at(atMs: number, run: () => void): void {
    this.#clock.at(atMs, () => {
      if (!this.alive) return;
      if (this.#clock.now() >= this.#stoppedUntilMs && this.#late.length === 0) return run();
      this.#late.push(run);
      if (this.#late.length === 1) this.#catchUp();
    });
  }

  /** One after the other, also where it is stopped again before it went on: news never overtake older ones. */
  #catchUp(): void {
    this.#clock.at(Math.max(this.#clock.now(), this.#stoppedUntilMs), () => {
      if (!this.alive) return;
      if (this.#clock.now() >= this.#stoppedUntilMs) this.#late.shift()?.();
      if (this.#late.length > 0) this.#catchUp();
    });
  }

  kill(): void {
    this.alive = false;
  }

  stopUntil(ms: number): void {
    this.#stoppedUntilMs = Math.max(this.#stoppedUntilMs, ms);
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    if (!this.alive) return new Promise(() => {});
    if (ms <= 0 || signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      this.at(this.#clock.now() + ms, done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }
}
