/** The body of a request: small ones are kept, so that they can be sent again. */
import { PassThrough, Readable } from 'node:stream';
import type { Incoming } from './incoming.ts';

export interface RequestBody {
  /** What to send now. */
  open(): Readable | Buffer | null;
  /** The same for somebody else, as far as it is read by `open` until it is over: one that is slow is cut off. */
  copy(over: AbortSignal): Readable | Buffer | null;
  /** May be sent once more after a part of it was sent. */
  replayable: boolean;
}

const KEPT_BYTES_MAX = 65_536;
const NO_BODY: RequestBody = { open: () => null, copy: () => null, replayable: true };

/** Undefined when the client went away before it had sent it. Large ones and those of no known length stream. */
export function bodyOf(incoming: Incoming): RequestBody | Promise<RequestBody | undefined> {
  if (!incoming.hasBody) return NO_BODY;
  const length = incoming.headers['content-length'];
  if (length !== undefined && Number(length) <= KEPT_BYTES_MAX) return keep(incoming.stream);
  return streaming(incoming.stream);
}

async function keep(stream: Readable): Promise<RequestBody | undefined> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk as Buffer);
  } catch {
    return undefined;
  }
  const body = Buffer.concat(chunks);
  return { open: () => body, copy: () => body, replayable: true };
}

function streaming(stream: Readable): RequestBody {
  const copies: PassThrough[] = [];
  // Iterated rather than handed over: an attempt that fails must not destroy the client's
  // connection, and one that never began must not have read anything.
  const iterator = () => stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
  return {
    open: () => Readable.from(copies.length === 0 ? iterator() : copying(iterator(), copies)),
    copy: (over) => {
      const copy = new PassThrough();
      copies.push(copy);
      over.addEventListener('abort', () => {
        if (!copy.writableEnded) copy.destroy();
      });
      return copy;
    },
    replayable: false,
  };
}

async function* copying(
  chunks: AsyncIterable<Buffer>,
  copies: readonly PassThrough[],
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    for (const copy of copies) writeTo(copy, chunk);
    yield chunk;
  }
  for (const copy of copies) copy.end();
}

function writeTo(copy: PassThrough, chunk: Buffer): void {
  if (copy.writableLength + copy.readableLength > KEPT_BYTES_MAX) copy.destroy();
  if (!copy.destroyed) copy.write(chunk);
}
