/** Who asks a source, and whose certificates count: reads the Secrets that a check names, and takes
 * what is in them out of every sentence for people. */
import { createHash } from 'node:crypto';
import type { Agent } from 'undici';
import type { AccessFields } from '../api/check-sources/access.ts';
import type { KubeObject } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';
import type { Deadline } from './deadline.ts';
import { textAgent } from './http-text.ts';

/** What keeps a source from being asked until somebody does something about it. */
export type Lack = Pick<Problem, 'message' | 'fix'>;

/** Where Secrets and ConfigMaps are read. */
export type ObjectReader = Pick<KubeClient, 'get'>;

export interface AccessSpec extends AccessFields {
  /** Headers that are a value of a Secret, and what stands before it. */
  secretHeaders?: { header: string; secret: string; key: string; prefix?: string }[];
  /** Values of a Secret that the question itself is made with. */
  values?: { secret: string; keys: string[]; optional?: string[] };
}

export interface Access {
  agent: Agent;
  headers: Record<string, string>;
  /** As asked for by `values`. */
  values: Record<string, string>;
  /** The text without any of the secrets, however they are written. */
  hide: (text: string) => string;
}

export interface AccessPlace {
  namespace: string;
  deadline: Deadline;
}

/** So long an object that was read serves again: for both versions and all questions of a measurement. */
const FRESH_MS = 5_000;
const AGENTS_MAX = 32;

type Unread = { because: string; lack?: Lack };
interface Reference {
  kind: 'Secret' | 'ConfigMap';
  name: string;
  key: string;
}

export class AccessReader {
  readonly #objects: ObjectReader | undefined;
  readonly #plain = textAgent();
  readonly #agents = new Map<string, Agent>();
  readonly #read = new Map<string, { atMs: number; object: Promise<KubeObject | undefined> }>();

  /** @param objects undefined where no cluster is at hand: then nothing that needs a Secret is asked */
  constructor(objects: ObjectReader | undefined) {
    this.#objects = objects;
  }

