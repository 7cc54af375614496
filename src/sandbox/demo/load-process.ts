/** The parent's side of the load process: starts it, hears its reports, stops it by its id. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { FromChild, ToChild } from './load-child.ts';
import type { LoadSettings } from './load-client.ts';
import type { LoadReport } from './load-report.ts';

/** What the demo needs of the load, whoever makes it. */
export interface Load {
  /** Counts at this moment. */
  report(): Promise<LoadReport>;
  /** Called with the regular reports, several a second. */
  onReport(listener: (report: LoadReport) => void): void;
  /** Rejects when the load ends without having been told to. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

const STOP_WITHIN_MS = 3_000;

/** `entry`: the arguments after `node` that run `runLoad`. */
export function startLoad(entry: readonly string[], settings: LoadSettings): Load {
  const child = spawn(process.execPath, entry, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const load = new LoadProcess(child);
  load.tell({ load: settings });
  return load;
}

class LoadProcess implements Load {
  readonly failed: Promise<never>;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #listeners: ((report: LoadReport) => void)[] = [];
  readonly #questions = new Map<number, (report: LoadReport) => void>();
  #asked = 0;
  #stopping = false;

  constructor(child: ChildProcess) {
    this.#child = child;
    child.on('message', (message) => this.#hear(message as FromChild));
    const ended = new Promise<string>((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('exit', (code, signal) => resolve(`exit ${signal ?? code}`));
    });
    this.#exited = ended.then(() => {});
    this.failed = ended.then((how) => {
      if (this.#stopping) return new Promise<never>(() => {});
      throw new Error(`the load process ended: ${how}`);
    });
    this.failed.catch(() => {});
  }

  tell(message: ToChild): void {
    // A child that is gone is told of by its exit.
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  report(): Promise<LoadReport> {
    this.#asked += 1;
    const ask = this.#asked;
    const answered = new Promise<LoadReport>((resolve) => this.#questions.set(ask, resolve));
    this.tell({ ask });
    return Promise.race([answered, this.failed]);
  }

  onReport(listener: (report: LoadReport) => void): void {
    this.#listeners.push(listener);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    this.tell({ stop: true });
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.#exited;
    clearTimeout(kill);
  }

  #hear({ report, answers }: FromChild): void {
    if (answers === undefined) for (const listener of this.#listeners) listener(report);
    else {
      this.#questions.get(answers)?.(report);
      this.#questions.delete(answers);
    }
  }
}
