/** The cookie of Traefik's `weighted.sticky`: pure. Written from the reference of its services (sticky sessions): what is
 * in it is the beginning of a SHA-256 of the name that Traefik has for the service, `<namespace>-<name>-<port>`. */
import { createHash } from 'node:crypto';
import type { Keeping } from './kept.ts';
import type { Backend } from './shares.ts';

export interface StickyCookie {
  name?: string;
  httpOnly?: boolean;
  secure?: boolean;
  sameSite?: string;
  maxAge?: number;
  path?: string;
  [key: string]: unknown;
}

const FIELDS = new Set(['name', 'httpOnly', 'secure', 'sameSite', 'maxAge', 'path']);

export function keepingBy(given: StickyCookie): Keeping {
  const unknown = Object.keys(given).find((name) => !FIELDS.has(name));
  if (unknown !== undefined)
    throw new Error(`sticky.cookie.${unknown} is not supported by the sandbox gateway`);
  const { name, httpOnly, secure, sameSite, maxAge = 0, path = '/' } = given;
  if (name === undefined)
    throw new Error('sticky.cookie without a name is not supported by the sandbox gateway');
  return {
    cookie: name,
    valueFor: digestOf,
    names: (backend, value) => value === digestOf(backend),
    attributes: [
      `; Path=${path}`,
      ...(maxAge > 0 ? [`; Max-Age=${maxAge}`] : []),
      ...(httpOnly ? ['; HttpOnly'] : []),
      ...(secure ? ['; Secure'] : []),
      ...(sameSite === undefined
        ? []
        : [`; SameSite=${sameSite[0]?.toUpperCase()}${sameSite.slice(1)}`]),
    ].join(''),
  };
}

function digestOf({ service, port }: Backend): string {
  const name = `${service}-${port}`.replaceAll(/[^A-Za-z0-9]+/g, '-');
  return createHash('sha256').update(name).digest('hex').slice(0, 16);
}
