/** HTTPS: turns Node's requests into the API's and writes the answers. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ANONYMOUS, type Tokens } from '../access/tokens.ts';
import type { Backend, UserInfo } from '../backend.ts';
import { StatusError } from '../status.ts';
import { failed, handle, type HandlerParts } from './handler.ts';
import type { ApiRequest, ApiResponse } from './message.ts';

const BODY_BYTES_MAX = 3 * 1024 * 1024;

export function listener(
  parts: HandlerParts,
): (incoming: IncomingMessage, outgoing: ServerResponse) => void {
  return (incoming, outgoing) => {
    serve(parts, incoming, outgoing).catch((error: unknown) => {
      parts.backend.log.debug('connection lost', { path: incoming.url, error });
      outgoing.destroy();
    });
  };
}

async function serve(
  parts: HandlerParts,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  const response = await answerTo(parts, incoming, gone.signal);
  outgoing.writeHead(response.status, {
    'cache-control': 'no-cache, private',
    ...withoutChunking(response.headers),
  });
  if (typeof response.body === 'string' || incoming.method === 'HEAD') {
    outgoing.end(typeof response.body === 'string' ? response.body : '');
    return;
  }
  outgoing.flushHeaders();
  await stream(response.body, outgoing);
}

/** Node chunks by itself. */
function withoutChunking(headers: Record<string, string>): Record<string, string> {
  const { 'transfer-encoding': _, ...rest } = headers;
  return rest;
}

async function stream(body: AsyncIterable<string | Uint8Array>, outgoing: ServerResponse) {
  for await (const chunk of body) {
    if (outgoing.destroyed) return;
    const isRoom = outgoing.write(chunk);
    if (!isRoom) await drained(outgoing);
  }
  outgoing.end();
}

function drained(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off('drain', done).off('close', done);
      resolve();
    };
    outgoing.once('drain', done).once('close', done);
  });
}

async function answerTo(
  parts: HandlerParts,
  incoming: IncomingMessage,
  signal: AbortSignal,
): Promise<ApiResponse> {
  try {
    return await handle(parts, await readRequest(parts, incoming, signal));
  } catch (error) {
    if (error instanceof StatusError) return failed(error);
    throw error;
  }
}

async function readRequest(
  { backend, tokens }: HandlerParts,
  incoming: IncomingMessage,
  signal: AbortSignal,
): Promise<ApiRequest> {
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value ?? '')]),
  );
  const user = authenticate(tokens, backend, headers['authorization']);
  const url = new URL(incoming.url ?? '/', 'https://localhost');
  const body = await readBody(incoming);
  const method = incoming.method ?? 'GET';
  return { method, path: url.pathname, query: url.searchParams, headers, body, user, signal };
}

function authenticate(
  tokens: Tokens,
  backend: Backend,
  authorization: string | undefined,
): UserInfo {
  const [, token] = /^Bearer\s+(\S+)/i.exec(authorization?.trim() ?? '') ?? [];
  if (token === undefined) return ANONYMOUS;
  const user = tokens.userOf(token, backend.store, backend.clock.now());
  if (user === undefined) throw new StatusError(401, 'Unauthorized', 'Unauthorized');
  return user;
}

async function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_BYTES_MAX)
      throw new StatusError(
        413,
        'RequestEntityTooLarge',
        `the request body is too large: limit is ${BODY_BYTES_MAX}`,
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
