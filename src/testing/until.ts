/** Waiting for a condition: polls, and says what it saw last when it gives up. */

const POLL_MS = 50;

/** The first value that is not undefined or false. `look` may throw: that is "not yet". */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  withinMs = 30_000,
): Promise<T> {
  const endMs = Date.now() + withinMs;
  let last: unknown;
  for (;;) {
    try {
      const value = await look();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (Date.now() >= endMs)
      throw new Error(`waited ${withinMs} ms for ${what}; last: ${String(last)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
