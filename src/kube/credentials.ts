/** Who a client says it is: headers and a client certificate, read again as they expire. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../ports/clock.ts';
import { KubeconfigError } from './kubeconfig-file.ts';

/** A list is a header that is sent several times. */
export type Headers = Record<string, string | string[]>;

export interface Credentials {
  headers: Headers;
  /** PEM. */
  cert?: string;
  /** PEM. */
  key?: string;
}

/** Cheap to call for every request. `refresh` forgets what is cached: the server said 401. */
export type CredentialsProvider = (options?: { refresh?: boolean }) => Promise<Credentials>;

/** Tokens on disk are rotated by others; a minute is also what Kubernetes' own clients use. */
export const REREAD_MS = 60_000;

/** Nobody in particular: an anonymous request. */
export function anonymous(): CredentialsProvider {
  return cached(() => Promise.resolve({ headers: {} }));
}

/** A bearer token from a file, read again every minute. */
export function tokenFile(path: string, clock: Clock): CredentialsProvider {
  return cached(async () => ({ headers: { authorization: `Bearer ${await readToken(path)}` } }), {
    clock,
    lifetimeMs: REREAD_MS,
  });
}

export async function readToken(path: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new KubeconfigError(`token file ${path}: cannot be read: ${(error as Error).message}`);
  }
  const token = text.trim();
  if (token === '') throw new KubeconfigError(`token file ${path}: is empty`);
  return token;
}

/** Keeps what `load` gave for `lifetimeMs`, or for good. A failure is not kept. */
export function cached(
  load: () => Promise<Credentials>,
  lifetime?: { clock: Clock; lifetimeMs: number },
): CredentialsProvider {
  let current: Promise<Credentials> | undefined;
  let loadedAt = 0;
  return (options) => {
    const now = lifetime?.clock.now() ?? 0;
    const stale = lifetime !== undefined && now - loadedAt >= lifetime.lifetimeMs;
    if (current && !stale && !options?.refresh) return current;
    loadedAt = now;
    const loading = load();
    current = loading;
    loading.catch(() => {
      if (current === loading) current = undefined;
    });
    return loading;
  };
}
