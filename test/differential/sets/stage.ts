/** A namespace on one of two servers, where a story of StatefulSets or DaemonSets is played and told. */
import type { GroupKind, KubeObject } from '../../../src/api/object.ts';
import type { KubeClient } from '../../../src/ports/kube.ts';
import { until } from '../../../src/testing/until.ts';

/** So long nothing may change before a story goes on. */
const QUIET_MS = 700;

const POD = { group: '', kind: 'Pod' };
const NODE = { group: '', kind: 'Node' };
const REVISION = { group: 'apps', kind: 'ControllerRevision' };
const EVENT = { group: '', kind: 'Event' };

interface PodObject extends KubeObject {
  spec: { containers: { image: string }[]; nodeName?: string; [key: string]: unknown };
  status: { phase?: string; conditions?: { type: string; status: string }[] };
}

interface RevisionObject extends KubeObject {
  revision: number;
  data: { spec: { template: { spec: PodObject['spec'] } } };
}

interface SetObject extends KubeObject {
  status?: Record<string, unknown>;
}

export class Stage {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly kind: GroupKind;
  /** Uids of the pods seen when all was quiet, in order, by place: names of StatefulSets' pods, nodes of DaemonSets'. */
  readonly #seen = new Map<string, string[]>();

  constructor(client: KubeClient, kind: string, namespace: string) {
    this.client = client;
    this.kind = { group: 'apps', kind };
    this.namespace = namespace;
  }

