/** Bearer tokens: the admin's and signed ones of ServiceAccounts. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { UserInfo } from '../backend.ts';
import { isFields, textAt, type Fields } from '../schema.ts';
import type { Store } from '../store.ts';

export const ADMIN: UserInfo = {
  username: 'kubernetes-admin',
  groups: ['system:masters', 'system:authenticated'],
};

export const ANONYMOUS: UserInfo = {
  username: 'system:anonymous',
  groups: ['system:unauthenticated'],
};

export function serviceAccountUser(namespace: string, name: string, uid: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    uid,
    groups: [
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
      'system:authenticated',
    ],
  };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export class Tokens {
  readonly admin: string;
  readonly #key: Buffer;

  /** `key`: of the signatures, in base64. */
  constructor({ admin, key }: { admin: string; key: string }) {
    this.admin = admin;
    this.#key = Buffer.from(key, 'base64');
  }

  /** A JSON Web Token for a ServiceAccount. Times in seconds since the epoch. */
  issue(claims: {
    namespace: string;
    name: string;
    uid: string;
    audiences: string[];
    issuedAt: number;
    expiresAt: number;
  }): string {
    const { namespace, name, uid } = claims;
    const payload = {
      aud: claims.audiences,
      exp: claims.expiresAt,
      iat: claims.issuedAt,
      iss: 'https://kubernetes.default.svc.cluster.local',
      'kubernetes.io': { namespace, serviceaccount: { name, uid } },
      nbf: claims.issuedAt,
      sub: `system:serviceaccount:${namespace}:${name}`,
    };
    const signed = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(payload)}`;
    return `${signed}.${this.#sign(signed)}`;
  }

  /** Undefined for a token that is not, or no longer, good. */
  userOf(token: string, store: Store, nowMs: number): UserInfo | undefined {
    if (token === this.admin) return ADMIN;
    const payload = this.#verified(token);
    if (payload === undefined || Number(payload['exp']) * 1_000 <= nowMs) return undefined;
    const account = payload['kubernetes.io'];
    const namespace = textAt(account, 'namespace');
    const name = textAt(account, 'serviceaccount', 'name');
    const uid = textAt(account, 'serviceaccount', 'uid');
    const found = store.get('/serviceaccounts', namespace, name);
    if (found === undefined || found.metadata.uid !== uid) return undefined;
    return serviceAccountUser(namespace, name, uid);
  }

  #sign(text: string): string {
    return createHmac('sha256', this.#key).update(text).digest('base64url');
  }

  #verified(token: string): Fields | undefined {
    const [header = '', payload = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#sign(`${header}.${payload}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const read: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return isFields(read) ? read : undefined;
  }
}
