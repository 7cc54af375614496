/** Asks sources over HTTP: a few questions at once, again where that may help, and says in words that
 * follow the address what is wrong with an answer. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Deadline } from './deadline.ts';
import type { SendText, Text, TextAnswer, TextRequest, Unanswered } from './http-text.ts';
import { Turns, type TurnLimits } from './turns.ts';

export interface AskerOptions {
  /** Waits before the second try, the third and so on; their number is that of further tries. */
  retryMs?: readonly number[];
  turns?: TurnLimits;
}

export interface Errand {
  send: SendText;
  /** Whose question it is: the namespace of the policy. */
  party: string;
  deadline: Deadline;
  maxBytes: number;
  /** By status: what a person is to look at, in place of what is usual. */
  meanings?: Readonly<Record<number, string>> | undefined;
}

const RETRY_MS = [100, 300];
const TURNS: TurnLimits = { atOnce: 16, ofOneParty: 8 };
/** Nobody is left alone for longer, whatever it asks for. */
const QUIET_MAX_MS = 300_000;

export class Asker {
  readonly #turns: Turns;
  readonly #retryMs: readonly number[];
  /** Until when a source is left alone by a party (`performance.now()`). */
  readonly #quiet = new Map<string, number>();

  constructor({ retryMs = RETRY_MS, turns = TURNS }: AskerOptions = {}) {
    this.#retryMs = retryMs;
    this.#turns = new Turns(turns);
  }

  /**
   * The answer with a 2xx, or why there is none. Asks again, within the deadline, after 429, a 5xx or
   * a failed connection and nothing else. A source that asks to be left alone for longer than the
   * deadline is not asked again by the same party until then, five minutes at most.
   */
  async ask(asked: TextRequest, errand: Errand): Promise<Text | Unanswered> {
    const source = new URL(asked.url).host;
    const quiet = `${source} ${errand.party}`;
    const waitMs = (this.#quiet.get(quiet) ?? 0) - performance.now();
    if (waitMs > 0) return { because: leftAlone(waitMs) };
    this.#quiet.delete(quiet);
    for (let tries = 1; ; tries++) {
      const answer = await this.#askOnce(source, asked, errand);
      const pauseMs = this.#pauseMs(answer, tries);
      if ('status' in answer && answer.status === 429 && answer.retryAfterMs !== undefined)
        this.#leaveAlone(quiet, answer.retryAfterMs, errand.deadline);
      if (pauseMs === undefined || pauseMs >= errand.deadline.leftMs)
        return told(answer, tries, errand.meanings);
      try {
        await sleep(pauseMs, undefined, { signal: errand.deadline.signal });
      } catch {
        return { because: errand.deadline.because };
      }
    }
  }

  async #askOnce(
    source: string,
    asked: TextRequest,
    { send, party, deadline, maxBytes }: Errand,
  ): Promise<TextAnswer> {
    if (!(await this.#turns.take(source, party, deadline.signal)))
      return { because: deadline.because };
    try {
      return await send(asked, { deadline, maxBytes });
    } finally {
      this.#turns.give(source, party);
    }
  }

  /** Until the next try; undefined when there is none. */
  #pauseMs(answer: TextAnswer, tries: number): number | undefined {
    const pauseMs = this.#retryMs[tries - 1];
    if (pauseMs === undefined) return undefined;
    if ('because' in answer) return answer.broken ? pauseMs : undefined;
    if (answer.status !== 429 && answer.status < 500) return undefined;
    return Math.max(pauseMs, answer.retryAfterMs ?? 0);
  }

  #leaveAlone(quiet: string, retryAfterMs: number, deadline: Deadline): void {
    if (retryAfterMs < deadline.leftMs) return;
    const untilMs = performance.now() + Math.min(retryAfterMs, QUIET_MAX_MS);
    this.#quiet.set(quiet, untilMs);
  }
}

function leftAlone(waitMs: number): string {
  const seconds = Math.ceil(waitMs / 1_000);
  return `has answered 429 and is left alone for another ${seconds} s: use a longer interval`;
}

function told(answer: TextAnswer, tries: number, meanings: Errand['meanings']): Text | Unanswered {
  const times = tries === 1 ? '' : `, at ${tries} tries`;
  if ('because' in answer) return { because: answer.because + times };
  if (answer.status >= 200 && answer.status < 300) return answer;
  return { because: statusFault(answer, meanings) + times };
}

const MEANINGS: Record<number, string> = {
  400: 'it does not understand the question',
  401: 'credentials are missing or not valid',
  403: 'the credentials do not allow this',
  404: 'is the address right?',
  429: 'it is asked too often, use a longer interval',
};

/** What a person is to look at when the status is not a 2xx. */
function statusFault(
  { status, text, redirect, retryAfterMs }: Text,
  meanings: Errand['meanings'] = {},
): string {
  const meaning =
    meanings[status] ?? MEANINGS[status] ?? (status >= 500 ? 'it is in trouble' : undefined);
  if (redirect !== undefined)
    return `answered with status ${status}, a redirect to ${redirect}, which is not followed`;
  const later =
    retryAfterMs === undefined ? '' : ` (it says: again after ${retryAfterMs / 1_000} s)`;
  const said = excerpt(text);
  const words = meaning === undefined ? '' : `, ${meaning}${later}`;
  return `answered with status ${status}${words}${said}`;
}

/** What it says itself; pages for browsers say nothing in few words. */
function excerpt(text: string): string {
  const words = (saidIn(text) ?? text).trim().replaceAll(/\s+/g, ' ');
  return words === '' || words.startsWith('<') ? '' : `: ${words}`;
}

/** The sentence in the usual shapes of errors: `{error}`, `{error: {message}}`, `{errors: [...]}`,
 * and the XML of AWS. */
function saidIn(text: string): string | undefined {
  const [, code, words] = /<Code>([^<]*)<\/Code>\s*<Message>([^<]*)<\/Message>/.exec(text) ?? [];
  if (code !== undefined) return `${code}: ${words}`;
  const read = readJson(text);
  if ('because' in read || typeof read.json !== 'object' || read.json === null) return undefined;
  const { error, errors, errorType, message } = read.json as Record<string, unknown>;
  const first: unknown = Array.isArray(errors) ? errors[0] : undefined;
  const said = [error, first, message].flatMap((one) => textOf(one) ?? []);
  return said.length === 0 ? undefined : [textOf(errorType) ?? [], said[0]].flat().join(': ');
}

function textOf(said: unknown): string | undefined {
  if (typeof said === 'string') return said;
  const { message, reason } = (said ?? {}) as Record<string, unknown>;
  return [message, reason].find((one) => typeof one === 'string') as string | undefined;
}

/** JSON, or what was answered instead of it. */
export function readJson(text: string): { json: unknown } | { because: string } {
  try {
    return { json: JSON.parse(text) };
  } catch {
    const start = text.trimStart();
    if (start === '') return { because: 'answered nothing where JSON was expected' };
    if (start.startsWith('<'))
      return {
        because:
          'answered with a page for browsers, not with JSON: is the address right, or a login in front of it?',
      };
    if (/^[[{]/.test(start))
      return { because: `answered with JSON that breaks off after ${text.length} characters` };
    return { because: `did not answer in JSON but with ${start}` };
  }
}
