/** A shop whose pods are configured by ConfigMaps and Secrets. */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Lab } from './lab.ts';
import { openShop, type Shop, type ShopOptions } from './shop.ts';

type Texts = Record<string, string>;

/** Of what the template refers to as a whole. */
export async function openConfigured(lab: Lab, options: ShopOptions): Promise<Shop> {
  const { name } = options;
  const container = { envFrom: [{ configMapRef: { name } }], ...options.container };
  // Its pods can start only once it is there.
  const opened = openShop(lab, {
    ...options,
    container,
    before: [configMap(name, { LEVEL: 'one' })],
  });
  return opened;
}

export function configMap(name: string, data: Texts): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data };
}

/** What `kubectl apply` of the changed ConfigMap does. */
export async function configure(shop: Shop, data: Texts): Promise<void> {
  await shop.patch(KINDS.configMap, { data });
}

/** The digest in the template of the Deployment. */
export async function annotation(shop: Shop): Promise<string | undefined> {
  const { spec } = (await shop.deployment()) as unknown as {
    spec: { template: { metadata?: { annotations?: Texts } } };
  };
  return spec.template.metadata?.annotations?.['segue.dev/config'];
}

/** Short enough for tests, long enough for two writes on a slow cluster. */
export const WATCHED = { config: { watch: true, quiet: '700ms' } };
