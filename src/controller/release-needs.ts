/** What keeps a policy from releasing and is in no cache: the cluster is asked for it before a release, and only then. */
import type { Problem } from '../api/problem.ts';
import type { Snapshot } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { MetricProvider } from '../ports/metric-provider.ts';
import type { TrafficRouter } from '../ports/traffic-router.ts';
import { CheckAccess } from './check-access.ts';
import { PatchRights } from './patch-rights.ts';

export class ReleaseNeeds {
  readonly #all: readonly (PatchRights | CheckAccess)[];

  constructor(deps: {
    client: Pick<KubeClient, 'patch'>;
    providers: ReadonlyMap<string, MetricProvider>;
    routers: ReadonlyMap<string, TrafficRouter>;
    clock: Clock;
  }) {
    const { client, providers, routers, clock } = deps;
    this.#all = [new PatchRights({ client, routers, clock }), new CheckAccess(providers, clock)];
  }

  async problems(
    namespace: string,
    snapshot: Pick<Snapshot, 'policy' | 'release' | 'problems'>,
  ): Promise<Problem[]> {
    const found = await Promise.all(this.#all.map((one) => one.problems(namespace, snapshot)));
    return found.flat();
  }
}
