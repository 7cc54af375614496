/** Empties a namespace that is being deleted, then lets it go; gives every other one a ServiceAccount. */
import type { KubeObject } from '../../../api/object.ts';
import { KubeError } from '../../../ports/kube.ts';
import { canCollect, type DiscoveredKind, discoverKinds } from '../discovery.ts';
import type { Environment } from '../environment.ts';
import { KIND, type Namespace, type StatusCondition } from '../kinds.ts';
import type { Controller } from '../loop.ts';
import { isDeleting } from '../ownership.ts';
import { timestamp } from '../pods.ts';
import { keyOf, nameOf, splitKey } from '../write.ts';
import { remainingConditions } from './status.ts';

const COMPONENT = 'namespace-controller';
/** How often a namespace with something left in it is looked at. */
const AGAIN_MS = 500;

export function namespaceController(environment: Environment): Controller {
  const { caches } = environment;
  const namespaces = caches.of(KIND.namespace);
  return {
    name: COMPONENT,
    workers: 4,
    wire(queue) {
      namespaces.onChange(({ object }) => object && isDeleting(object) && queue.add(keyOf(object)));
    },
    async sync(key) {
      const namespace: Namespace | undefined = namespaces.get('', splitKey(key).name);
      if (!namespace || !isDeleting(namespace)) return undefined;
      if (!namespace.spec?.finalizers?.includes('kubernetes')) return undefined;
      const left = await emptyOut(environment, namespace.metadata.name);
      if (left.length === 0) {
        await finalize(environment, namespace);
        return undefined;
      }
      await writeConditions(environment, namespace, left);
      return AGAIN_MS;
    },
  };
}

async function finalize(environment: Environment, namespace: Namespace): Promise<void> {
  const { client } = environment.cluster;
  const live: Namespace | undefined = await client.get(nameOf(namespace));
  if (!live || live.metadata.uid !== namespace.metadata.uid) return;
  const finalizers = (live.spec?.finalizers ?? []).filter((one) => one !== 'kubernetes');
  const object = { ...live, spec: { ...live.spec, finalizers } };
  await client.replace(object, { subresource: 'finalize' });
}

/** Deletes all that is in a namespace; returns what is still there. */
async function emptyOut(environment: Environment, namespace: string): Promise<KubeObject[]> {
  const { client } = environment.cluster;
  const kinds = (await discoverKinds(client)).filter((kind) => kind.namespaced && canCollect(kind));
  const left: KubeObject[] = [];
  for (const kind of kinds) left.push(...(await emptyKind(environment, namespace, kind)));
  return left;
}

async function emptyKind(
  environment: Environment,
  namespace: string,
  kind: DiscoveredKind,
): Promise<KubeObject[]> {
  const { client } = environment.cluster;
  const before = await client.list(kind, { namespace });
  for (const { metadata } of before.items) {
    if (metadata.deletionTimestamp !== undefined) continue;
    const uid = metadata.uid === undefined ? {} : { uid: metadata.uid };
    await client
      .delete({ ...kind, namespace, name: metadata.name }, { ...uid, propagation: 'Background' })
      .catch(ignoreConflict);
  }
  return before.items.length > 0 ? (await client.list(kind, { namespace })).items : [];
}

function ignoreConflict(error: unknown): undefined {
  if (error instanceof KubeError && error.code === 409) return undefined;
  throw error;
}

async function writeConditions(
  environment: Environment,
  namespace: Namespace,
  left: KubeObject[],
): Promise<void> {
  const now = timestamp(environment.clock.now());
  const before: StatusCondition[] = namespace.status?.conditions ?? [];
  const conditions = remainingConditions(before, left, now);
  if (!conditions) return;
  const status = { ...namespace.status, conditions };
  await environment.applier.apply(
    [{ op: 'UpdateStatus', object: { ...namespace, status } }],
    COMPONENT,
  );
}

/** The `default` ServiceAccount that pods of a namespace run as. */
export function serviceAccountController(environment: Environment): Controller {
  const { caches, applier } = environment;
  const namespaces = caches.of(KIND.namespace);
  const accounts = caches.of(KIND.serviceAccount);
  return {
    name: 'serviceaccount-controller',
    workers: 2,
    wire(queue) {
      namespaces.onChange(({ object }) => object && queue.add(object.metadata.name));
      accounts.onChange(({ old, object }) => {
        if (old && !object && old.metadata.name === 'default')
          queue.add(old.metadata.namespace ?? '');
      });
    },
    async sync(name) {
      const namespace = namespaces.get('', name);
      if (!namespace || isDeleting(namespace) || accounts.get(name, 'default')) return undefined;
      try {
        await applier.create({
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'default', namespace: name },
        });
      } catch (error) {
        if (!(error instanceof KubeError) || error.reason !== 'AlreadyExists') throw error;
      }
      return undefined;
    },
  };
}
