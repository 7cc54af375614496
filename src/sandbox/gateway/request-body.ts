/** The body of a request: small ones are kept, so that they can be sent again. */
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

export interface RequestBody {
  /** What to send now. */
  open(): Readable | Buffer | null;
  /** May be sent once more after a part of it was sent. */
  replayable: boolean;
}

const KEPT_BYTES_MAX = 65_536;
const NO_BODY: RequestBody = { open: () => null, replayable: true };

/** Undefined when the client went away before it had sent it. Large and chunked bodies stream. */
export function bodyOf(request: IncomingMessage): RequestBody | Promise<RequestBody | undefined> {
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) return NO_BODY;
  if (encoding === undefined && Number(length) <= KEPT_BYTES_MAX) return keep(request);
  // Iterated rather than handed over: an attempt that fails must not destroy the client's
  // connection, and one that never began must not have read anything.
  const open = () => Readable.from(request.iterator({ destroyOnReturn: false }));
  return { open, replayable: false };
}

async function keep(request: IncomingMessage): Promise<RequestBody | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const body = Buffer.concat(chunks);
  return { open: () => body, replayable: true };
}
