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
export type Answer = { status: number } | { because: string };

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
    return { status: answer.statusCode };
  } catch (error) {
    if (late.aborted) return { because: `did not answer within ${timeoutMs / 1_000} s` };
    return { because: `cannot be reached (${reason(error)})` };
  } finally {
    await agent.destroy();
  }
}

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  // A connection tried at several IP addresses fails with an empty message.
  return error.message || code || error.name;
}
