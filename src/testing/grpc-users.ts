/** Users that call by gRPC, on one connection that is kept. */
import { type ClientHttp2Session, connect } from 'node:http2';
import type { Answer, Entrance } from './load.ts';

/** A message of one byte, as it is framed. */
const MESSAGE = Buffer.from([0, 0, 0, 0, 1, 7]);

export class GrpcUsers {
  #session: ClientHttp2Session | undefined;

  /** One call, never tried again; code 200 for status 0, the status itself otherwise. */
  readonly ask = ({ port, host, headers }: Entrance): Promise<Answer> => {
    const stream = this.#connected(port).request({
      ...headers,
      ':method': 'POST',
      ':path': '/shop.Cart/Add',
      ':authority': host,
      'content-type': 'application/grpc',
      te: 'trailers',
    });
    const heard: Buffer[] = [];
    let [version, status] = ['', 'none'];
    stream.on('response', (received) => {
      version = String(received['x-segue-version']);
      status = String(received['grpc-status'] ?? status);
    });
    stream.on('trailers', (received) => (status = String(received['grpc-status'])));
    stream.on('data', (chunk: Buffer) => heard.push(chunk));
    stream.end(MESSAGE);
    return new Promise((resolve, reject) => {
      stream.once('error', reject);
      stream.once('close', () => {
        const whole = status === '0' && Buffer.concat(heard).equals(MESSAGE);
        resolve({ code: whole ? 200 : Number(status), version });
      });
    });
  };

  stop(): void {
    this.#session?.destroy();
  }

  #connected(port: number): ClientHttp2Session {
    const known = this.#session;
    if (known && !known.closed && !known.destroyed) return known;
    this.#session = connect(`http://127.0.0.1:${port}`);
    this.#session.on('error', () => undefined);
    return this.#session;
  }
}
