/** The ReleaseDefaults of a namespace, as the cluster has them. */
import { DEFAULTS_NAME, KINDS } from '../api/group.ts';
import type { ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import { KubeError } from '../ports/kube.ts';
import type { Connection } from './deps.ts';

/** Undefined where there are none, and where the cluster does not know the kind. */
export async function readDefaults({
  client,
  namespace,
}: Connection): Promise<ReleaseDefaultsSpec | undefined> {
  try {
    const found = await client.get({ ...KINDS.releaseDefaults, namespace, name: DEFAULTS_NAME });
    return found && ((found['spec'] ?? {}) as ReleaseDefaultsSpec);
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'NotServed') return undefined;
    throw error;
  }
}
