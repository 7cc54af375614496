/** The work queue of a controller: see the port. */
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { QueueWork, WorkQueue } from '../ports/queue.ts';
import { backoffMs } from './backoff.ts';
import { DueHeap } from './due-heap.ts';

export interface QueueDeps {
  clock: Clock;
  log: Log;
  /** At least 0 and less than 1. */
  random: () => number;
}

const BACKOFF = { firstMs: 50, mostMs: 30_000 };

export class KeyedQueue implements WorkQueue {
  readonly #deps: QueueDeps;
  /** Waiting for a worker, first come first served. */
  readonly #ready = new Set<string>();
  readonly #inWork = new Set<string>();
  /** Added while in work: once more after. */
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #later = new DueHeap();
  #work: QueueWork | undefined;
  /** Ends the wait for the next key that is due, because an earlier one was added. */
  #alarm: { atMs: number; stop: AbortController } | undefined;
  #idle: (() => void) | undefined;

  constructor(deps: QueueDeps) {
    this.#deps = deps;
  }

  get depth(): number {
    return this.#ready.size + this.#inWork.size;
  }

  add(key: string): void {
    if (this.#inWork.has(key)) this.#again.add(key);
    else this.#ready.add(key);
    this.#pump();
  }

  addAfter(key: string, delayMs: number): void {
    if (!(delayMs > 0)) {
      this.add(key);
      return;
    }
    this.#later.add(key, this.#deps.clock.now() + delayMs);
    this.#setAlarm();
  }

  addRateLimited(key: string): void {
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    this.addAfter(key, backoffMs(failures, BACKOFF, this.#deps.random));
  }

  forget(key: string): void {
    this.#failures.delete(key);
  }

  async run(work: QueueWork): Promise<void> {
    if (this.#work) throw new Error('the queue is already being worked on');
    if (work.signal.aborted) return;
    this.#work = work;
    const stopped = new Promise<void>((resolve) => {
      work.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    this.#setAlarm();
    this.#pump();
    await stopped;
    this.#alarm?.stop.abort();
    this.#alarm = undefined;
    if (this.#inWork.size > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    this.#idle = undefined;
    this.#work = undefined;
  }

  /** Starts as much work as there are free workers. */
  #pump(): void {
    const work = this.#work;
    if (!work || work.signal.aborted) return;
    for (const key of this.#ready) {
      if (this.#inWork.size >= work.workers) return;
      this.#ready.delete(key);
      this.#inWork.add(key);
      void this.#handle(key, work);
    }
  }

  async #handle(key: string, work: QueueWork): Promise<void> {
    const before = this.#failures.get(key);
    try {
      await work.handle(key);
      // One that was put back by its own work has not succeeded, though it is no error.
      if (this.#failures.get(key) === before) this.forget(key);
    } catch (error) {
      this.#deps.log.error('work failed and will be tried again', {
        key,
        error,
        failures: (this.#failures.get(key) ?? 0) + 1,
      });
      this.addRateLimited(key);
    }
    this.#inWork.delete(key);
    if (this.#again.delete(key)) this.#ready.add(key);
    if (this.#inWork.size === 0) this.#idle?.();
    this.#pump();
  }

  #setAlarm(): void {
    const signal = this.#work?.signal;
    const nextMs = this.#later.nextMs;
    if (!signal || signal.aborted || nextMs === undefined) return;
    if (this.#alarm && this.#alarm.atMs <= nextMs) return;
    this.#alarm?.stop.abort();
    const alarm = { atMs: nextMs, stop: new AbortController() };
    this.#alarm = alarm;
    const { clock } = this.#deps;
    void clock.sleep(nextMs - clock.now(), alarm.stop.signal).then(() => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.#addDue();
      this.#setAlarm();
    });
  }

  #addDue(): void {
    const now = this.#deps.clock.now();
    for (let key = this.#later.take(now); key !== undefined; key = this.#later.take(now))
      this.add(key);
  }
}
