/** Connections to one endpoint that speak HTTP/2 from their first byte: one, and more where its limit of streams asks
 * for it. */
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';

export interface Line {
  session: ClientHttp2Session;
  /** Under way. */
  streams: number;
}

export class Http2Lines {
  readonly #address: { host: string; port: number };
  readonly #connectWithinMs: number;
  readonly #lines = new Set<Line>();
  /** Streams on one connection, as far as the endpoint has said. */
  #streamsMax = Infinity;

  constructor(address: { host: string; port: number }, connectWithinMs: number) {
    this.#address = address;
    this.#connectWithinMs = connectWithinMs;
  }

  /** One with room for a stream. */
  take(): Line {
    for (const line of this.#lines) {
      const { session, streams } = line;
      if (!session.closed && !session.destroyed && streams < this.#streamsMax) return line;
    }
    return this.#open();
  }

  /** What is under way finishes. */
  close(): void {
    for (const { session } of this.#lines) session.close();
    this.#lines.clear();
  }

  destroy(): void {
    for (const { session } of this.#lines) session.destroy();
    this.#lines.clear();
  }

  #open(): Line {
    const { host, port } = this.#address;
    const socket = connect({ host, port, timeout: this.#connectWithinMs });
    const onTimeout = (): void => {
      socket.destroy(new Error(`no connection within ${this.#connectWithinMs} ms`));
    };
    socket.once('timeout', onTimeout);
    socket.once('connect', () => socket.setTimeout(0).off('timeout', onTimeout));
    const session = connectHttp2(`http://${host}:${port}`, { createConnection: () => socket });
    const line = { session, streams: 0 };
    this.#lines.add(line);
    session.on('remoteSettings', ({ maxConcurrentStreams = Infinity }) => {
      this.#streamsMax = maxConcurrentStreams;
    });
    // Each of its streams is told, too.
    session.on('error', () => this.#lines.delete(line));
    session.once('goaway', () => this.#lines.delete(line));
    session.once('close', () => this.#lines.delete(line));
    return line;
  }
}
