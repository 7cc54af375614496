import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ClusterConfig } from './kubeconfig.ts';
import { json, type ScriptedServer, scriptedServer } from './scripted-server.ts';
import { Transport } from './transport.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

let server: ScriptedServer;
let ca: string;
let client: { cert: string; key: string };

async function certificate(
  name: string,
  extensions: x509.Extension[],
): Promise<{ cert: string; key: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions,
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: made.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}

beforeAll(async () => {
  const names = new x509.SubjectAlternativeNameExtension([{ type: 'dns', value: 'kube.internal' }]);
  const own = await certificate('kube.internal', [names]);
  client = await certificate('jo', []);
  ca = own.cert;
  server = await scriptedServer(
    (request, response) => {
      const peer = (request.socket as TLSSocket).getPeerCertificate();
      json(response, { user: peer.subject?.CN ?? 'nobody' });
    },
    { ...own, ca: client.cert, requestCert: true, rejectUnauthorized: false },
  );
});
afterAll(() => server.close());

async function whoAmI(config: Partial<ClusterConfig>): Promise<unknown> {
  const transport = new Transport({
    server: server.url,
    insecureSkipVerify: false,
    namespace: 'default',
    credentials: () => Promise.resolve({ headers: {} }),
    source: 'context test of a file',
    ...config,
  });
  try {
    const reply = await transport.send({ what: 'GET /me', method: 'GET', path: '/me' });
    return JSON.parse(reply.text);
  } finally {
    await transport.close();
  }
}

test('a certificate of another authority is refused, saying where to look', async () => {
  await expect(whoAmI({})).rejects.toMatchObject({
    code: 0,
    reason: 'TLSFailed',
    message: expect.stringContaining('context test of a file') as string,
  });
});

test('a certificate for another name is refused, unless tls-server-name gives that name', async () => {
  await expect(whoAmI({ ca })).rejects.toMatchObject({ reason: 'TLSFailed' });
  expect(await whoAmI({ ca, tlsServerName: 'kube.internal' })).toEqual({ user: 'nobody' });
});

test('verification can be switched off', async () => {
  expect(await whoAmI({ insecureSkipVerify: true })).toEqual({ user: 'nobody' });
});

test('the client certificate is presented, and a renewed one gets a new connection', async () => {
  const renewed = await certificate('jo2', []);
  let current = client;
  const transport = new Transport({
    server: server.url,
    insecureSkipVerify: true,
    namespace: 'default',
    credentials: () => Promise.resolve({ headers: {}, ...current }),
    source: 'a test',
  });
  const ask = async () =>
    (await transport.send({ what: 'GET /me', method: 'GET', path: '/me' })).text;
  expect(await ask()).toBe('{"user":"jo"}');
  current = renewed;
  expect(await ask()).toBe('{"user":"jo2"}');
  await transport.close();
});

test('a proxy is asked for a tunnel, and sees no more than that', async () => {
  const asked: string[] = [];
  const proxy = createServer().on('connect', (request, socket) => {
    asked.push(`${request.method} ${request.url}`);
    const { hostname, port } = new URL(`http://${request.url}`);
    const server = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      server.pipe(socket).pipe(server);
    });
    server.on('error', () => socket.destroy());
    socket.on('error', () => server.destroy());
  });
  await new Promise<void>((resolve) => {
    proxy.listen(0, '127.0.0.1', resolve);
  });
  const proxyUrl = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  expect(await whoAmI({ ca, tlsServerName: 'kube.internal', proxyUrl })).toEqual({
    user: 'nobody',
  });
  expect(asked).toEqual([`CONNECT ${new URL(server.url).host}`]);
  await new Promise((resolve) => {
    proxy.close(resolve);
    proxy.closeAllConnections();
  });
});
