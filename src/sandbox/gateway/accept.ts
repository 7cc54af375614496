/** What becomes of a connection that came in: told by the rules for whole connections, and by its first bytes where
 * that takes them. */
import type { Socket } from 'node:net';
import { findConnection } from './connection-rule.ts';
import type { Origin } from './origin.ts';
import type { Silent } from './first-bytes.ts';
import type { Front } from './front.ts';
import { connectionsAt, readsHttp } from './table.ts';
import { tunnelByRule, tunnelToService } from './tunnel.ts';

export interface Accepted {
  socket: Socket;
  silent: Silent;
  /** Who reads the requests of a connection, by the version that it speaks. */
  onHttp: (version: 1 | 2) => void;
}

export function accept(front: Front, origin: Origin, { socket, silent, onHttp }: Accepted): void {
  const { table } = front.state;
  const matches = connectionsAt(table, origin);
  const plain = findConnection(matches, undefined);
  const names = matches.some(({ serverName }) => serverName !== undefined);
  const isHttp = readsHttp(table, origin);
  // Whoever waits for the server to speak first must not be waited for.
  if (plain && !names) return tunnelByRule(front, origin, { socket, rule: plain });
  if (!isHttp && !names) return otherwise(front, origin, socket);
  silent.listenTo(socket, (spoken) => {
    const rule = spoken.kind === 'tls' ? findConnection(matches, spoken.serverName) : plain;
    if (rule) return tunnelByRule(front, origin, { socket, rule });
    if (spoken.kind === 'tls' || !isHttp) return otherwise(front, origin, socket);
    onHttp(spoken.kind === 'http2' ? 2 : 1);
  });
}

/** On to the Service that was meant; a listener has none. */
function otherwise(front: Front, origin: Origin, socket: Socket): void {
  if (origin.kind === 'service') tunnelToService(front, origin, socket);
  else socket.resetAndDestroy();
}
