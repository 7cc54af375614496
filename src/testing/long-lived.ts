/** Clients whose connections last, and what they saw: a stream, a WebSocket, a kept-alive connection. */
import { Agent, get, type IncomingMessage } from 'node:http';
import { WebSocket } from 'undici';

export interface Line {
  text: string;
  atMs: number;
}

/** What came in, and how it ended: `''` while it goes on. */
export interface Followed {
  lines: Line[];
  end: '' | 'Ended' | 'Cut';
  stop: () => void;
}

interface Where {
  port: number;
  /** Default 127.0.0.1. */
  address?: string;
  host: string;
}

/** Follows an answer that goes on, line by line. */
export function followStream({ port, address = '127.0.0.1', host }: Where): Followed {
  const request = get({ host: address, port, path: '/stream', agent: false, headers: { host } });
  const followed: Followed = { lines: [], end: '', stop: () => request.destroy() };
  request.on('error', () => (followed.end ||= 'Cut'));
  request.on('response', (response: IncomingMessage) => {
    response.setEncoding('utf8');
    response.on('data', (chunk: string) => {
      for (const text of chunk.split('\n').filter(Boolean))
        followed.lines.push({ text, atMs: Date.now() });
    });
    response.on('error', () => (followed.end ||= 'Cut'));
    response.on('close', () => (followed.end ||= response.complete ? 'Ended' : 'Cut'));
  });
  return followed;
}

/** Follows the messages of a WebSocket; ended is one that was closed by a close frame. */
export function followWebSocket({ port, address = '127.0.0.1' }: Where): Followed {
  const socket = new WebSocket(`ws://${address}:${port}/live`);
  const followed: Followed = { lines: [], end: '', stop: () => socket.close() };
  socket.addEventListener('message', ({ data }) => {
    followed.lines.push({ text: String(data), atMs: Date.now() });
  });
  socket.addEventListener('close', ({ wasClean }) => (followed.end ||= wasClean ? 'Ended' : 'Cut'));
  return followed;
}

/** Asks on one connection again and again; what answered, and whether the connection ever changed. */
export class KeptAlive {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  private readonly where: Where;
  readonly versions: string[] = [];
  connections = 0;
  failures: string[] = [];

  constructor(where: Where) {
    this.where = where;
  }

  /** The version that answers now. */
  ask(): Promise<string> {
    const { port, address = '127.0.0.1', host } = this.where;
    return new Promise((resolve) => {
      const failed = (what: string) => {
        this.failures.push(what);
        resolve('');
      };
      const request = get({ host: address, port, agent: this.agent, headers: { host } });
      request.on('error', (error) => failed(error.message));
      request.on('response', (response) => {
        if (!request.reusedSocket) this.connections++;
        const version = String(response.headers['x-segue-version']);
        if (response.statusCode !== 200) failed(`status ${response.statusCode}`);
        this.versions.push(version);
        response.resume().on('end', () => resolve(version));
      });
    });
  }

  stop(): void {
    this.agent.destroy();
  }
}
