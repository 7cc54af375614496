/** The credentials of a user entry of a kubeconfig. */
import { readFile } from 'node:fs/promises';
import type { Clock } from '../ports/clock.ts';
import {
  cached,
  type CredentialsProvider,
  type Headers,
  readToken,
  REREAD_MS,
} from './credentials.ts';
import {
  type Entry,
  type Fields,
  isFields,
  KubeconfigError,
  pathBeside,
  textOf,
} from './kubeconfig-file.ts';

/** The credentials of one user entry of a kubeconfig. Throws KubeconfigError on what is not
 * understood; a file that cannot be read fails the request instead, since it may appear later. */
export function userCredentials(user: Entry, clock: Clock): CredentialsProvider {
  const { fields } = user;
  const common = impersonation(fields);
  if (isFields(fields['exec']) || isFields(fields['auth-provider'])) {
    const load = async () => {
      const { pluginCredentials } = await import('./plugin-credentials.ts');
      const own = await pluginCredentials(user);
      return { ...own, headers: { ...own.headers, ...common } };
    };
    return cached(load, { clock, lifetimeMs: REREAD_MS });
  }
  const file = textOf(fields, 'tokenFile');
  const certFile = textOf(fields, 'client-certificate');
  const lifetime = file || certFile ? { clock, lifetimeMs: REREAD_MS } : undefined;
  return cached(async () => {
    const headers = { ...(await authorization(user)), ...common };
    return { headers, ...(await clientCertificate(user)) };
  }, lifetime);
}

/** PEM text from an entry's `<field>-data` (base64) or the file that `<field>` names. */
export async function pemOf(entry: Entry, field: string): Promise<string | undefined> {
  const data = textOf(entry.fields, `${field}-data`);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const path = textOf(entry.fields, field);
  if (path === undefined) return undefined;
  try {
    return await readFile(pathBeside(entry.file, path), 'utf8');
  } catch (error) {
    throw new KubeconfigError(
      `kubeconfig ${entry.file}: ${entry.name}: cannot read ${field} ${path}: ${(error as Error).message}`,
    );
  }
}

async function authorization(user: Entry): Promise<Record<string, string>> {
  const { fields } = user;
  const file = textOf(fields, 'tokenFile');
  if (file !== undefined)
    return { authorization: `Bearer ${await readToken(pathBeside(user.file, file))}` };
  const token = textOf(fields, 'token');
  if (token !== undefined) return { authorization: `Bearer ${token}` };
  const name = textOf(fields, 'username');
  if (name === undefined) return {};
  const pair = `${name}:${textOf(fields, 'password') ?? ''}`;
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

async function clientCertificate(user: Entry): Promise<{ cert?: string; key?: string }> {
  const cert = await pemOf(user, 'client-certificate');
  const key = await pemOf(user, 'client-key');
  if (cert === undefined && key === undefined) return {};
  if (cert === undefined || key === undefined)
    throw new KubeconfigError(
      `kubeconfig ${user.file}: user ${user.name}: has ${cert ? 'a client-certificate but no client-key' : 'a client-key but no client-certificate'}; add the other one`,
    );
  return { cert, key };
}

/** The headers of `as`, `as-uid`, `as-groups` and `as-user-extra`. */
function impersonation(fields: Fields): Headers {
  const headers: Headers = {};
  const as = textOf(fields, 'as');
  if (as !== undefined) headers['impersonate-user'] = as;
  const uid = textOf(fields, 'as-uid');
  if (uid !== undefined) headers['impersonate-uid'] = uid;
  const groups = fields['as-groups'];
  if (Array.isArray(groups) && groups.length > 0) headers['impersonate-group'] = groups.map(String);
  const extra = fields['as-user-extra'];
  if (isFields(extra))
    for (const [key, values] of Object.entries(extra))
      if (Array.isArray(values))
        headers[`impersonate-extra-${encodeURIComponent(key)}`] = values.map(String);
  return headers;
}
