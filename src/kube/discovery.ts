/** Finds in which version, and under which path, the server serves a kind. */
import type { GroupKind } from '../api/object.ts';
import type { Clock } from '../ports/clock.ts';
import type { ServedResource } from '../ports/kube.ts';

/** The JSON at a path, or undefined when the server has nothing there. */
export type GetJson = (path: string) => Promise<unknown>;

interface APIGroup {
  name: string;
  versions?: { version: string }[];
  preferredVersion?: { version: string };
}

interface APIResource {
  name: string;
  kind: string;
  namespaced: boolean;
}

/** How soon the server is asked again for something it did not have. */
const ASK_AGAIN_MS = 5_000;

interface Asked<T> {
  at: number;
  answer: Promise<T>;
}

export class Discovery {
  readonly #get: GetJson;
  readonly #clock: Clock;
  /** Resolved kinds, for good; and kinds that were not there, until asked again. */
  readonly #found = new Map<string, ServedResource>();
  readonly #missing = new Map<string, number>();
  readonly #documents = new Map<string, Asked<unknown>>();

  constructor(get: GetJson, clock: Clock) {
    this.#get = get;
    this.#clock = clock;
  }

  /** The resource in the version the server prefers of those that have this kind. */
  async resolve(kind: GroupKind): Promise<ServedResource | undefined> {
    return this.#cached(`${kind.kind}.${kind.group}`, () => this.#lookUp(kind));
  }

  /** The resource in exactly this version. */
  async resolveVersion(apiVersion: string, kind: string): Promise<ServedResource | undefined> {
    return this.#cached(`${apiVersion} ${kind}`, async () => {
      const slash = apiVersion.indexOf('/');
      const group = slash < 0 ? '' : apiVersion.slice(0, slash);
      return this.#inVersion({ group, kind }, apiVersion.slice(slash + 1));
    });
  }

  /** Forgets what is known of a kind: the server answered that it is not there any more. */
  forget(resource: ServedResource): void {
    this.#found.delete(`${resource.kind}.${resource.group}`);
    this.#found.delete(`${resource.apiVersion} ${resource.kind}`);
    this.#documents.clear();
  }

  async #cached(
    key: string,
    lookUp: () => Promise<ServedResource | undefined>,
  ): Promise<ServedResource | undefined> {
    const found = this.#found.get(key);
    if (found) return found;
    const missedAt = this.#missing.get(key);
    if (missedAt !== undefined && this.#clock.now() - missedAt < ASK_AGAIN_MS) return undefined;
    const resource = await lookUp();
    if (resource) {
      this.#found.set(key, resource);
      this.#missing.delete(key);
    } else this.#missing.set(key, this.#clock.now());
    return resource;
  }

  async #lookUp(kind: GroupKind): Promise<ServedResource | undefined> {
    const failures: unknown[] = [];
    for (const version of await this.#versions(kind.group)) {
      try {
        const resource = await this.#inVersion(kind, version);
        if (resource) return resource;
      } catch (error) {
        failures.push(error);
      }
    }
    // A version that could not be read may well have the kind: that is not "not served".
    if (failures.length > 0) throw failures[0];
    return undefined;
  }

  /** The versions of a group, the server's favourite first. The core group has always had one. */
  async #versions(group: string): Promise<string[]> {
    if (group === '') return ['v1'];
    const list = (await this.#document('/apis')) as { groups?: APIGroup[] } | undefined;
    const entry = list?.groups?.find((candidate) => candidate.name === group);
    const versions = (entry?.versions ?? []).map(({ version }) => version);
    const preferred = entry?.preferredVersion?.version;
    return [...new Set(preferred === undefined ? versions : [preferred, ...versions])];
  }

  async #inVersion(kind: GroupKind, version: string): Promise<ServedResource | undefined> {
    const apiVersion = kind.group === '' ? version : `${kind.group}/${version}`;
    const path = kind.group === '' ? `/api/${version}` : `/apis/${apiVersion}`;
    const list = (await this.#document(path)) as { resources?: APIResource[] } | undefined;
    const resource = list?.resources?.find(
      (candidate) => candidate.kind === kind.kind && !candidate.name.includes('/'),
    );
    if (!resource) return undefined;
    const { name, namespaced } = resource;
    return { ...kind, version, apiVersion, resource: name, namespaced };
  }

  /** Kept for a moment, so that a start that resolves twenty kinds reads each document once. */
  #document(path: string): Promise<unknown> {
    const known = this.#documents.get(path);
    const now = this.#clock.now();
    if (known && now - known.at < ASK_AGAIN_MS) return known.answer;
    for (const [old, { at }] of this.#documents)
      if (now - at >= ASK_AGAIN_MS) this.#documents.delete(old);
    const asked = { at: now, answer: this.#get(path) };
    this.#documents.set(path, asked);
    asked.answer.catch(() => {
      if (this.#documents.get(path) === asked) this.#documents.delete(path);
    });
    return asked.answer;
  }
}