  async open(): Promise<void> {
    const metadata = { name: this.namespace };
    await this.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata });
  }

  async create(spec: Record<string, unknown>, more: Record<string, unknown> = {}): Promise<void> {
    await this.client.create({
      apiVersion: 'apps/v1',
      kind: this.kind.kind,
      metadata: { name: 'app', namespace: this.namespace, ...more },
      spec,
    });
  }

  async change(spec: Record<string, unknown>): Promise<void> {
    await this.client.patch(this.#named(this.kind, 'app'), { type: 'merge', body: { spec } });
  }

  /** The set itself; its dependents as `propagation` says. */
  async remove(propagation: 'Orphan' | 'Background'): Promise<void> {
    await this.client.delete(this.#named(this.kind, 'app'), { propagation });
    await until('the set to be gone', async () => (await this.#find()) === undefined);
  }

  async deletePod(name: string): Promise<void> {
    const old = await this.client.get(this.#named(POD, name));
    await this.client.delete(this.#named(POD, name));
    await until(`${name} to be gone`, async () => {
      const now = await this.client.get(this.#named(POD, name));
      return now?.metadata.uid !== old?.metadata.uid;
    });
  }

  /** Changes the spec of a node, which every story of this server sees: put it back. */
  async node(name: string, spec: Record<string, unknown>): Promise<void> {
    await this.client.patch({ ...NODE, name }, { type: 'merge', body: { spec } });
  }

  /** The name of the pod on a node. */
  async podOn(node: string): Promise<string> {
    const pods = await this.#pods();
    return pods.find((pod) => pod.spec.nodeName === node)?.metadata.name ?? '';
  }

  /** Until the controller has seen the last change and nothing has moved for a while. */
  async settle(): Promise<void> {
    let last = '';
    let since = Date.now();
    await until('everything to settle', async () => {
      const set = await this.#find();
      const objects = [
        ...(set ? [set] : []),
        ...(await this.#pods()),
        ...(await this.#revisions()),
      ];
      const now = objects.map(({ metadata }) => `${metadata.uid} ${metadata.resourceVersion}`);
      const observed = Number(set?.status?.['observedGeneration'] ?? 0);
      const isBehind = set !== undefined && observed < (set.metadata.generation ?? 0);
      if (now.join() !== last || isBehind) {
        last = now.join();
        since = Date.now();
      }
      return Date.now() - since > QUIET_MS;
    });
    for (const pod of await this.#pods()) this.#incarnation(pod);
  }

  /** What there is, without names, times and versions that no two servers share. */
  async tell(): Promise<Record<string, unknown>> {
    await this.settle();
    const set = await this.#find();
    const revisions = await this.#revisions();
    const names = new Map(revisions.map((one) => [one.metadata.name, labelOf(one)]));
    for (const { metadata } of revisions) {
      const hash = metadata.labels?.['controller-revision-hash'];
      if (hash !== undefined) names.set(hash, names.get(metadata.name) ?? '');
    }
    const status = Object.entries(set?.status ?? {})
      .filter(([name]) => !LEFT_OUT.includes(name))
      .map(([name, value]) => `${name}=${names.get(String(value)) ?? String(value)}`);
    const pods = (await this.#pods()).map((pod) => this.#tellPod(pod, names));
    return {
      generation: set?.metadata.generation,
      status: status.sort(),
      pods: pods.sort(),
      revisions: revisions.map(tellRevision).sort(),
    };
  }

  /** Reasons and messages of the events about the set, each once. */
  async events(): Promise<string[]> {
    const { items } = await this.client.list(EVENT, { namespace: this.namespace });
    const own = items.filter((event) => {
      const about = event['involvedObject'] as { kind?: string };
      // What fails, fails by a race, which no two servers share.
      return about.kind === this.kind.kind && String(event['reason']).startsWith('Successful');
    });
    const single = own.filter((event) => !String(event['message']).startsWith('(combined'));
    const texts = single.map((event) => `${String(event['reason'])}: ${String(event['message'])}`);
    return [...new Set(texts.map((text) => text.replaceAll(/app-[a-z0-9]{5}$/g, 'app-…')))].sort();
  }

  #tellPod(pod: PodObject, names: Map<string, string>): string {
    const { labels = {}, deletionTimestamp } = pod.metadata;
    const hash = labels['controller-revision-hash'] ?? '';
    const isReady = pod.status.conditions?.some(
      ({ type, status }) => type === 'Ready' && status === 'True',
    );
    const image = pod.spec.containers[0]?.image;
    const incarnation = this.#incarnation(pod);
    const others = Object.keys(labels).filter((name) => name !== 'apps.kubernetes.io/pod-index');
    return [
      `${placeOf(pod)} #${incarnation}: ${image} of ${names.get(hash) ?? `unknown ${hash}`}`,
      isReady ? 'ready' : `unready ${pod.status.phase}`,
      deletionTimestamp === undefined ? '' : 'going',
      others.sort().join(),
      `hostname=${String(pod.spec['hostname'])}.${String(pod.spec['subdomain'])}`,
    ].join(' ');
  }

  #incarnation(pod: PodObject): number {
    const place = placeOf(pod);
    const uids = this.#seen.get(place) ?? [];
    const uid = pod.metadata.uid ?? '';
    if (!uids.includes(uid)) uids.push(uid);
    this.#seen.set(place, uids);
    return uids.indexOf(uid) + 1;
  }

  #named(kind: GroupKind, name: string) {
    return { ...kind, namespace: this.namespace, name };
  }

  async #find(): Promise<SetObject | undefined> {
    return (await this.client.get(this.#named(this.kind, 'app'))) as SetObject | undefined;
  }

  async #pods(): Promise<PodObject[]> {
    const { items } = await this.client.list(POD, { namespace: this.namespace });
    return items as PodObject[];
  }

  async #revisions(): Promise<RevisionObject[]> {
    const { items } = await this.client.list(REVISION, { namespace: this.namespace });
    return items as RevisionObject[];
  }
}

/** Since 1.22 StatefulSets count available pods. */
const LEFT_OUT = ['availableReplicas', 'observedGeneration'];

function placeOf(pod: PodObject): string {
  // Five random characters may all be digits.
  return /-\d{1,2}$/.test(pod.metadata.name) ? pod.metadata.name : (pod.spec.nodeName ?? 'nowhere');
}

function labelOf({ revision, data }: RevisionObject): string {
  return `r${revision}(${data.spec.template.spec.containers[0]?.image})`;
}

function tellRevision(one: RevisionObject): string {
  const { labels = {}, annotations = {}, ownerReferences = [] } = one.metadata;
  const owner = ownerReferences.map(({ kind, controller }) => `${kind} ${String(controller)}`);
  const noted = Object.entries(annotations).map(([name, value]) => `${name}=${value}`);
  return [labelOf(one), Object.keys(labels).sort().join(), owner.join(), noted.sort().join()].join(
    ' | ',
  );
}
