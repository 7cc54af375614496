/** Signs a request to AWS, Signature Version 4.
 * Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  accessKeyId: string;
  secretAccessKey: string;
  /** Of temporary credentials; '' where there is none. */
  sessionToken: string;
}

export interface Unsigned {
  method: string;
  url: string;
  /** In small letters, without `host` and `x-amz-date`. */
  headers: Record<string, string>;
  body: string;
}

export interface Scope {
  region: string;
  service: string;
  /** Milliseconds since the epoch. */
  atMs: number;
}

const ALGORITHM = 'AWS4-HMAC-SHA256';

/** The headers to send, those given included. */
export function signedHeaders(
  request: Unsigned,
  credentials: Credentials,
  scope: Scope,
): Record<string, string> {
  const at = new Date(scope.atMs).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const headers: Record<string, string> = {
    ...request.headers,
    host: new URL(request.url).host,
    'x-amz-date': at,
    ...(sessionToken !== '' && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(headers).sort();
  const place = [at.slice(0, 8), scope.region, scope.service, 'aws4_request'];
  const toSign = [ALGORITHM, at, place.join('/'), sha256(canonical(request, headers))];
  const key = place.reduce<string | Buffer>(hmac, `AWS4${secretAccessKey}`);
  const parts = [
    `Credential=${accessKeyId}/${place.join('/')}`,
    `SignedHeaders=${names.join(';')}`,
    `Signature=${hmac(key, toSign.join('\n')).toString('hex')}`,
  ];
  return { ...headers, authorization: `${ALGORITHM} ${parts.join(', ')}` };
}

function canonical({ method, url, body }: Unsigned, headers: Record<string, string>): string {
  const { pathname, searchParams } = new URL(url);
  const query = [...searchParams].map((pair) => pair.map(encoded).join('=')).sort();
  const names = Object.keys(headers).sort();
  const lines = names.map((name) => `${name}:${(headers[name] ?? '').trim()}\n`);
  return [method, pathname, query.join('&'), lines.join(''), names.join(';'), sha256(body)].join(
    '\n',
  );
}

/** As RFC 3986 has it, which is stricter than JavaScript. */
function encoded(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
