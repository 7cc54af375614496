/** Writes the gateway's status to the cluster, only where it says something new. */
import type { GroupKind, KubeObject } from '../../api/object.ts';
import { sameJson } from '../../api/same-json.ts';
import type { Informer } from '../../ports/informer.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';
import type { WorkQueue } from '../../ports/queue.ts';

export interface StatusSource {
  kind: GroupKind;
  cache: Informer;
  /** The fields of status that are ours, whole; undefined where there is nothing to say. */
  render(object: KubeObject): Record<string, unknown> | undefined;
}

export class StatusWriter {
  readonly #client: KubeClient;
  readonly #queue: WorkQueue;
  readonly #sources: Map<string, StatusSource>;

  constructor(client: KubeClient, queue: WorkQueue, sources: StatusSource[]) {
    this.#client = client;
    this.#queue = queue;
    this.#sources = new Map(sources.map((source) => [source.kind.kind, source]));
  }

  enqueue(kind: string, objects: Iterable<KubeObject>): void {
    for (const { metadata } of objects)
      this.#queue.add(`${kind}|${metadata.namespace ?? ''}|${metadata.name}`);
  }

  async handle(key: string): Promise<void> {
    const [kind, namespace, name] = key.split('|') as [string, string, string];
    const source = this.#sources.get(kind);
    const object = source?.cache.get(namespace, name);
    if (!source || !object || object.metadata.deletionTimestamp) return;
    const wanted = source.render(object);
    if (!wanted || says(object, wanted)) return;
    const target = { ...source.kind, name, ...(namespace && { namespace }) };
    // Lists are written whole, so that nobody else's entry may have come in between.
    const { resourceVersion } = object.metadata;
    const body = { metadata: { resourceVersion }, status: wanted };
    try {
      const patch = { type: 'merge', body } as const;
      source.cache.observe(await this.#client.patch(target, patch, { subresource: 'status' }));
    } catch (error) {
      if (error instanceof KubeError && error.reason === 'NotFound') return;
      throw error;
    }
  }
}

function says(object: KubeObject, wanted: Record<string, unknown>): boolean {
  const actual = (object['status'] ?? {}) as Record<string, unknown>;
  return Object.entries(wanted).every(([field, value]) => sameJson(actual[field], value));
}
