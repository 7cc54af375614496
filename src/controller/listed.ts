/** A cache of one kind that is read once: for a look at a cluster that nobody stays for. */
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { Informer, InformerOptions } from '../ports/informer.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';

export class Listed implements Informer {
  readonly kind: GroupKind;
  readonly synced = true;
  readonly behind = false;
  served = true;
  refusal: string | undefined;
  readonly #options: InformerOptions;
  readonly #objects = new Map<string, KubeObject>();

  constructor(kind: GroupKind, options: InformerOptions = {}) {
    this.kind = kind;
    this.#options = options;
  }

  /**
   * A kind that is not served has no objects.
   * @throws KubeError where it may not be read, unless that may be
   */
  async fill(client: KubeClient): Promise<void> {
    const { namespace, labelSelector, mayBeRefused } = this.#options;
    const selection = {
      ...(namespace !== undefined && { namespace }),
      ...(labelSelector !== undefined && { labelSelector }),
    };
    try {
      const { items } = await client.list(this.kind, selection);
      for (const item of items) this.observe(item);
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      if (error.reason === 'NotServed') {
        this.served = false;
        return;
      }
      if (error.code !== 403 || mayBeRefused === undefined) throw error;
      this.refusal = error.message;
    }
  }

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#objects.get(`${namespace}/${name}`);
  }

  list(): KubeObject[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): KubeObject[] {
    const valuesOf = this.#options.indexes?.[index];
    if (!valuesOf) throw new Error(`there is no index ${index}`);
    return this.list().filter((object) => valuesOf(object).includes(value));
  }

  observe(object: KubeObject): void {
    const { namespace = '', name } = object.metadata;
    this.#objects.set(`${namespace}/${name}`, object);
  }

  run(): Promise<void> {
    return Promise.resolve();
  }

  waitSynced(): Promise<void> {
    return Promise.resolve();
  }

  onChange(): void {}
}
