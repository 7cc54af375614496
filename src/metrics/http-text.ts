/** Asks an address for text, once, within a deadline and a size; never throws. */
import { setMaxListeners } from 'node:events';
import { Agent, request, type Dispatcher } from 'undici';

export interface TextRequest {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

export interface TextLimits {
  /** For the whole answer, not only its beginning. */
  timeoutMs: number;
  maxBytes: number;
  signal: AbortSignal;
}

/** `because` says what went wrong in words that follow the address: `did not answer within 10s`. */
export type TextAnswer = { status: number; text: string } | { because: string };

/** Connections are kept for the next question, a few to each address. */
export function textAgent(): Agent {
  return new Agent({ connections: 32 });
}

export async function askText(
  agent: Agent,
  asked: TextRequest,
  limits: TextLimits,
): Promise<TextAnswer> {
  if (limits.signal.aborted) return { because: ABORTED };
  const stop = new AbortController();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop.abort();
  }, limits.timeoutMs);
  const abort = () => stop.abort();
  // Many pages wait on one signal, and each listener is taken off again below.
  setMaxListeners(0, limits.signal);
  limits.signal.addEventListener('abort', abort, { once: true });
  try {
    const { url, ...options } = asked;
    const answer = await request(url, { ...options, dispatcher: agent, signal: stop.signal });
    return await readText(answer, limits.maxBytes);
  } catch (error) {
    if (late) return { because: `did not answer within ${limits.timeoutMs / 1_000} s` };
    return { because: limits.signal.aborted ? ABORTED : `cannot be reached (${reason(error)})` };
  } finally {
    clearTimeout(timer);
    limits.signal.removeEventListener('abort', abort);
  }
}

const ABORTED = 'was not waited for: the measurement was given up';

async function readText(answer: Dispatcher.ResponseData, maxBytes: number): Promise<TextAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop destroys the body and with it the connection.
  for await (const chunk of answer.body as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      return { because: `answered more than ${Math.round(maxBytes / 1_048_576)} MiB` };
    chunks.push(chunk);
  }
  return { status: answer.statusCode, text: Buffer.concat(chunks).toString('utf8') };
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  // A connection tried at several IP addresses fails with an empty message.
  return error.message || code || error.name;
}
