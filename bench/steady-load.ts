/** Requests at a steady pace whatever becomes of those before (open loop), on connections that are kept alive. */
import { connect, type Socket } from 'node:net';

interface Options {
  port: number;
  host: string;
  perSecond: number;
  seconds: number;
  connections: number;
}

/** Milliseconds from when a request was to be sent, whether there was a connection for it or not, to its last byte; in
 * order of size. Those of one millisecond go out together: a timer keeps no finer time, and to spin would take a core. */
export async function latencies(options: Options): Promise<Float64Array> {
  const { perSecond, seconds, connections } = options;
  const lines = await Promise.all(Array.from({ length: connections }, () => Line.open(options)));
  const idle = [...lines];
  const due: number[] = [];
  const took = new Float64Array(perSecond * seconds);
  let done = 0;
  const begun = performance.now();
  let planned = 0;
  const finished = new Promise<void>((resolve, reject) => {
    const send = (): void => {
      while (due.length > 0 && idle.length > 0) {
        const atMs = due.shift() ?? 0;
        const line = idle.shift() as Line;
        line.ask((error) => {
          if (error) return reject(error);
          took[done++] = performance.now() - atMs;
          idle.push(line);
          if (done === took.length) return resolve();
          if (due.length > 0) send();
        });
      }
    };
    const tick = (): void => {
      const now = performance.now() - begun;
      for (; planned < took.length && (planned * 1_000) / perSecond <= now; planned += 1)
        due.push(begun + now);
      send();
      if (planned < took.length) setTimeout(tick, 1);
    };
    tick();
  });
  await finished;
  for (const line of lines) line.close();
  return took.sort();
}

/** @param share from 0 to 1 */
export function quantile(sorted: Float64Array, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** One connection with one request at a time, and no more of HTTP than that takes. */
class Line {
  readonly #socket: Socket;
  readonly #request: string;
  #heard = '';
  #answered: ((error?: Error) => void) | undefined;

  constructor(socket: Socket, host: string) {
    this.#socket = socket;
    this.#request = `GET /items/7 HTTP/1.1\r\nhost: ${host}\r\naccept: */*\r\n\r\n`;
    socket.setNoDelay(true).setEncoding('latin1');
    socket.on('data', (text: string) => this.#hear(text));
    socket.on('close', () => this.#end(new Error('the connection was closed')));
    socket.on('error', (error) => this.#end(error));
  }

  static open({ port, host }: { port: number; host: string }): Promise<Line> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => resolve(new Line(socket, host)));
      socket.once('error', reject);
    });
  }

  ask(answered: (error?: Error) => void): void {
    this.#answered = answered;
    this.#socket.write(this.#request);
  }

  close(): void {
    this.#answered = undefined;
    this.#socket.destroy();
  }

  #hear(text: string): void {
    this.#heard += text;
    const end = this.#heard.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#heard.slice(0, end);
    const length = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
    if (this.#heard.length < end + 4 + length) return;
    this.#heard = '';
    this.#end(head.startsWith('HTTP/1.1 200 ') ? undefined : new Error(head));
  }

  #end(error?: Error): void {
    const answered = this.#answered;
    this.#answered = undefined;
    answered?.(error);
  }
}