  async read(spec: AccessSpec, place: AccessPlace): Promise<Access | Unread> {
    const values = new Values((reference) => this.#value(reference, place));
    const headers: Record<string, string> = {};
    await readHeaders(spec, headers, values);
    const given = await readGiven(spec, values);
    const material = await readTls(spec.tls, values);
    if (values.unread) return values.unread;
    const agent = material ? this.#agentWith(material) : this.#plain;
    return { agent, headers, values: given, hide: (text) => hidden(text, values.secrets) };
  }

  async close(): Promise<void> {
    await Promise.all([this.#plain, ...this.#agents.values()].map((agent) => agent.destroy()));
  }

  async #value(reference: Reference, { namespace, deadline }: AccessPlace): Promise<Found> {
    const { kind, name, key } = reference;
    const where = `${kind} ${name} of namespace ${namespace}`;
    try {
      const reading = this.#object(reference, namespace);
      const object = await deadline.race(reading.then((found) => ({ found })));
      if (!object) return { because: `${where} was not read in time` };
      if (!object.found)
        return lacking(`${where} does not exist`, 'create it, or correct the name');
      const value = ((object.found['data'] ?? {}) as Record<string, string>)[key];
      if (value === undefined)
        return lacking(`${where} has no key ${key}`, 'add it, or name another');
      return { value: kind === 'Secret' ? Buffer.from(value, 'base64').toString().trim() : value };
    } catch (error) {
      return unread(kind, where, error);
    }
  }

  #object({ kind, name }: Reference, namespace: string): Promise<KubeObject | undefined> {
    if (!this.#objects) throw new Error('there is no cluster to read it from');
    const id = `${kind}/${namespace}/${name}`;
    const known = this.#read.get(id);
    const nowMs = performance.now();
    if (known && nowMs - known.atMs < FRESH_MS) return known.object;
    for (const [old, { atMs }] of this.#read) if (nowMs - atMs >= FRESH_MS) this.#read.delete(old);
    const object = this.#objects.get({ group: '', kind, namespace, name });
    this.#read.set(id, { atMs: nowMs, object });
    object.catch(() => this.#read.delete(id));
    return object;
  }

  /** One for each set of certificates, so that connections are kept. */
  #agentWith(material: Tls): Agent {
    const id = createHash('sha256').update(JSON.stringify(material)).digest('base64');
    const agent = this.#agents.get(id) ?? textAgent(material);
    this.#agents.delete(id);
    this.#agents.set(id, agent);
    const [oldest] = this.#agents;
    if (this.#agents.size > AGENTS_MAX && oldest) {
      this.#agents.delete(oldest[0]);
      void oldest[1].close();
    }
    return agent;
  }
}

type Found = { value: string } | Unread;
interface Tls {
  ca?: string;
  cert?: string;
  key?: string;
}

/** What was read so far for one measurement, and the first thing that could not be. */
class Values {
  readonly secrets: string[] = [];
  unread: Unread | undefined;
  readonly #read: (reference: Reference) => Promise<Found>;

  constructor(read: (reference: Reference) => Promise<Found>) {
    this.#read = read;
  }

  async secret(name: string, key: string): Promise<string> {
    return await this.#get({ kind: 'Secret', name, key });
  }

  async configMap(name: string, key: string): Promise<string> {
    return await this.#get({ kind: 'ConfigMap', name, key });
  }

  /** '' where it is not there, and nothing is wrong. */
  async optional(name: string, key: string): Promise<string> {
    const found = await this.#read({ kind: 'Secret', name, key });
    return 'value' in found ? this.#keep(found.value) : '';
  }

  async #get(reference: Reference): Promise<string> {
    const found = await this.#read(reference);
    if ('value' in found)
      return reference.kind === 'Secret' ? this.#keep(found.value) : found.value;
    this.unread ??= found;
    return '';
  }

  #keep(value: string): string {
    if (value !== '') this.secrets.push(value);
    return value;
  }
}

async function readHeaders(
  { auth, headers = [], secretHeaders = [] }: AccessSpec,
  into: Record<string, string>,
  values: Values,
): Promise<void> {
  for (const { name, value, secretRef } of headers)
    into[name.toLowerCase()] = secretRef
      ? await values.secret(secretRef.name, secretRef.key)
      : (value ?? '');
  for (const { header, secret, key, prefix = '' } of secretHeaders)
    into[header] = prefix + (await values.secret(secret, key));
  if (auth?.bearer) {
    const { name, key } = auth.bearer.secretRef;
    into['authorization'] = `Bearer ${await values.secret(name, key)}`;
  }
  if (auth?.basic) {
    const { name, usernameKey, passwordKey } = auth.basic.secretRef;
    const username = await values.secret(name, usernameKey);
    const both = `${username}:${await values.secret(name, passwordKey)}`;
    const encoded = Buffer.from(both).toString('base64');
    values.secrets.push(encoded);
    into['authorization'] = `Basic ${encoded}`;
  }
}

async function readGiven({ values: asked }: AccessSpec, values: Values) {
  const given: Record<string, string> = {};
  if (!asked) return given;
  const { secret, keys, optional = [] } = asked;
  for (const key of keys) given[key] = await values.secret(secret, key);
  for (const key of optional) given[key] = await values.optional(secret, key);
  return given;
}

async function readTls(tls: AccessSpec['tls'], values: Values): Promise<Tls | undefined> {
  if (!tls) return undefined;
  const { caSecretRef, caConfigMapRef, clientCertSecretRef } = tls;
  const material: Tls = {};
  if (caSecretRef) material.ca = await values.secret(caSecretRef.name, caSecretRef.key);
  if (caConfigMapRef) material.ca = await values.configMap(caConfigMapRef.name, caConfigMapRef.key);
  if (clientCertSecretRef) {
    material.cert = await values.secret(clientCertSecretRef.name, 'tls.crt');
    material.key = await values.secret(clientCertSecretRef.name, 'tls.key');
  }
  return material;
}

function lacking(message: string, fix: string): Unread {
  return { because: message, lack: { message, fix } };
}

function unread(kind: string, where: string, error: unknown): Unread {
  if (!(error instanceof KubeError) || error.reason !== 'Forbidden') {
    const why = error instanceof KubeError ? error.message : String(error);
    return { because: `${where} cannot be read (${why})` };
  }
  const message = `${where} may not be read`;
  const fix =
    kind === 'Secret'
      ? 'allow the controller `get` on it by a Role, or apply what `segue install --secrets` prints'
      : 'apply all that `segue install` prints';
  return { because: `${message}: ${fix}`, lack: { message, fix } };
}

/** The longest first: one may be a part of another. */
function hidden(text: string, secrets: readonly string[]): string {
  const written = secrets.flatMap((secret) => [
    secret,
    Buffer.from(secret).toString('base64'),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
  ]);
  const longestFirst = written.toSorted((a, b) => b.length - a.length);
  return longestFirst.reduce((hiding, secret) => hiding.replaceAll(secret, '***'), text);
}
