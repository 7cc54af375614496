/** Time that passes only when nothing is left to do: what is due next is done next. Everything that
 * runs on it waits for nothing but it and promises, so that a run comes out the same every time. */
import { setImmediate } from 'node:timers/promises';

interface Due {
  atMs: number;
  order: number;
  run: () => void;
}

export class VirtualClock {
  #nowMs: number;
  #order = 0;
  /** A binary heap, the earliest first; of one time in the order they were asked for. */
  readonly #heap: Due[] = [];

  constructor(startMs: number) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  at(atMs: number, run: () => void): void {
    const due = { atMs: Math.max(atMs, this.#nowMs), order: this.#order++, run };
    this.#heap.push(due);
    this.#rise(this.#heap.length - 1);
  }

  /** Does what is due until `endMs`, or until `enough` says so. */
  async runUntil(endMs: number, enough: () => boolean = () => false): Promise<void> {
    await setImmediate();
    for (let next = this.#heap[0]; next && next.atMs <= endMs; next = this.#heap[0]) {
      this.#take();
      this.#nowMs = next.atMs;
      next.run();
      // One turn of the event loop: every promise that could go on has gone on.
      await setImmediate();
      if (enough()) return;
    }
    this.#nowMs = endMs;
  }

  #take(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      let least = at;
      if (this.#isBefore(left, least)) least = left;
      if (this.#isBefore(left + 1, least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #rise(index: number): void {
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (!first || !second) return false;
    return first.atMs === second.atMs ? first.order < second.order : first.atMs < second.atMs;
  }

  #swap(a: number, b: number): void {
    const first = this.#heap[a] as Due;
    this.#heap[a] = this.#heap[b] as Due;
    this.#heap[b] = first;
  }
}
