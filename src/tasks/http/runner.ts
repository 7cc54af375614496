/** Smoke tests by request: asks pods of the candidate behind a Service, another one at each try. */
import type { HttpTest } from '../../api/gates.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Candidate, TaskOutcome, TaskRunner, TaskWork } from '../../ports/task-runner.ts';
import { ask, type Asker } from '../ask.ts';

/** @param asker carries out the requests */
export function httpRunner(clock: Clock, asker: Asker = ask): TaskRunner {
  return {
    kind: 'Http',
    async run(work, signal) {
      const { retries, intervalMs } = work.task;
      let last = '';
      for (let tried = 1; tried <= retries + 1 && !signal.aborted; tried++) {
        if (tried > 1) await clock.sleep(intervalMs, signal);
        const { good, said } = await tryOnce({ work, tried, asker }, signal);
        if (good) return passed(said, tried);
        last = said;
        work.say(`${said}, ${tried} of ${retries + 1} tries`);
      }
      return { state: 'Failed', message: `${last}, after ${retries + 1} tries` };
    },
  };
}

function passed(said: string, tries: number): TaskOutcome {
  return { state: 'Passed', message: tries === 1 ? said : `${said}, at try ${tries}` };
}

async function tryOnce(
  { work, tried, asker }: { work: TaskWork; tried: number; asker: Asker },
  signal: AbortSignal,
): Promise<{ good: boolean; said: string }> {
  const { method, path, port, body, status } = work.task.spec as HttpTest;
  const pods = await work.candidates(port);
  const pod = pods[(tried - 1) % Math.max(1, pods.length)];
  if (!pod) return { good: false, said: 'no ready pod of the candidate to ask' };
  const answer = await asker(
    {
      url: `http://${hostOf(pod)}:${pod.port}${path}`,
      method,
      body,
      headers: { 'user-agent': 'segue', host: hostHeader(pod, work) },
      timeoutMs: work.task.timeoutMs ?? 10_000,
    },
    signal,
  );
  const what = `${method} ${path} of pod ${pod.name}`;
  if ('because' in answer) return { good: false, said: `${what} ${answer.because}` };
  const good = matches(status, answer.status);
  const said = `${what} answered ${answer.status}`;
  if (good) return { good, said };
  const to = answer.redirect === undefined ? '' : `, a redirect to ${answer.redirect}`;
  return { good, said: `${said} instead of ${status}${to}` };
}

function hostOf({ ip }: Candidate): string {
  return ip.includes(':') ? `[${ip}]` : ip;
}

/** As a request to the Service would have it. */
function hostHeader({ service }: Candidate, { about }: TaskWork): string {
  return `${service}.${about.namespace}`;
}

function matches(wanted: string, status: number): boolean {
  return wanted.endsWith('xx') ? wanted[0] === String(status)[0] : wanted === String(status);
}
