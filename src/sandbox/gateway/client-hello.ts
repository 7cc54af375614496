/** The server name that a client of TLS asks for, read from its first bytes (RFC 8446, section 4.1.2; RFC 6066, section 3). */

export const TLS_HANDSHAKE = 0x16;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const RECORD_HEADER_BYTES = 5;
const VERSION_AND_RANDOM_BYTES = 34;

/** In small letters, '' where there is none or nothing that can be read; undefined while bytes are missing. */
export function serverNameOf(head: Buffer): string | undefined {
  const hello = helloOf(head);
  if (hello === undefined) return undefined;
  try {
    return nameIn(hello);
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

/** The message without its own header, put together from as many records as it takes. */
function helloOf(head: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  let wanted = Infinity;
  let at = 0;
  for (let got = 0; got < wanted;) {
    if (head.length < at + RECORD_HEADER_BYTES) return undefined;
    if (head[at] !== TLS_HANDSHAKE) return Buffer.alloc(0);
    const from = at + RECORD_HEADER_BYTES;
    at = from + head.readUInt16BE(at + 3);
    if (head.length < at || at === from) return at === from ? Buffer.alloc(0) : undefined;
    parts.push(head.subarray(from, at));
    got += at - from;
    if (wanted === Infinity && got >= 4) {
      const start = Buffer.concat(parts);
      if (start[0] !== CLIENT_HELLO) return Buffer.alloc(0);
      wanted = 4 + start.readUIntBE(1, 3);
    }
  }
  return Buffer.concat(parts).subarray(4, wanted);
}

/** @throws RangeError: lengths in it lead out of it */
function nameIn(hello: Buffer): string {
  let at = VERSION_AND_RANDOM_BYTES;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at);
  const end = at + 2 + hello.readUInt16BE(at);
  at += 2;
  while (at < end) {
    const [type, length] = [hello.readUInt16BE(at), hello.readUInt16BE(at + 2)];
    at += 4;
    // A list of one: its length, a type, and the length of the name.
    if (type === SERVER_NAME)
      return hello
        .subarray(at + 5, at + 5 + hello.readUInt16BE(at + 3))
        .toString('latin1')
        .toLowerCase();
    at += length;
  }
  return '';
}
