/** What becomes of a connection that came in: told by the rules for whole connections, and by its first bytes where
 * that takes them. */
import type { Socket } from 'node:net';
import { type ConnectionMatch, type ConnectionRule, findConnection } from './connection-rule.ts';
import type { Origin } from './origin.ts';
import type { Silent, Spoken } from './first-bytes.ts';
import type { Front } from './front.ts';
import { connectionsAt, readsHttp } from './table.ts';
import { tunnelByRule, tunnelToService } from './tunnel.ts';

export interface Accepted {
  socket: Socket;
  silent: Silent;
  /** What is behind the port now. */
  originOf: () => Origin;
  /** Who reads the requests of a connection, by the version that it speaks. */
  onHttp: (version: 1 | 2) => void;
}

export function accept(front: Front, accepted: Accepted): void {
  const { socket, silent, originOf } = accepted;
  const origin = originOf();
  const { plain, named, isHttp } = rulesAt(front, origin);
  // Whoever waits for the server to speak first must not be waited for.
  if (plain && named.length === 0) tunnelByRule(front, origin, { socket, rule: plain });
  else if (!isHttp && named.length === 0) otherwise(front, origin, socket);
  else silent.listenTo(socket, (spoken) => takeBySpoken(front, accepted, spoken));
}

/** By the rules of now: a client may be silent for long. */
function takeBySpoken(front: Front, { socket, originOf, onHttp }: Accepted, spoken: Spoken): void {
  const origin = originOf();
  const { plain, named, isHttp } = rulesAt(front, origin);
  const byName = spoken.kind === 'tls' ? findConnection(named, spoken.serverName) : undefined;
  const rule = spoken.kind === 'tls' && named.length > 0 ? byName : plain;
  if (rule) tunnelByRule(front, origin, { socket, rule });
  else if (spoken.kind === 'tls' || !isHttp) otherwise(front, origin, socket);
  else onHttp(spoken.kind === 'http2' ? 2 : 1);
}

interface Rules {
  /** For all that comes. */
  plain: ConnectionRule | undefined;
  /** For those who ask for a name. */
  named: ConnectionMatch[];
  isHttp: boolean;
}

function rulesAt({ state: { table } }: Front, origin: Origin): Rules {
  const matches = connectionsAt(table, origin);
  return {
    plain: findConnection(matches, undefined),
    named: matches.filter(({ serverName }) => serverName !== undefined),
    isHttp: readsHttp(table, origin),
  };
}

/** On to the Service that was meant; a listener has none. */
function otherwise(front: Front, origin: Origin, socket: Socket): void {
  if (origin.kind === 'service') tunnelToService(front, origin, socket);
  else socket.resetAndDestroy();
}
