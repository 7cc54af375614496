import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkSchema } from '../api/check.ts';
import { CANDIDATE } from '../testing/metric-provider-fixture.ts';
import { ScriptedServer } from '../testing/scripted-server.ts';
import { prometheusProvider } from './prometheus/index.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const HOUR_MS = 3_600_000;

interface Pair {
  cert: string;
  key: string;
}

async function certificate(name: string): Promise<Pair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const made = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    signingAlgorithm: ALGORITHM,
    notBefore: new Date(Date.now() - HOUR_MS),
    notAfter: new Date(Date.now() + HOUR_MS),
    extensions: [new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }])],
  });
  const key = await crypto.subtle.exportKey('pkcs8', keys.privateKey);
  return { cert: made.toString('pem'), key: x509.PemConverter.encode(key, 'PRIVATE KEY') };
}

const ANSWER = JSON.stringify({
  status: 'success',
  data: { resultType: 'scalar', result: [1_700_000_000, '1'] },
});

let own: Pair;
let client: Pair;
let server: Server;
/** Who asked last, by certificate. */
let asker: string | undefined;
let read: string[] = [];
const plain = new ScriptedServer();

const encoded = (data: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );

const provider = prometheusProvider({
  retryMs: [],
  objects: {
    get: ({ kind, namespace, name }) => {
      read.push(`${kind} ${namespace}/${name}`);
      const all: Record<string, Record<string, string>> = {
        'ConfigMap ca': { 'ca.crt': own.cert },
        'ConfigMap other-ca': { 'ca.crt': client.cert },
        'Secret ca': encoded({ pem: own.cert }),
        'Secret client': encoded({ 'tls.crt': client.cert, 'tls.key': client.key }),
        'Secret login': encoded({ username: 'me', password: 'hunter2\n', token: 't0ken' }),
      };
      const data = all[`${kind} ${name}`];
      return Promise.resolve(data && { apiVersion: 'v1', kind, metadata: { name }, data });
    },
  },
});

beforeAll(async () => {
  own = await certificate('prometheus');
  client = await certificate('segue');
  const tls = { ...own, requestCert: true, ca: client.cert, rejectUnauthorized: false };
  server = createServer(tls, (request, response) => {
    asker = (request.socket as TLSSocket).getPeerCertificate().subject?.CN as string | undefined;
    response.end(ANSWER);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  await plain.start();
  plain.script = (_request, response) => response.end(ANSWER);
});
afterAll(async () => {
  await provider.close();
  await plain.stop();
  server.close();
});

async function measure(access: object, address?: string) {
  const port = (server.address() as AddressInfo).port;
  const check = checkSchema.parse({
    name: 'up',
    prometheus: { address: address ?? `https://127.0.0.1:${port}`, query: 'up', ...access },
  });
  read = [];
  return await provider.measure(check, CANDIDATE, new AbortController().signal);
}

test.each([
  ['a ConfigMap', { caConfigMapRef: { name: 'ca' } }],
  ['a Secret', { caSecretRef: { name: 'ca', key: 'pem' } }],
])('who signed the certificate of the server may be said by %s', async (_what, tls) => {
  expect(await measure({ tls })).toEqual({ kind: 'Value', value: 1 });
});

test.each([
  ['nobody said who', {}],
  ['it was somebody else', { tls: { caConfigMapRef: { name: 'other-ca' } } }],
])('a server is not trusted where %s signed it', async (_what, access) => {
  expect(await measure(access)).toMatchObject({
    kind: 'Missing',
    because: expect.stringMatching(/cannot be reached \(.*certificate.*tls\.caSecretRef/),
  });
});

test('shows a certificate of its own', async () => {
  const tls = { caConfigMapRef: { name: 'ca' }, clientCertSecretRef: { name: 'client' } };
  expect(await measure({ tls })).toEqual({ kind: 'Value', value: 1 });
  expect(asker).toBe('segue');
});

test.each([
  [
    'a name and a password',
    { auth: { basic: { secretRef: { name: 'login' } } } },
    { authorization: `Basic ${Buffer.from('me:hunter2').toString('base64')}` },
  ],
  [
    'a token',
    { auth: { bearer: { secretRef: { name: 'login' } } } },
    { authorization: 'Bearer t0ken' },
  ],
  [
    'headers',
    {
      headers: [
        { name: 'X-Scope-OrgID', value: 'team-a' },
        { name: 'X-Key', secretRef: { name: 'login', key: 'token' } },
      ],
    },
    { 'x-scope-orgid': 'team-a', 'x-key': 't0ken' },
  ],
])('asks with %s', async (_what, access, headers) => {
  expect(await measure(access, plain.url)).toEqual({ kind: 'Value', value: 1 });
  expect(plain.requests.at(-1)?.headers).toMatchObject(headers);
});

test('a Secret is read in the namespace of the policy, and once for a measurement', async () => {
  const access = { auth: { basic: { secretRef: { name: 'once' } } } };
  expect(await measure(access, plain.url)).toMatchObject({ kind: 'Missing' });
  expect(read).toEqual(['Secret shop/once']);
});
