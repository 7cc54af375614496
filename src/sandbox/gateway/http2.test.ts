/** HTTP/2 without TLS and gRPC through the gateway: real connections, no cluster. */
import { createServer, request as requestHttp1 } from 'node:http';
import {
  type ClientHttp2Session,
  connect,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { expectCount, placesOf, WEIGHTS } from '../../testing/routed-shares.ts';
import { until } from '../../testing/until.ts';
import { compileGrpcRoute } from './grpc-route.ts';
import type { ServicePort } from './objects.ts';
import { compileRoute } from './route.ts';
import { gatewayWith, routeAt, Wire } from '../../testing/gateway-wire.ts';

const LISTENER = { name: 'http', port: 80, protocol: 'HTTP' };
const AT_LISTENER = { kind: 'listener', port: 80 } as const;

let wire: Wire;
const sessions: ClientHttp2Session[] = [];
beforeEach(() => {
  wire = new Wire([gatewayWith(LISTENER)]);
});
afterEach(async () => {
  for (const session of sessions.splice(0)) session.destroy();
  await wire.close();
});

function client(port: number): ClientHttp2Session {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on('error', () => undefined);
  sessions.push(session);
  return session;
}

interface Got {
  headers: IncomingHttpHeaders;
  trailers: IncomingHttpHeaders;
  text: string;
  /** Nothing came after the headers, not even a frame. */
  bare: boolean;
}

function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Got> {
  const stream = session.request(headers, { endStream: body === undefined });
  const got: Got = { headers: {}, trailers: {}, text: '', bare: false };
  stream.once('response', (received, flags) => {
    got.headers = received;
    got.bare = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
  });
  stream.once('trailers', (trailers) => (got.trailers = trailers));
  stream.setEncoding('utf8').on('data', (chunk: string) => (got.text += chunk));
  if (body !== undefined) stream.end(body);
  return new Promise((resolve, reject) => {
    stream.once('error', reject);
    stream.once('close', () => resolve(got));
  });
}

const GRPC = { ':method': 'POST', 'content-type': 'application/grpc', te: 'trailers' };
const call = (path: string, headers: OutgoingHttpHeaders = {}) => ({
  ...GRPC,
  ':path': path,
  ':authority': 'shop.example.com',
  ...headers,
});

/** Answers a call as gRPC does, and tells of what it got. */
function grpcBackend(name: string, seen: IncomingHttpHeaders[] = []): Promise<number> {
  return wire.http2Backend((stream, headers) => {
    seen.push(headers);
    stream.respond({ 'content-type': 'application/grpc', 'x-by': name }, { waitForTrailers: true });
    stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0', 'x-end': name }));
    stream.pipe(stream);
  });
}

const to = (name: string, weight = 1) => ({ name, port: 80, weight });

async function grpcRoute(...rules: Record<string, unknown>[]): Promise<number> {
  wire.route(compileGrpcRoute(routeAt('GRPCRoute', 'web', { rules })));
  return wire.listen(AT_LISTENER);
}

test('one port speaks HTTP/1.1 and HTTP/2, whatever the pieces that the preface comes in', async () => {
  const backend = await wire.backend(
    createServer((request, response) => {
      response.setHeader('x-host', request.headers.host ?? '');
      request.pipe(response);
    }),
  );
  wire.service('web', [backend]);
  wire.route(compileRoute(routeAt('HTTPRoute', 'web', { rules: [{ backendRefs: [to('web')] }] })));
  const port = await wire.listen(AT_LISTENER);
  const answer = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: 'one' });
  expect(await answer.text()).toBe('one');
  const asked = { ':method': 'POST', ':path': '/', ':authority': 'shop.example.com' };
  const got = await ask(client(port), asked, 'two');
  expect(got).toMatchObject({ text: 'two', headers: { 'x-host': 'shop.example.com' } });

  const socket = connectTcp(port, '127.0.0.1');
  let heard = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => (heard = Buffer.concat([heard, chunk])));
  socket.setNoDelay(true);
  // A client that has said PRI alone may still turn out to be anything.
  for (const piece of ['P', 'RI * HTT', 'P/2.0\r\n\r\nSM\r\n', '\r\n'])
    await new Promise((resolve) => socket.write(piece, resolve));
  socket.write(Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]));
  await until('the settings of the server', async () => heard.length >= 9);
  expect(heard[3]).toBe(4);
  socket.destroy();
});

