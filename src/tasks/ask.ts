/** One HTTP request of a task, within a deadline; never throws, and never follows a redirect. */
import { Agent, request } from 'undici';

export interface Question {
  url: string;
  method: string;
  headers: Record<string, string>;
  body?: string | undefined;
  timeoutMs: number;
  /** PEM certificates, in place of the usual ones. */
  ca?: string | undefined;
}

/** `because` follows the address: `did not answer within 10 s`. */
export type Answer = { status: number; redirect?: string } | { because: string };

/** Who carries out a question. */
export type Asker = (question: Question, signal: AbortSignal) => Promise<Answer>;

/** Connections are not kept: what is tried is whether it answers now. */
export async function ask(question: Question, signal: AbortSignal): Promise<Answer> {
  const { url, timeoutMs, ca, body, ...options } = question;
  const late = AbortSignal.timeout(timeoutMs);
  const agent = new Agent({ connect: ca === undefined ? {} : { ca } });
  try {
    const answer = await request(url, {
      ...options,
      ...(body !== undefined && { body }),
      method: options.method as 'GET',
      dispatcher: agent,
      signal: AbortSignal.any([signal, late]),
    });
    await answer.body.dump({ limit: 65_536 });
    const redirect = redirectOf(url, answer.statusCode, answer.headers['location']);
    return { status: answer.statusCode, ...(redirect !== undefined && { redirect }) };
  } catch (error) {
    if (late.aborted)
      return { because: `did not answer within ${Math.round(timeoutMs / 100) / 10} s` };
    return { because: `cannot be reached (${reason(error)})` };
  } finally {
    await agent.destroy();
  }
}

/** Where a 3xx leads to, without a query. */
function redirectOf(url: string, status: number, location: unknown): string | undefined {
  if (status < 300 || status > 399 || typeof location !== 'string') return undefined;
  if (!URL.canParse(location, url)) return undefined;
  const { origin, pathname } = new URL(location, url);
  return origin + pathname;
}

/** `answered 301, a redirect to https://gate/, which is not followed`. */
export function answerText({ status, redirect }: Extract<Answer, { status: number }>): string {
  const to = redirect === undefined ? '' : `, a redirect to ${redirect}, which is not followed`;
  return `answered ${status}${to}`;
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  // A connection tried at several IP addresses fails with an empty message.
  return error.message || code || error.name;
}
