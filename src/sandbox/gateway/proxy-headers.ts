/** Headers that pass a proxy, and those that belong to one connection alone. */
import { modifyHeaders, type Headers } from './filters.ts';
import type { Forward } from './decision.ts';
import type { Origin } from './origin.ts';
import type { Incoming } from './incoming.ts';

const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** Takes away what ends at this hop, `Connection`'s own list included. */
function withoutHop(headers: Headers): Headers {
  const kept = { ...headers };
  const named = headers['connection'];
  if (typeof named === 'string' && named !== 'close' && named !== 'keep-alive')
    for (const name of named.split(',')) delete kept[name.trim().toLowerCase()];
  for (const name of HOP_BY_HOP) delete kept[name];
  return kept;
}

export function requestHeaders(incoming: Incoming, forward: Forward, origin: Origin): Headers {
  const headers = withoutHop(incoming.headers);
  // Answered by our own server already.
  delete headers['expect'];
  // Servers of gRPC may refuse who does not say that trailers are understood, as they are here.
  if (forward.http2 && incoming.headers['te'] === 'trailers') headers['te'] = 'trailers';
  if (forward.host !== undefined) headers['host'] = forward.host;
  // A Service forwards connections and says nothing; a Gateway is a proxy and says for whom.
  if (origin.kind === 'listener') {
    const { client } = incoming;
    const before = headers['x-forwarded-for'];
    headers['x-forwarded-for'] = before === undefined ? client : `${String(before)}, ${client}`;
    headers['x-forwarded-proto'] ??= 'http';
  }
  modifyHeaders(headers, forward.request);
  return headers;
}

export function responseHeaders(headers: Headers, forward: Forward): Headers {
  const kept = withoutHop(headers);
  modifyHeaders(kept, forward.response);
  return kept;
}
