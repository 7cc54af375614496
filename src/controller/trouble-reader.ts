/** Looks up why the pods of a set are not available: its set, its pods, and the events of a pod
 * whose status does not say. Best effort: only the message is poorer where it fails. */
import { KINDS, versionLabel } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Snapshot, Trouble } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { SetState, WorkloadObjects } from '../ports/workload.ts';
import { podTrouble, type PodTrouble, setTrouble } from './pod-trouble.ts';

/** Pods start; only what still is not ready after this time is in trouble for certain. */
const PATIENCE_MS = 60_000;

export class TroubleReader {
  private readonly deps: { client: KubeClient; clock: Clock; log: Log };

  constructor(deps: { client: KubeClient; clock: Clock; log: Log }) {
    this.deps = deps;
  }

  /** Asks nothing while no pod is missing: what is well needs no explanation. */
  async read(
    namespace: string,
    suspect: SetState | undefined,
    { sets, kind = 'Deployment' }: Pick<WorkloadObjects, 'sets' | 'kind'>,
  ): Promise<Trouble | undefined> {
    if (!suspect || suspect.available >= suspect.replicas) return undefined;
    const refused = setTrouble(sets.find((set) => set.metadata.name === suspect.name));
    if (refused) return refused;
    try {
      const labelSelector = `${versionLabel(kind)}=${suspect.hash}`;
      const { items } = await this.deps.client.list(KINDS.pod, { namespace, labelSelector });
      const trouble = podTrouble(items.filter((pod) => !pod.metadata.deletionTimestamp));
      if (!trouble) return undefined;
      if (trouble.silent) return await this.withEvents(namespace, trouble, items);
      const { reason, message, certain } = trouble;
      return { reason, message, certain };
    } catch (error) {
      this.deps.log.warn('cannot look at the pods', { namespace, error: String(error) });
      return undefined;
    }
  }

  /** What the kubelet told of it last: a probe that fails, a volume that is not there. */
  private async withEvents(
    namespace: string,
    { reason, message, pod }: PodTrouble,
    pods: readonly KubeObject[],
  ): Promise<Trouble> {
    const object = pods.find(({ metadata }) => metadata.name === pod);
    const ageMs = this.deps.clock.now() - Date.parse(object?.metadata.creationTimestamp ?? '');
    const certain = ageMs >= PATIENCE_MS;
    const warning = newest(await this.warnings(namespace, object?.metadata.uid ?? ''));
    if (!warning) return { reason, message, certain };
    const { reason: word = reason, message: text = '' } = warning;
    const todo = word === 'Unhealthy' ? READINESS : '';
    return { reason: word, message: `${message}: ${word}: ${text}${todo}`, certain };
  }

  private async warnings(namespace: string, uid: string): Promise<KubeObject[]> {
    try {
      const fieldSelector = `involvedObject.uid=${uid},type=Warning`;
      return (await this.deps.client.list(KINDS.event, { namespace, fieldSelector })).items;
    } catch (error) {
      this.deps.log.debug('cannot look at the events of a pod', {
        namespace,
        error: String(error),
      });
      return [];
    }
  }
}

const READINESS = '; see why its readiness probe fails, or correct the probe';

interface PodEvent {
  reason?: string;
  message?: string;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  metadata: KubeObject['metadata'];
}

function newest(events: readonly KubeObject[]): PodEvent | undefined {
  const timeOf = ({ lastTimestamp, eventTime, metadata }: PodEvent) =>
    lastTimestamp ?? eventTime ?? metadata.creationTimestamp ?? '';
  return (events as readonly PodEvent[]).toSorted((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1))[0];
}

/** The set that is waited for: on the way back it is that of stable. */
export function suspectOf({
  release,
  workload,
}: Pick<Snapshot, 'release' | 'workload'>): SetState | undefined {
  const { step, towards } = release?.status ?? {};
  const refills = towards === 'Aborted' && release?.spec.plan.roll !== undefined;
  return step === 'SwapBack' || refills ? workload?.stable : workload?.candidate;
}
