/** What a client speaks, by the first bytes that it sends. */
import type { Socket } from 'node:net';
import { serverNameOf, TLS_HANDSHAKE } from './client-hello.ts';

export type Spoken = { kind: 'tls'; serverName: string } | { kind: 'http2' } | { kind: 'other' };

/** RFC 9113, section 3.4: that of a client who knows that the server speaks HTTP/2. */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
/** No client hello is larger. */
const LOOKED_AT_BYTES_MAX = 65_536;

/** Undefined while it could be one or the other. */
export function spokenIn(head: Buffer): Spoken | undefined {
  if (head[0] === TLS_HANDSHAKE) {
    const serverName = head.length > LOOKED_AT_BYTES_MAX ? '' : serverNameOf(head);
    return serverName === undefined ? undefined : { kind: 'tls', serverName };
  }
  const length = Math.min(head.length, PREFACE.length);
  if (PREFACE.compare(head, 0, length, 0, length) !== 0) return { kind: 'other' };
  return length === PREFACE.length ? { kind: 'http2' } : undefined;
}

/** Connections of which it is not known yet what they speak. */
export class Silent {
  readonly #sockets = new Set<Socket>();

  /** Looks at what comes first without taking it away. A client that leaves before is never told of. */
  listenTo(socket: Socket, onSpoken: (spoken: Spoken) => void): void {
    let head: Buffer = Buffer.alloc(0);
    const leave = (): void => void socket.destroy();
    const forget = (): void => void this.#sockets.delete(socket);
    const look = (): void => {
      const chunk = socket.read() as Buffer | null;
      if (chunk === null) return;
      head = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
      const spoken = spokenIn(head);
      if (!spoken) return;
      socket.off('readable', look).off('end', leave).off('error', leave).off('close', forget);
      forget();
      socket.unshift(head);
      onSpoken(spoken);
    };
    this.#sockets.add(socket);
    socket.on('readable', look).once('end', leave).on('error', leave).once('close', forget);
  }

  /** Cuts all of them. */
  destroy(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
