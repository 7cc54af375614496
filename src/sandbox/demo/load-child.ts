/** The load as a process of its own: told what to do and asked for reports by its parent. */
import type { Clock } from '../../ports/clock.ts';
import { LoadClient, type LoadSettings } from './load-client.ts';
import type { LoadReport } from './load-report.ts';

/** The first message is `load`; `ask` is answered with the same number. */
export type ToChild = { load: LoadSettings } | { ask: number } | { stop: true };

export interface FromChild {
  report: LoadReport;
  /** The number of the question that this answers; absent from the regular ones. */
  answers?: number;
}

const REPORT_MS = 250;

/** Runs until told to stop, or until the parent is gone; resolves to the exit code. */
export async function runLoad(clock: Clock): Promise<number> {
  if (!process.send) {
    process.stderr.write('error: the load is started by segue demo, not by itself\n');
    return 64;
  }
  // Ctrl-C reaches every process of the terminal; when to stop is for the parent to say.
  process.on('SIGINT', () => {});
  process.once('disconnect', () => process.exit(0));
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  const client = await begun(clock, stop);
  const running = client.run(stop.signal);
  while (!stop.signal.aborted) {
    tell({ report: client.report() });
    await clock.sleep(REPORT_MS, stop.signal);
  }
  await running;
  process.disconnect();
  return 0;
}

/** Hears the parent from now on; one listener for all messages, so that none falls between two. */
function begun(clock: Clock, stop: AbortController): Promise<LoadClient> {
  let client: LoadClient | undefined;
  return new Promise((resolve) => {
    process.on('message', (message: ToChild) => {
      if ('load' in message) resolve((client = new LoadClient(message.load, clock)));
      else if ('stop' in message) stop.abort();
      else if (client) tell({ report: client.report(), answers: message.ask });
    });
  });
}

function tell(message: FromChild): void {
  process.send?.(message);
}
