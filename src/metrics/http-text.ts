/** Asks an address for text, once, within a deadline and a size; never throws. */
import { Agent, request, type Dispatcher } from 'undici';
import type { Deadline } from './deadline.ts';

export interface TextRequest {
  url: string;
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: string;
}

export interface TextLimits {
  /** For the whole answer, not only its beginning. */
  deadline: Deadline;
  maxBytes: number;
}

/** Asks once, and never throws. */
export type SendText = (asked: TextRequest, limits: TextLimits) => Promise<TextAnswer>;

export type TextAnswer = Text | Unanswered;

export interface Text {
  status: number;
  text: string;
  /** How long it asks to be left alone (Retry-After). */
  retryAfterMs?: number;
  /** Where a redirect leads to, without its query. */
  redirect?: string;
}

/** `because` says what went wrong in words that follow the address: `did not answer within 10 s`. */
export interface Unanswered {
  because: string;
  /** The connection failed, which may pass. */
  broken?: boolean;
}

/** Connections are kept for the next question, a few to each address. */
export function textAgent(connect: Agent.Options['connect'] = {}): Agent {
  return new Agent({ connections: 32, connect });
}

/** Follows no redirect: what it leads to gets no credentials. */
export async function askText(
  agent: Agent,
  asked: TextRequest,
  { deadline, maxBytes }: TextLimits,
): Promise<TextAnswer> {
  if (deadline.signal.aborted) return { because: deadline.because };
  try {
    const { url, ...options } = asked;
    const { signal } = deadline;
    const answer = await request(url, { ...options, dispatcher: agent, signal });
    const { statusCode: status, headers, body } = answer;
    return await readText(url, { status, headers, body }, maxBytes);
  } catch (error) {
    if (deadline.signal.aborted) return { because: deadline.because };
    return { because: `cannot be reached (${reason(error)})`, broken: true };
  }
}

/** An answer whose body has still to be read. */
export interface OpenAnswer {
  status: number;
  headers: Dispatcher.ResponseData['headers'];
  body: AsyncIterable<Uint8Array>;
}

/** Reads no more than so much. Throws where the connection breaks off. */
export async function readText(
  url: string,
  { status, headers, body }: OpenAnswer,
  maxBytes: number,
): Promise<TextAnswer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  // Leaving the loop destroys the body and with it the connection.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > maxBytes)
      return {
        because: `answered more than ${Math.round(maxBytes / 1_048_576)} MiB: ask for less`,
      };
    chunks.push(chunk);
  }
  const redirect = redirectOf(url, status, headers['location']);
  const retryAfterMs = waitOf(headers['retry-after'], headers['date']);
  return {
    status,
    text: Buffer.concat(chunks).toString('utf8'),
    ...(redirect !== undefined && { redirect }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  };
}

function redirectOf(url: string, status: number, location: unknown): string | undefined {
  if (status < 300 || status > 399 || typeof location !== 'string') return undefined;
  if (!URL.canParse(location, url)) return undefined;
  const { origin, pathname } = new URL(location, url);
  return origin + pathname;
}

/** Seconds, or a date, which is held against the date of the answer: clocks differ. */
function waitOf(retryAfter: unknown, date: unknown): number | undefined {
  if (typeof retryAfter !== 'string') return undefined;
  if (/^\d+$/.test(retryAfter.trim())) return Number(retryAfter) * 1_000;
  const waitMs = Date.parse(retryAfter) - Date.parse(String(date));
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code = '' } = error as NodeJS.ErrnoException;
  // A connection tried at several IP addresses fails with an empty message.
  const said = error.message || code || error.name;
  return /CERT|SIGNATURE|SIGNED/.test(code)
    ? `${said}: say who signed it in tls.caSecretRef`
    : said;
}
