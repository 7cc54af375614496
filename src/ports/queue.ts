/** A queue of keys: each key is worked on by one worker at a time, and at most once more after. */

export interface WorkQueue {
  add(key: string): void;
  /** Keeps the earlier time when the key is already scheduled. */
  addAfter(key: string, delayMs: number): void;
  /** Adds after a delay that doubles with each failure of this key, with jitter, up to a limit. A
   * handler that calls it for its own key has failed without an error. */
  addRateLimited(key: string): void;
  /** Resets the key's failures. */
  forget(key: string): void;
  /** Works until `signal` aborts, then lets what is under way finish and resolves. A handler that
   * throws is logged and its key retried with `addRateLimited`; one that returns is forgotten. */
  run(work: QueueWork): Promise<void>;
  /** Keys waiting and in work, for metrics. */
  readonly depth: number;
}

export interface QueueWork {
  workers: number;
  handle: (key: string) => Promise<void>;
  signal: AbortSignal;
}
