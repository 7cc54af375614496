/** The ReleaseDefaults of a namespace, as the cluster has them. */
import { DEFAULTS_NAME, KINDS } from '../api/group.ts';
import type { ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import { KubeError } from '../ports/kube.ts';
import type { Connection } from './deps.ts';
import { type GlobalOptions, inNamespace, type Invocation, withCluster } from './invocation.ts';
import type { StoredDefaults } from './validate-text.ts';

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

/** Those of some namespaces, undefined being the one that is worked in. */
export async function storedDefaults(
  cli: Invocation,
  options: GlobalOptions,
  namespaces: readonly (string | undefined)[],
): Promise<StoredDefaults> {
  const stored = new Map<string | undefined, ReleaseDefaultsSpec | undefined>();
  for (const namespace of namespaces)
    stored.set(namespace, await withCluster(cli, inNamespace(options, namespace), readDefaults));
  return (namespace) => stored.get(namespace);
}
