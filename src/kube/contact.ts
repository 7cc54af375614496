/** Whether the API server answers at all: told once when it stops, and once when it does again. */
import type { Clock } from '../ports/clock.ts';
import type { Outage } from '../ports/cluster.ts';
import type { KubeError } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';

/** Connections break once in a while; this long without any answer is worth a word. */
const TOLD_AFTER_MS = 3_000;

/** A request that its sender ended, or never sent, says nothing about the server. */
const NO_ANSWER = new Set(['ConnectionFailed', 'ConnectionReset', 'Timeout', 'TLSFailed']);

export class Contact {
  readonly #clock: Clock;
  readonly #log: Log;
  #lost: Outage | undefined;
  #told = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Undefined while the server answers, and for a few seconds after. */
  get outage(): Outage | undefined {
    return this.#told ? this.#lost : undefined;
  }

  /** Any answer, a refusal too. */
  answered(): void {
    if (this.#told && this.#lost)
      this.#log.info('the API server answers again', {
        afterMs: this.#clock.now() - this.#lost.sinceMs,
      });
    this.#lost = undefined;
    this.#told = false;
  }

  failed(error: KubeError): void {
    if (!NO_ANSWER.has(error.reason)) return;
    const nowMs = this.#clock.now();
    this.#lost = { sinceMs: this.#lost?.sinceMs ?? nowMs, because: error.message };
    if (this.#told || nowMs - this.#lost.sinceMs < TOLD_AFTER_MS) return;
    this.#told = true;
    this.#log.warn('the API server does not answer; nothing is lost, it goes on when it does', {
      because: error.message,
    });
  }
}
