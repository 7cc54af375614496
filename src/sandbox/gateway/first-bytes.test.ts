/** What clients say first, however it is cut into pieces. */
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { connect } from 'node:tls';
import * as fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { spokenIn } from './first-bytes.ts';

/** What the TLS of this machine says when it asks for a name. */
async function helloFor(servername: string): Promise<Buffer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const client = connect({ port, host: '127.0.0.1', ...(servername !== '' && { servername }) });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const [hello] = (await once(socket, 'data')) as [Buffer];
  client.destroy();
  socket.destroy();
  server.close();
  return hello;
}

/** The same message in records of so many bytes. */
function inRecords(hello: Buffer, bytes: number): Buffer {
  const message = hello.subarray(5);
  const records: Buffer[] = [];
  for (let at = 0; at < message.length; at += bytes) {
    const part = message.subarray(at, at + bytes);
    records.push(hello.subarray(0, 3), Buffer.from([part.length >> 8, part.length & 0xff]), part);
  }
  return Buffer.concat(records);
}

let named: Buffer;
let nameless: Buffer;
beforeAll(async () => {
  named = await helloFor('Shop.Example.com');
  nameless = await helloFor('');
});

test('the name that a client of TLS asks for, in as many records and pieces as it likes', () => {
  const tls = { kind: 'tls', serverName: 'shop.example.com' };
  for (const hello of [named, inRecords(named, 100), inRecords(named, 3)]) {
    for (let length = 1; length < hello.length; length += 1)
      expect(spokenIn(hello.subarray(0, length))).toBeUndefined();
    expect(spokenIn(hello)).toEqual(tls);
  }
  expect(spokenIn(nameless)).toEqual({ kind: 'tls', serverName: '' });
});

test('bytes that are no client hello have no name, and are no reason to fail', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat({ max: 600 }), (junk, at) => {
      const broken = Buffer.from(named);
      broken.set(junk.subarray(0, Math.max(0, broken.length - at)), Math.min(at, broken.length));
      for (const head of [broken, Buffer.from([0x16, 3, 1, ...junk]), Buffer.from(junk)])
        expect(['tls', 'http2', 'other', undefined]).toContain(spokenIn(head)?.kind);
    }),
  );
});

test.each([
  ['GET / HTTP/1.1\r\n', 'other'],
  ['P', undefined],
  ['PUT', 'other'],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r', undefined],
  ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\nmore', 'http2'],
  ['PRI * HTTP/1.1', 'other'],
])('%j', (head, kind) => {
  expect(spokenIn(Buffer.from(head))?.kind).toBe(kind);
});