test('a call goes by HTTP/2 to its endpoint, with its trailers both ways', async () => {
  const seen: IncomingHttpHeaders[] = [];
  wire.service('web', [await grpcBackend('web', seen)]);
  const port = await grpcRoute({ backendRefs: [to('web')] });
  const got = await ask(client(port), call('/shop.Cart/Add', { 'x-user': 'a' }), 'message');
  expect(got).toMatchObject({
    text: 'message',
    headers: { ':status': 200, 'x-by': 'web', 'content-type': 'application/grpc' },
    trailers: { 'grpc-status': '0', 'x-end': 'web' },
  });
  expect(seen[0]).toMatchObject({
    ':path': '/shop.Cart/Add',
    ':authority': 'shop.example.com',
    te: 'trailers',
    'x-user': 'a',
    'x-forwarded-proto': 'http',
  });
});

test('messages stream both ways while the call is open', async () => {
  wire.service('web', [await grpcBackend('web')]);
  const port = await grpcRoute({ backendRefs: [to('web')] });
  const stream = client(port).request(call('/shop.Cart/Watch'));
  let text = '';
  stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  for (const message of ['one', 'two', 'three']) {
    stream.write(message);
    await until(`the echo of ${message}`, async () => text.endsWith(message));
  }
  stream.end();
  await until('its end', async () => stream.closed);
  expect(text).toBe('onetwothree');
});

test('an answer of headers alone stays one, and a server may answer before it has heard all', async () => {
  const status = { ':status': 200, 'content-type': 'application/grpc', 'grpc-status': '5' };
  const port = await wire.http2Backend((stream) => stream.respond(status, { endStream: true }));
  wire.service('web', [port]);
  const session = client(await grpcRoute({ backendRefs: [to('web')] }));
  expect(await ask(session, call('/shop.Cart/Add'), 'x')).toMatchObject({
    bare: true,
    headers: { 'grpc-status': '5' },
  });
  // The client never ends its side.
  const open = session.request(call('/shop.Cart/Watch'));
  open.write('x');
  await until('the end of the call', async () => open.closed);
  expect(open.rstCode).toBe(0);
});

test('what is cut off is not taken for whole', async () => {
  const port = await wire.http2Backend((stream) => {
    stream.respond({ 'content-type': 'application/grpc' });
    stream.write('half', () => stream.destroy(new Error('broken')));
  });
  wire.service('web', [port]);
  const session = client(await grpcRoute({ backendRefs: [to('web')] }));
  await expect(ask(session, call('/shop.Cart/Get'), 'x')).rejects.toThrow('NGHTTP2_INTERNAL_ERROR');
});

test('nor is a request whose client leaves half way', async () => {
  let heard = '';
  let whole = false;
  let code = 0;
  const port = await wire.http2Backend((stream) => {
    stream.setEncoding('utf8').on('data', (chunk: string) => (heard += chunk));
    stream.once('end', () => (whole = stream.rstCode === 0));
    stream.once('close', () => (code = stream.rstCode ?? 0));
  });
  wire.service('web', [port]);
  const stream = client(await grpcRoute({ backendRefs: [to('web')] })).request(call('/a.B/C'));
  stream.on('error', () => undefined);
  stream.write('half');
  await until('what was sent', async () => heard === 'half');
  stream.destroy(new Error('gone'));
  await until('its end', async () => code !== 0);
  expect({ whole, code }).toEqual({ whole: false, code: constants.NGHTTP2_CANCEL });
});

