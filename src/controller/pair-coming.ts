/** Applied together with its policy the idle one of a pair may be seen later: what it has is no news then. */
import { KINDS } from '../api/group.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Observed } from './observe.ts';

/** It is there, and its cache has not seen it yet; asked only before the policy has said that there is none. */
export async function isIdleComing(
  client: Pick<KubeClient, 'get'>,
  namespace: string,
  { workload: { pair }, snapshot: { policy, release } }: Observed,
): Promise<boolean> {
  if (!pair || pair.idle || !policy || release) return false;
  if (policy.status.target?.pair?.idle === pair.name) return false;
  const found = await client.get({ ...KINDS.deployment, namespace, name: pair.name });
  return found !== undefined;
}
