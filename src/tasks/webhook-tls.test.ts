import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createServer as createPlainServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask } from './ask.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

let server: Server;
let own: string;
let foreign: string;

async function certificate(): Promise<{ cert: string; key: string }> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: 'CN=gate',
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: made.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}

beforeAll(async () => {
  const pair = await certificate();
  own = pair.cert;
  foreign = (await certificate()).cert;
  server = createServer(pair, (_request, response) => response.end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => server.close());

test.each([
  ['its own', () => own, { status: 200 }],
  [
    "somebody else's",
    () => foreign,
    { because: expect.stringMatching(/cannot be reached/) as string },
  ],
  [
    'the usual ones',
    () => undefined,
    { because: expect.stringMatching(/cannot be reached/) as string },
  ],
])('a server that is signed by its own certificate, asked with %s', async (_, ca, expected) => {
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const question = { url, method: 'POST', headers: {}, timeoutMs: 5_000, ca: ca() };
  expect(await ask(question, new AbortController().signal)).toEqual(expected);
});

test('one that does not answer is not waited for longer than its time', async () => {
  const silent = createPlainServer(() => {});
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}/`;
  const answer = await ask(
    { url, method: 'GET', headers: {}, timeoutMs: 200 },
    new AbortController().signal,
  );
  silent.closeAllConnections();
  silent.close();
  expect(answer).toEqual({ because: 'did not answer within 0.2 s' });
});
