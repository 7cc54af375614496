/** Webhooks: asks an address again and again until it answers with a 2xx. */
import type { RequestHeader, Webhook } from '../../api/gates.ts';
import { formatDuration } from '../../api/duration.ts';
import type { Clock } from '../../ports/clock.ts';
import { type KubeClient, KubeError } from '../../ports/kube.ts';
import type { TaskOutcome, TaskRunner, TaskWork } from '../../ports/task-runner.ts';
import { answerText, ask, type Asker } from '../ask.ts';

const REQUEST_TIMEOUT_MS = 10_000;
const LEAST_MS = 1_000;
const SECRET = { group: '', kind: 'Secret' };

/** @param asker carries out the requests */
export function webhookRunner(client: KubeClient, clock: Clock, asker: Asker = ask): TaskRunner {
  return {
    kind: 'Webhook',
    async run(work, signal) {
      const { timeoutMs, intervalMs } = work.task;
      const endMs = timeoutMs === undefined ? Infinity : clock.now() + timeoutMs;
      for (;;) {
        // One that hangs is not waited for beyond the time there is.
        const leftMs = Math.max(LEAST_MS, Math.min(REQUEST_TIMEOUT_MS, endMs - clock.now()));
        const said = await askOnce({ client, asker }, work, { signal, timeoutMs: leftMs });
        if (said.open || signal.aborted) return { state: 'Passed', message: said.what };
        if (clock.now() + intervalMs > endMs) return shut(said.what, timeoutMs ?? 0);
        work.say(said.what);
        await clock.sleep(intervalMs, signal);
      }
    },
  };
}

function shut(what: string, timeoutMs: number): TaskOutcome {
  return { state: 'Failed', message: `no 2xx within ${formatDuration(timeoutMs)}, last: ${what}` };
}

async function askOnce(
  { client, asker }: { client: KubeClient; asker: Asker },
  work: TaskWork,
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number },
): Promise<{ open: boolean; what: string }> {
  const { url, headers = [], caBundle } = work.task.spec as Webhook;
  const read = await headersOf(client, work.about.namespace, headers);
  if ('because' in read) return { open: false, what: read.because };
  const answer = await asker(
    {
      url,
      method: 'POST',
      headers: { ...read.headers, 'content-type': 'application/json', 'user-agent': 'segue' },
      body: bodyOf(work),
      timeoutMs,
      ca: caBundle,
    },
    signal,
  );
  const where = withoutSecrets(url);
  if ('because' in answer) return { open: false, what: `${where} ${answer.because}` };
  const open = answer.status >= 200 && answer.status < 300;
  return { open, what: `${where} ${answerText(answer)}` };
}

function bodyOf({ task, about }: TaskWork): string {
  const { releaseUid: _, ...said } = about;
  return JSON.stringify({ webhook: task.name, ...said });
}

/** What follows the question mark, and who asks, may be nobody else's business. */
function withoutSecrets(url: string): string {
  try {
    const { origin, pathname } = new URL(url);
    return origin + pathname;
  } catch {
    return 'the address';
  }
}

type Headers = { headers: Record<string, string> } | { because: string };

async function headersOf(
  client: KubeClient,
  namespace: string,
  wanted: readonly RequestHeader[],
): Promise<Headers> {
  const headers: Record<string, string> = {};
  for (const { name, value, secretRef } of wanted) {
    const read = secretRef ? await secretValue(client, namespace, secretRef) : { value };
    if ('because' in read) return read;
    headers[name] = read.value ?? '';
  }
  return { headers };
}

async function secretValue(
  client: KubeClient,
  namespace: string,
  { name, key }: NonNullable<RequestHeader['secretRef']>,
): Promise<{ value: string } | { because: string }> {
  const where = `Secret ${name}`;
  try {
    const secret = await client.get({ ...SECRET, namespace, name });
    const data = (secret?.['data'] ?? {}) as Record<string, string>;
    const encoded = data[key];
    if (!secret) return { because: `${where} does not exist` };
    if (encoded === undefined) return { because: `${where} has no key ${key}` };
    return { value: Buffer.from(encoded, 'base64').toString('utf8').trim() };
  } catch (error) {
    const forbidden = error instanceof KubeError && error.reason === 'Forbidden';
    const because = forbidden
      ? `${where} may not be read by the controller: allow it \`get\` on that one by a Role`
      : `${where} cannot be read`;
    return { because };
  }
}
