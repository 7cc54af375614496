/** Looks up whether there is room for a candidate before its first pod is made. Best effort: where it
 * may not be read nothing is said of it, and that is said once in the log. */
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { surgeOf, type Trouble } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { WorkloadState } from '../ports/workload.ts';
import { nodeShortage, quotaShortage, type Wanted } from './room.ts';

const core = (kind: string): GroupKind => ({ group: '', kind });
const NODE = core('Node');
const POD = core('Pod');
const QUOTA = core('ResourceQuota');
const LIMITS = core('LimitRange');

/** All nodes and pods of a cluster are much to read: many releases that begin together share it. */
const NODES_FRESH_MS = 30_000;

interface Nodes {
  nodes: KubeObject[];
  pods: KubeObject[];
}

/** At most, beside those there are. */
function morePods({ plan }: ReleaseSpec, { replicas, candidate, strategy }: WorkloadState): number {
  if (plan.roll && plan.roll.type !== 'RollingUpdate') return 0;
  if (plan.roll) return surgeOf(plan.roll, strategy, replicas);
  const percent = Math.max(0, ...plan.stages.map((stage) => stage.capacityPercent));
  return Math.ceil((replicas * percent) / 100) - (candidate?.current ?? 0);
}

export class RoomReader {
  private readonly deps: { client: KubeClient; clock: Clock; log: Log };
  private readonly toldOf = new Set<string>();
  private known: { atMs: number; nodes: Promise<Nodes> } | undefined;

  constructor(deps: { client: KubeClient; clock: Clock; log: Log }) {
    this.deps = deps;
  }

  /** Asked only before the candidate has pods. */
  async read(
    namespace: string,
    release: { spec: ReleaseSpec; status: ReleaseStatus } | undefined,
    workload: WorkloadState | undefined,
  ): Promise<Trouble | undefined> {
    const step = release?.status.step;
    if (!release || !workload || (step !== undefined && step !== 'Prepare')) return undefined;
    const { candidate } = release.spec;
    const pods = morePods(release.spec, workload);
    const wanted: Wanted = { pods, template: candidate.template };
    const forbidden = await this.quotas(namespace, wanted);
    // Of nodes it is said once, as the release begins.
    return forbidden ?? (step === undefined ? await this.nodes(wanted) : undefined);
  }

  private async quotas(namespace: string, wanted: Wanted): Promise<Trouble | undefined> {
    return this.asked('quotas', async () => {
      const { client } = this.deps;
      const quotas = (await client.list(QUOTA, { namespace })).items;
      if (quotas.length === 0) return undefined;
      const limitRanges = (await client.list(LIMITS, { namespace })).items;
      return quotaShortage(wanted, { quotas, limitRanges });
    });
  }

  private async nodes(wanted: Wanted): Promise<Trouble | undefined> {
    return this.asked('nodes', async () => {
      const now = this.deps.clock.now();
      if (!this.known || now - this.known.atMs > NODES_FRESH_MS)
        this.known = { atMs: now, nodes: this.readNodes() };
      return nodeShortage(wanted, await this.known.nodes);
    });
  }

  private async readNodes(): Promise<Nodes> {
    const { client } = this.deps;
    const nodes = (await client.list(NODE)).items;
    const fieldSelector = 'status.phase!=Succeeded,status.phase!=Failed';
    return { nodes, pods: (await client.list(POD, { fieldSelector })).items };
  }

  /** A release never waits for what could only be a warning. */
  private async asked(
    what: string,
    ask: () => Promise<Trouble | undefined>,
  ): Promise<Trouble | undefined> {
    try {
      return await ask();
    } catch (error) {
      this.known = undefined;
      const forbidden = error instanceof KubeError && error.reason === 'Forbidden';
      if (!this.toldOf.has(what))
        this.deps.log.warn(`the ${what} cannot be read: their room is not looked at`, {
          error: String(error),
        });
      if (forbidden) this.toldOf.add(what);
      return undefined;
    }
  }
}
