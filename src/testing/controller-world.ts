/** A controller on an API server in memory, with one workload and its policy, and a fake clock. The
 * cluster's own controllers do not run: a test writes what they would have written. */
import type { KubeObject } from '../api/object.ts';
import { type PolicySpecInput, policySpecSchema } from '../api/policy.ts';
import { API_VERSION, FINALIZER } from '../api/group.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { Controller } from '../controller/index.ts';
import { clusterOver } from '../kube/index.ts';
import { FakeClock, settle } from '../kube/fake-clock.ts';
import { type LogLine, recordingLog } from '../kube/recording-log.ts';
import type { MetricProvider } from '../ports/metric-provider.ts';
import { routers, versionServices } from '../routers/index.ts';
import { workloads } from '../workloads/index.ts';
import { MemoryApi } from './memory-api.ts';
import { policySpec } from './snapshots.ts';

const podTemplate = (image: string, labels: Record<string, string> = {}) => ({
  metadata: { labels: { app: 'web', ...labels } },
  spec: { containers: [{ name: 'web', image }] },
});

export function replicaSet(name: string, image: string, owner: { kind: string; uid: string }) {
  const hash = name.replace('web-', '');
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: {
      name,
      namespace: 'shop',
      uid: `uid-${name}`,
      labels: { app: 'web', 'pod-template-hash': hash },
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [
        {
          apiVersion: owner.kind === 'Release' ? API_VERSION : 'apps/v1',
          kind: owner.kind,
          name: owner.kind === 'Release' ? 'web-1' : 'web',
          uid: owner.uid,
          controller: true,
        },
      ],
    },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web', 'pod-template-hash': hash } },
      template: podTemplate(image, { 'pod-template-hash': hash }),
    },
    status: { replicas: 2, readyReplicas: 2, availableReplicas: 2 },
  };
}

export function deployment(image: string, uid = 'uid-web'): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', uid, generation: 1 },
    spec: {
      replicas: 2,
      paused: true,
      selector: { matchLabels: { app: 'web' } },
      strategy: { type: 'RollingUpdate' },
      template: podTemplate(image),
    },
    status: { observedGeneration: 1, replicas: 2, updatedReplicas: 2, availableReplicas: 2 },
  };
}

export function policyObject(name = 'web', spec: Partial<PolicySpecInput> = {}): KubeObject {
  return {
    apiVersion: API_VERSION,
    kind: 'ReleasePolicy',
    metadata: { name, namespace: 'shop', uid: `uid-policy-${name}`, finalizers: [FINALIZER] },
    spec: policySpecSchema.parse({ ...policySpec(), ...spec }),
  };
}

export function service(name = 'web', rest: Partial<KubeObject['metadata']> = {}): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop', ...rest },
    spec: { type: 'ClusterIP', selector: { app: 'web' }, ports: [{ port: 80, protocol: 'TCP' }] },
  };
}

export function httpRoute(): KubeObject {
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: { name: 'web', namespace: 'shop', generation: 1 },
    spec: { rules: [{ backendRefs: [{ name: 'web', port: 80 }] }] },
  };
}

export class ControllerWorld {
  readonly api = new MemoryApi();
  readonly clock = new FakeClock();
  readonly lines: LogLine[] = [];
  provider: MetricProvider = {
    name: 'scrape',
    measure: () => Promise.resolve({ kind: 'Missing', because: 'nothing is measured here' }),
  };
  controller: Controller | undefined;
  private stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  /** A held Deployment of two pods of v1, and what users reach it by. */
  constructor(spec: Partial<PolicySpecInput> = {}) {
    const target = { kind: 'Deployment', uid: 'uid-web' };
    this.api.put(
      policyObject('web', spec),
      deployment('v1'),
      replicaSet('web-old', 'v1', target),
      service(),
      httpRoute(),
    );
  }

  async start(): Promise<void> {
    const { api, clock, lines } = this;
    const log = recordingLog(lines);
    this.stopping = new AbortController();
    this.controller = new Controller({
      cluster: clusterOver(api, { clock, log, random: () => 0.5 }),
      clock,
      log,
      workload: workloads,
      routers: new Map(routers.map((router) => [router.name, router])),
      services: versionServices,
      providers: new Map([['scrape', { ...this.provider }]]),
    });
    this.running = this.controller.run(this.stopping.signal);
    await this.pass();
  }

  /** What the process had in memory is gone; what is stored stays. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.clock.advance(1);
    await this.running;
  }

  async pass(ms = 1_000): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await settle();
    await this.clock.advance(ms);
    for (let turn = 0; turn < 20; turn++) await settle();
  }

  release(name = 'web-1'): { metadata: KubeObject['metadata']; status: ReleaseStatus } | undefined {
    const found = this.api.find('Release', name);
    return found && { metadata: found.metadata, status: (found['status'] ?? {}) as ReleaseStatus };
  }

  /** A new template, as its user writes it and the Deployment controller sees it. */
  setImage(image: string): void {
    this.api.edit('Deployment', 'web', (object) => {
      const generation = (object.metadata.generation ?? 0) + 1;
      object.metadata.generation = generation;
      Object.assign(object['spec'] as object, { template: podTemplate(image) });
      Object.assign(object['status'] as object, { observedGeneration: generation });
    });
  }

  /** As if the release had come so far. */
  setStatus(status: ReleaseStatus, name = 'web-1'): void {
    this.api.edit('Release', name, (object) => {
      object['status'] = status;
    });
  }

  /** Writes of a kind since the beginning. */
  writesOf(kind: string): number {
    return this.api.writes.filter((write) => write.kind === kind).length;
  }

  errors(): LogLine[] {
    return this.lines.filter((line) => line.level === 'error');
  }
}
