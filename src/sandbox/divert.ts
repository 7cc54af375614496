/** A server of HTTP/1.1 beside what else comes in at its port. */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** @param to gets every connection that comes in, and may give it back to the server */
export function divert(server: Server, to: (socket: Socket, back: () => void) => void): void {
  const [own] = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  server.removeAllListeners('connection').on('connection', (socket: Socket) => {
    to(socket, () => own?.call(server, socket));
  });
}
