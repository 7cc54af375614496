/** Sends requests at a steady pace, whatever becomes of them, and counts what became of each. */
import { Agent, request, type IncomingMessage } from 'node:http';
import type { Clock } from '../../ports/clock.ts';
import { emptyReport, type LoadReport } from './load-report.ts';

export interface LoadSettings {
  url: string;
  perSecond: number;
  /** Requests under way at once; what would be more is held back and counted as that. */
  maxInFlight: number;
  /** After this long without an answer a request counts as lost. */
  timeoutMs: number;
}

/** The header by which the demo application names its version. */
const VERSION_HEADER = 'x-segue-version';
const TICK_MS = 10;

/**
 * No request is tried again. Every second one has a connection of its own; the others share kept
 * ones, in turn, so that none grows so old that the server closes it under a request.
 */
export class LoadClient {
  readonly #settings: LoadSettings;
  readonly #clock: Clock;
  readonly #kept = new Agent({ keepAlive: true, scheduling: 'fifo' });
  readonly #report: LoadReport;
  readonly #underWay = new Set<Promise<void>>();
  #scheduled = 0;

  constructor(settings: LoadSettings, clock: Clock) {
    this.#settings = settings;
    this.#clock = clock;
    this.#report = emptyReport(clock.now());
  }

  /** Sends until `signal` aborts, then waits for what is under way. */
  async run(signal: AbortSignal): Promise<void> {
    const beganMs = this.#clock.now();
    while (!signal.aborted) {
      const elapsedMs = this.#clock.now() - beganMs;
      const due = Math.floor((elapsedMs * this.#settings.perSecond) / 1_000);
      while (this.#scheduled < due) this.#next();
      await this.#clock.sleep(TICK_MS, signal);
    }
    await Promise.all(this.#underWay);
    this.#kept.destroy();
  }

  report(): LoadReport {
    return structuredClone({ ...this.#report, atMs: this.#clock.now() });
  }

  #next(): void {
    this.#scheduled += 1;
    if (this.#underWay.size >= this.#settings.maxInFlight) {
      this.#report.heldBack += 1;
      return;
    }
    const sent = this.#send(this.#scheduled % 2 === 0).finally(() => this.#underWay.delete(sent));
    this.#underWay.add(sent);
  }

  /** Resolves when the request is answered to the last byte, or lost. */
  #send(keepAlive: boolean): Promise<void> {
    const { url, timeoutMs } = this.#settings;
    return new Promise((resolve) => {
      const sent = request(url, { agent: keepAlive ? this.#kept : false });
      const timer = setTimeout(() => sent.destroy(new TimeoutError()), timeoutMs);
      let counted = false;
      const count = (add: () => void): void => {
        if (counted) return;
        counted = true;
        clearTimeout(timer);
        add();
        resolve();
      };
      const lose = (error: NodeJS.ErrnoException): void => count(() => this.#lost(error));
      sent.on('error', lose);
      sent.on('response', (response) => {
        response.on('error', lose);
        response.on('end', () => count(() => this.#answered(response)));
        response.resume();
      });
      sent.end();
    });
  }

  #answered({ headers, statusCode = 0 }: IncomingMessage): void {
    const version = String(headers[VERSION_HEADER] ?? '');
    const codes = (this.#report.answers[version] ??= {});
    codes[statusCode] = (codes[statusCode] ?? 0) + 1;
  }

  #lost(error: NodeJS.ErrnoException): void {
    const code = error.code ?? error.name;
    this.#report.lost[code] = (this.#report.lost[code] ?? 0) + 1;
  }
}

class TimeoutError extends Error {
  readonly code = 'TIMEOUT';
}
