/** The key by which Secrets are told apart in what people may read. It is in a Secret of Segue's own namespace,
 * so that a restart finds it again, and who may read releases cannot. */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';
import { digestOf, type Key } from './config-digest.ts';

export interface ConfigKeyPlace {
  namespace: string;
  /** A new one, long and random. */
  generate: () => Key;
}

const CONFIG_KEY_NAME = 'segue-config-key';
const FIELD = 'key';

interface KnownKey {
  key: Key;
  /** By which two keys are told apart. */
  id: string;
}

export class ConfigKey {
  readonly #client: KubeClient;
  readonly #place: ConfigKeyPlace | undefined;
  #known: KnownKey | undefined;

  constructor(client: KubeClient, place: ConfigKeyPlace | undefined) {
    this.#client = client;
    this.#place = place;
  }

  /** Read once, made where there is none. A string says why it cannot be. */
  async read(): Promise<KnownKey | string> {
    if (this.#known) return this.#known;
    if (!this.#place) return 'this controller was given no place for the key of Secrets';
    try {
      const { namespace, generate } = this.#place;
      const found = (await this.#stored(namespace)) ?? (await this.#made(namespace, generate()));
      const key = ((found?.['data'] ?? {}) as Record<string, string>)[FIELD];
      if (!key) return `Secret ${namespace}/${CONFIG_KEY_NAME} has no ${FIELD}: delete it`;
      this.#known = { key, id: digestOf(`id of ${key}`) };
      return this.#known;
    } catch (error) {
      if (error instanceof KubeError && error.code === 403) return error.message;
      throw error;
    }
  }

  #stored(namespace: string): Promise<KubeObject | undefined> {
    return this.#client.get({ ...KINDS.secret, namespace, name: CONFIG_KEY_NAME });
  }

  /** Another controller may have made it at the same moment: that one counts. */
  async #made(namespace: string, key: Key): Promise<KubeObject | undefined> {
    try {
      return await this.#client.create({
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: CONFIG_KEY_NAME, namespace },
        data: { [FIELD]: key },
      });
    } catch (error) {
      if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
      return this.#stored(namespace);
    }
  }
}
