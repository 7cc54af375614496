/** Keys with the time each is due, the earliest first. */

interface Due {
  key: string;
  atMs: number;
}

export class DueHeap {
  /** A binary heap. Entries that were brought forward stay in it until they come up. */
  readonly #heap: Due[] = [];
  readonly #dueAtMs = new Map<string, number>();

  /** Keeps the earlier time when the key is already there. */
  add(key: string, atMs: number): void {
    const known = this.#dueAtMs.get(key);
    if (known !== undefined && known <= atMs) return;
    this.#dueAtMs.set(key, atMs);
    this.#heap.push({ key, atMs });
    this.#rise(this.#heap.length - 1);
  }

  /** When the next key is due. */
  get nextMs(): number | undefined {
    this.#dropVoid();
    return this.#heap[0]?.atMs;
  }

  /** Takes out a key that is due, or undefined when none is. */
  take(nowMs: number): string | undefined {
    this.#dropVoid();
    const first = this.#heap[0];
    if (!first || first.atMs > nowMs) return undefined;
    this.#dueAtMs.delete(first.key);
    this.#removeFirst();
    return first.key;
  }

  #dropVoid(): void {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (this.#dueAtMs.get(first.key) === first.atMs) return;
      this.#removeFirst();
    }
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (!last || this.#heap.length === 0) return;
    this.#heap[0] = last;
    this.#sink(0);
  }

  #rise(index: number): void {
    let at = index;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.#at(parent) <= this.#at(at)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  #sink(index: number): void {
    let at = index;
    for (;;) {
      const left = 2 * at + 1;
      let least = at;
      if (this.#at(left) < this.#at(least)) least = left;
      if (this.#at(left + 1) < this.#at(least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #at(index: number): number {
    return this.#heap[index]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (!first || !second) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