test('what is larger than any window passes both ways, and a slow reader slows the sender', async () => {
  wire.service('web', [await grpcBackend('web')]);
  const session = client(await grpcRoute({ backendRefs: [to('web')] }));
  const body = 'x'.repeat(2_000_000);
  expect((await ask(session, call('/shop.Cart/Import'), body)).text.length).toBe(body.length);

  const sent = { chunks: 0 };
  const port = await wire.http2Backend((stream) => {
    stream.respond();
    const fill = (): void => {
      while (sent.chunks < 1_000) {
        sent.chunks += 1;
        if (!stream.write(body.slice(0, 10_000))) return void stream.once('drain', fill);
      }
      stream.end();
    };
    fill();
  });
  wire.service('web', [port]);
  const slow = session.request(call('/shop.Cart/Export'));
  await new Promise((resolve) => slow.once('readable', resolve));
  let last = 0;
  await until('the sender to wait', async () => {
    const waits = last > 0 && last === sent.chunks;
    last = sent.chunks;
    return waits;
  });
  expect(last).toBeLessThan(500);
  let bytes = 0;
  slow.on('data', (chunk: Buffer) => (bytes += chunk.length));
  await until('all of it', async () => bytes === 10_000_000);
});

test('trailers of HTTP/1.1 reach clients of both versions', async () => {
  const port = await wire.backend(
    createServer((_, response) => {
      response.writeHead(200, { trailer: 'x-sum' });
      response.addTrailers({ 'x-sum': '42' });
      response.end('body');
    }),
  );
  wire.service('web', [port]);
  const at = await wire.listen({ kind: 'service', service: 'shop/web', port: 80, readable: true });
  const got = await ask(client(at), { ':path': '/' });
  expect(got).toMatchObject({ text: 'body', trailers: { 'x-sum': '42' } });
  const trailers = await new Promise((resolve, reject) => {
    requestHttp1({ port: at, host: '127.0.0.1' }, (response) => {
      response.resume().once('end', () => resolve(response.trailers));
    })
      .once('error', reject)
      .end();
  });
  expect(trailers).toEqual({ 'x-sum': '42' });
});

test.each(WEIGHTS)(
  'of 2,000 calls on one connection %i percent reach the candidate',
  async (weight) => {
    const places = placesOf(2_000, weight);
    await wire.close();
    wire = new Wire([gatewayWith(LISTENER)], () => places.pop() ?? expect.fail('one too many'));
    for (const name of ['web-candidate', 'web-stable'])
      wire.service(name, [await grpcBackend(name)]);
    const refs = [to('web-candidate', weight), to('web-stable', 100 - weight)];
    const session = client(await grpcRoute({ backendRefs: refs }));
    let reached = 0;
    for (let done = 0; done < 2_000; done += 50) {
      const some = Array.from({ length: 50 }, () => ask(session, call('/shop.Cart/Add'), 'x'));
      for (const { headers } of await Promise.all(some))
        reached += headers['x-by'] === 'web-candidate' ? 1 : 0;
    }
    expectCount(weight, reached, 2_000);
  },
);

test('a client that leaves ends the call at its endpoint', async () => {
  let ended = false;
  let begun = false;
  const port = await wire.http2Backend((stream) => {
    begun = true;
    stream.once('close', () => (ended = true));
  });
  wire.service('web', [port]);
  const stream = client(await grpcRoute({ backendRefs: [to('web')] })).request(call('/a.B/C'));
  stream.on('error', () => undefined);
  await until('the call', async () => begun);
  stream.close(constants.NGHTTP2_CANCEL);
  await until('its end', async () => ended);
});

test.each([
  ['no rule takes it', '/other.Service/Get', '12'],
  ['no endpoint', '/shop.Empty/Get', '14'],
  ['no such Service', '/shop.Missing/Get', '14'],
  ['nobody listens', '/shop.Dead/Get', '14'],
])('a call is answered in the words of gRPC: %s', async (_, path, status) => {
  wire.service('empty', []);
  wire.service('dead', [1]);
  const rule = (service: string, name: string) => ({
    matches: [{ method: { service } }],
    backendRefs: [to(name)],
  });
  const rules = [
    rule('shop.Empty', 'empty'),
    rule('shop.Missing', 'no'),
    rule('shop.Dead', 'dead'),
  ];
  const got = await ask(client(await grpcRoute(...rules)), call(path), 'x');
  expect(got).toMatchObject({ bare: true, headers: { ':status': 200, 'grpc-status': status } });
  expect(got.headers['grpc-message']).not.toBe('');
});

test('an endpoint that refuses connections is passed over, and one that takes no more streams too', async () => {
  const full = await wire.http2Backend((stream) => stream.close(constants.NGHTTP2_REFUSED_STREAM));
  wire.service('web', [full, 1, await grpcBackend('alive')]);
  const session = client(await grpcRoute({ backendRefs: [to('web')] }));
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => ask(session, call('/shop.Cart/Add'))),
  );
  expect(new Set(answers.map(({ headers }) => headers['x-by']))).toEqual(new Set(['alive']));
});

