/** A queue that one reader drains by `for await`, written to by whoever has events. */

/** More than this unread and the reader is cut off, as a real server does with slow watchers. */
const UNREAD_MAX = 50_000;

export class EventStream<T> implements AsyncIterable<T> {
  #unread: T[] = [];
  #wake: (() => void) | undefined;
  #ended = false;
  readonly #onEnd: () => void;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  get ended(): boolean {
    return this.#ended;
  }

  push(item: T): void {
    if (this.#ended) return;
    this.#unread.push(item);
    if (this.#unread.length > UNREAD_MAX) this.end();
    this.#wake?.();
  }

  /** What was pushed before is still read. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    try {
      for (;;) {
        const batch = this.#unread;
        this.#unread = [];
        yield* batch;
        if (this.#unread.length > 0) continue;
        if (this.#ended) return;
        await new Promise<void>((resolve) => (this.#wake = resolve));
        this.#wake = undefined;
      }
    } finally {
      this.end();
    }
  }
}
