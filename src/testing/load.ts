/** Requests at a steady pace, never tried again, half of them on connections of their own: what was answered, and
 * by which versions. */
import { Agent, get } from 'node:http';
import { until } from './until.ts';

export interface Answer {
  code: number | undefined;
  version: string;
}

/** One request of a user. */
export type Ask = (entrance: Entrance) => Promise<Answer>;

export interface Entrance {
  port: number;
  host: string;
  headers?: Record<string, string>;
  agent?: Agent;
}

/** One request to the gateway, on a connection of its own unless the agent has one. */
export function answerOf({ port, host, headers, agent }: Entrance): Promise<Answer> {
  const options = { host: '127.0.0.1', port, headers: { host, ...headers } };
  return new Promise((resolve, reject) => {
    get({ ...options, agent: agent ?? false }, (response) => {
      const { statusCode: code, headers: answered } = response;
      const version = String(answered['x-segue-version']);
      response.resume().on('end', () => resolve({ code, version }));
    }).on('error', reject);
  });
}

export interface LoadOptions extends Entrance {
  perSecond: number;
  /** Default: by HTTP/1.1. */
  ask?: Ask;
}

export class Load {
  /** By status, or by what went wrong. */
  answers: Record<string, number> = {};
  /** Versions that answered, in their order, each once in a row. */
  saw: string[] = [];
  private readonly agent = new Agent({ keepAlive: true });
  private readonly timer: NodeJS.Timeout;
  private sent = 0;
  private answered = 0;

  constructor({ perSecond, ask = answerOf, ...entrance }: LoadOptions) {
    this.timer = setInterval(() => {
      const agent = this.sent++ % 2 === 0 ? { agent: this.agent } : {};
      ask({ ...entrance, ...agent }).then(
        (answer) => this.count(answer),
        (error: unknown) => this.add(String(error)),
      );
    }, 1_000 / perSecond);
  }

  /** No more of them, and none that is still under way. */
  async finish(): Promise<void> {
    clearInterval(this.timer);
    await until('the last answers', async () => this.answered === this.sent);
    this.stop();
  }

  stop(): void {
    clearInterval(this.timer);
    this.agent.destroy();
  }

  private count({ code, version }: Answer): void {
    this.add(String(code));
    if (code === 200 && this.saw.at(-1) !== version) this.saw.push(version);
  }

  private add(what: string): void {
    this.answered++;
    this.answers[what] = (this.answers[what] ?? 0) + 1;
  }
}