test('copies of calls go to the mirror as they stream, and their answers nowhere', async () => {
  let copied = '';
  const port = await wire.http2Backend((stream) => {
    stream.setEncoding('utf8').on('data', (chunk: string) => (copied += chunk));
    stream.respond({ 'grpc-status': '13', 'x-by': 'copy' }, { endStream: true });
  });
  wire.service('web', [await grpcBackend('web')]);
  wire.service('copy', [port]);
  const requestMirror = { backendRef: { name: 'copy', port: 80 } };
  const filters = [{ type: 'RequestMirror', requestMirror }];
  const session = client(await grpcRoute({ filters, backendRefs: [to('web')] }));
  const got = await ask(session, call('/shop.Cart/Add'), 'message');
  expect(got).toMatchObject({ text: 'message', headers: { 'x-by': 'web' } });
  expect(got.trailers['grpc-status']).toBe('0');
  await until('the copy', async () => copied === 'message');
});

test('a copy ends with its request, also where nobody takes that', async () => {
  let [begun, ended] = [false, false];
  const port = await wire.http2Backend((stream) => {
    begun = true;
    stream.once('close', () => (ended = true));
  });
  wire.service('web', []);
  wire.service('copy', [port]);
  const requestMirror = { backendRef: { name: 'copy', port: 80 } };
  const filters = [{ type: 'RequestMirror', requestMirror }];
  const session = client(await grpcRoute({ filters, backendRefs: [to('web')] }));
  const got = await ask(session, call('/shop.Cart/Add'), 'message');
  expect(got.headers['grpc-status']).toBe('14');
  await until('its end', async () => begun === ended);
  wire.service('web', [await grpcBackend('web')]);
  const open = session.request(call('/shop.Cart/Watch'));
  open.on('error', () => undefined);
  open.write('half');
  await until('the copy', async () => begun && !ended);
  open.destroy(new Error('gone'));
  await until('its end', async () => ended);
});

test.each<[string, Partial<ServicePort>]>([
  ['HTTP/1.1', { appProtocol: 'http' }],
  ['HTTP/2', { appProtocol: 'kubernetes.io/h2c' }],
  ['HTTP/2', { name: 'grpc-orders' }],
  ['HTTP/1.1', { name: 'grpc-web' }],
])('endpoints are spoken to by %s where the port of the Service says %j', async (version, port) => {
  const tell = (spoken: string) => `HTTP/${spoken === '2.0' ? '2' : spoken}`;
  const backend =
    version === 'HTTP/2'
      ? await wire.http2Backend((stream) => {
          stream.respond({ 'x-by': tell('2.0') });
          stream.end();
        })
      : await wire.backend(
          createServer((request, response) => {
            response.setHeader('x-by', tell(request.httpVersion)).end();
          }),
        );
  wire.service('web', [backend], port);
  const at = await wire.listen({ kind: 'service', service: 'shop/web', port: 80, readable: true });
  const got = await ask(client(at), { ':path': '/' });
  expect(got.headers['x-by']).toBe(version);
  const byHttp1 = await new Promise((resolve, reject) => {
    requestHttp1({ port: at, host: '127.0.0.1' }, (response) => {
      response.resume().once('end', () => resolve(response.headers['x-by']));
    })
      .once('error', reject)
      .end();
  });
  expect(byHttp1).toBe(version);
});

test('more connections are opened where an endpoint allows few streams on one', async () => {
  let open = 0;
  const server = await wire.http2Backend(
    (stream) => {
      open += 1;
      stream.respond();
      stream.write('begun');
    },
    { maxConcurrentStreams: 50 },
  );
  wire.service('web', [server]);
  const session = client(await grpcRoute({ backendRefs: [to('web')] }));
  const watch = (): void => {
    session.request(call('/a.B/C')).on('error', () => undefined);
  };
  watch();
  await until('the first', async () => open === 1);
  for (let n = 0; n < 150; n += 1) watch();
  await until('all of them', async () => open === 151);
});
