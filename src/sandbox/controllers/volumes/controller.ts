/** Watches volume claims and binds them, as a cluster with storage would. */
import type { KubeObject } from '../../../api/object.ts';
import type { Environment } from '../environment.ts';
import { type Claim, KIND, type Volume } from '../kinds.ts';
import type { Controller } from '../loop.ts';
import { keyOf, splitKey } from '../write.ts';
import { bindingWrites, DRIVER } from './binding.ts';

const COMPONENT = 'persistentvolume-binder';

export function claimBinder(environment: Environment): Controller {
  const { caches, applier } = environment;
  const claims = caches.of(KIND.claim);
  const volumes = caches.of(KIND.volume);
  return {
    name: COMPONENT,
    workers: 2,
    wire(queue) {
      claims.onChange(({ old, object }) => queue.add(keyOf((object ?? old) as KubeObject)));
      volumes.onChange(({ object }) => {
        const claim = (object as Volume | undefined)?.spec.claimRef;
        if (claim) queue.add(`${claim.namespace}/${claim.name}`);
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const claim = claims.get(namespace, name) as Claim | undefined;
      const own = (volumes.list() as Volume[]).filter(({ spec }) => {
        const { csi, claimRef } = spec;
        return (
          csi?.driver === DRIVER && claimRef?.namespace === namespace && claimRef.name === name
        );
      });
      await applier.apply(bindingWrites(claim, own), COMPONENT);
      return undefined;
    },
  };
}
