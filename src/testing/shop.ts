/** A workload with its Service and policy, as a user would have it, and how tests act on it. */
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { PolicySpecInput } from '../api/policy.ts';
import type { BlueGreenSpec, CanarySpec } from '../api/strategy.ts';
import type { ReleaseRequestSpec } from '../api/release-request.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import type { Lab } from './lab.ts';
import { Recorder } from './recorder.ts';
import { until } from './until.ts';

type Attached = Omit<PolicySpecInput, 'targetRef'>;

/** Times short enough for tests. */
const QUICK = { settle: '100ms', drain: '100ms' };

export interface ShopOptions {
  name: string;
  replicas?: number;
  image?: string;
  /** Of the Deployment's spec, beside what is here. */
  deployment?: Record<string, unknown>;
  podAnnotations?: Record<string, string>;
  env?: { name: string; value: string }[];
  /** Of the container, where it is not the demo app. */
  command?: string[];
  /** More of the container. */
  container?: Record<string, unknown>;
  /** More of the pod. */
  pod?: Record<string, unknown>;
  /** Made in the namespace first. */
  before?: KubeObject[];
  /** An HTTPRoute that leads to the Service, with what else a user may have written in it. */
  route?: boolean;
}

interface Scale {
  spec: { replicas: number; paused?: boolean };
  status?: {
    readyReplicas?: number;
    observedGeneration?: number;
    conditions?: { type: string; status: string; reason: string; message: string }[];
  };
}

/** Told at this stage: its traffic has settled and its gates count. */
export function atGates(stage: number): (status: ReleaseStatus) => boolean {
  return (s) => s.step === 'Stage' && s.stage === stage && s.gateSince !== undefined;
}

/** The two sets of this Deployment are changing places. */
export function isSwapping(deployment: KubeObject): boolean {
  return deployment.metadata.labels?.['segue.dev/swapping'] !== undefined;
}

export interface SetSeen {
  wanted: number;
  available: number;
  owner: string;
}

export class Shop {
  readonly lab: Lab;
  readonly name: string;
  readonly namespace: string;

  constructor(lab: Lab, name: string, namespace: string) {
    this.lab = lab;
    this.name = name;
    this.namespace = namespace;
  }

  private of(kind: { group: string; kind: string }, name = this.name) {
    return { ...kind, namespace: this.namespace, name };
  }

  async get(kind: { group: string; kind: string }, name = this.name): Promise<KubeObject> {
    const object = await this.lab.client.get(this.of(kind, name));
    if (!object) throw new Error(`${kind.kind} ${name} does not exist`);
    return object;
  }

  async exists(kind: { group: string; kind: string }, name: string): Promise<boolean> {
    return (await this.lab.client.get(this.of(kind, name))) !== undefined;
  }

  async deployment(): Promise<KubeObject & Scale> {
    return (await this.get(KINDS.deployment)) as KubeObject & Scale;
  }

  patch(kind: { group: string; kind: string }, body: unknown, name = this.name) {
    return this.lab.client.patch(this.of(kind, name), { type: 'merge', body });
  }

  delete(kind: { group: string; kind: string }, name = this.name) {
    return this.lab.client.delete(this.of(kind, name), { propagation: 'Background' });
  }

  /** What `kubectl set image` does, and more of the template if wanted. */
  async setImage(
    image: string,
    template: Record<string, unknown> = {},
    deployment = this.name,
  ): Promise<void> {
    await this.lab.client.patch(this.of(KINDS.deployment, deployment), {
      type: 'strategic',
      body: { spec: { template: { spec: { containers: [{ name: 'web', image }] }, ...template } } },
    });
  }

  async scale(replicas: number): Promise<void> {
    await this.patch(KINDS.deployment, { spec: { replicas } });
  }

  async attach(spec: Attached, name = this.name): Promise<void> {
    await this.lab.client.create({
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'ReleasePolicy',
      metadata: { name, namespace: this.namespace },
      spec: { targetRef: { name: this.name }, ...spec },
    });
  }

  /** Quick, without a bake unless `rest` says so. */
  blueGreen(spec: Partial<BlueGreenSpec> = {}, rest: Partial<Attached> = {}): Attached {
    const traffic = { services: [{ name: this.name }], ...QUICK };
    return { traffic, strategy: { blueGreen: spec }, bake: '0s', ...rest };
  }

  /** The same by the HTTPRoute of the shop. */
  canary(stages: Partial<CanarySpec['stages'][number]>[], rest: Partial<Attached> = {}): Attached {
    return {
      traffic: {
        services: [{ name: this.name }],
        routers: [{ gatewayAPI: { httpRoute: this.name } }],
        ...QUICK,
      },
      strategy: { canary: { stages: stages as CanarySpec['stages'] } },
      bake: '0s',
      ...rest,
    };
  }

  async ask(
    action: ReleaseRequestSpec['action'],
    rest: Partial<ReleaseRequestSpec> | string = {},
  ): Promise<void> {
    const said = typeof rest === 'string' ? { because: rest } : rest;
    await this.lab.client.create({
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'ReleaseRequest',
      metadata: { generateName: `${this.name}-`, namespace: this.namespace, name: '' },
      spec: { policy: this.name, action, because: 'a test', by: 'tester', ...said },
    });
  }

  /** Records every version of these kinds from now on. */
  async record(...kinds: GroupKind[]): Promise<Recorder> {
    const recorder = new Recorder(this.lab.client, this.namespace);
    for (const kind of kinds) await recorder.watch(kind);
    return recorder;
  }

  /** Resolves as soon as an object of this kind is so: for what lasts too short to be polled for. */
  async caught(kind: GroupKind, is: (object: KubeObject) => boolean): Promise<KubeObject> {
    const { namespace } = this;
    const list = await this.lab.client.list(kind, { namespace });
    const stopping = new AbortController();
    const from = { namespace, resourceVersion: list.resourceVersion, signal: stopping.signal };
    try {
      for await (const event of this.lab.client.watch(kind, from))
        if (event.type !== 'BOOKMARK' && is(event.object)) return event.object;
    } finally {
      stopping.abort();
    }
    throw new Error(`the watch of ${kind.kind} ended before it was seen`);
  }

  /** Messages of the Kubernetes Events with this reason. */
  async events(reason: string): Promise<string[]> {
    const { items } = await this.lab.client.list(KINDS.event, { namespace: this.namespace });
    return items.filter((e) => e['reason'] === reason).map((e) => String(e['message']));
  }

  /** All that is written of its releases, and what the controller has said: where nothing secret may be. */
  async told(): Promise<string> {
    const { release, releasePolicy, event, deployment, replicaSet } = KINDS;
    const kinds = [release, releasePolicy, event, deployment, replicaSet];
    const { namespace, lab } = this;
    const lists = await Promise.all(kinds.map((kind) => lab.client.list(kind, { namespace })));
    return JSON.stringify(lists.map(({ items }) => items)) + (lab.controller?.output ?? '');
  }

  async release(number: number): Promise<{ spec: ReleaseSpec; status: ReleaseStatus }> {
    const release = await this.get(KINDS.release, `${this.name}-${number}`);
    return {
      spec: release['spec'] as ReleaseSpec,
      status: (release['status'] ?? {}) as ReleaseStatus,
    };
  }

  /** Waits until the release is as wanted; says where it was when it gives up. */
  async reach(
    number: number,
    what: string,
    reached: (status: ReleaseStatus) => boolean,
    withinMs = 60_000,
  ): Promise<ReleaseStatus> {
    let last: ReleaseStatus = {};
    try {
      return await until(
        what,
        async () => {
          last = (await this.release(number)).status;
          return reached(last) && last;
        },
        withinMs,
      );
    } catch (error) {
      const { timeline: _, conditions: __, journal: ___, ...seen } = last;
      const log = this.lab.controller?.output.slice(-4_000);
      throw new Error(`${String(error)}\nrelease: ${JSON.stringify(seen)}\n${log}`, {
        cause: error,
      });
    }
  }

  end(number: number, outcome: 'Promoted' | 'Aborted', withinMs?: number): Promise<ReleaseStatus> {
    const what = `release ${number} of ${this.name} to be ${outcome}`;
    return this.reach(number, what, (status) => status.outcome !== undefined, withinMs).then(
      (status) => {
        if (status.outcome === outcome) return status;
        throw new Error(`${what}, but: ${status.outcome} ${status.reason} ${status.message}`);
      },
    );
  }

  /** The policy holds its target and has nothing to do. */
  async held(): Promise<KubeObject> {
    return until(`policy ${this.name} to be Ready`, async () => {
      const policy = await this.get(KINDS.releasePolicy);
      return (await this.condition('Ready'))?.status === 'True' && policy;
    });
  }

  async condition(type: string) {
    const policy = await this.get(KINDS.releasePolicy);
    const status = policy['status'] as
      | { conditions?: { type: string; status: string; reason: string; message: string }[] }
      | undefined;
    return status?.conditions?.find((c) => c.type === type);
  }

  /** ReplicaSets by image: wanted and available pods, and the kind of their owner. */
  async sets(): Promise<Record<string, SetSeen>> {
    const list = await this.lab.client.list(KINDS.replicaSet, { namespace: this.namespace });
    // By their pods: a set of the release has none of the labels that the Deployment selects.
    const mine = list.items.filter((set) => podLabels(set)['app'] === this.name);
    return Object.fromEntries(
      mine.map((set) => {
        const spec = set['spec'] as {
          replicas: number;
          template: { spec: { containers: { image: string }[] } };
        };
        const status = set['status'] as { availableReplicas?: number } | undefined;
        return [
          spec.template.spec.containers[0]?.image ?? '',
          {
            wanted: spec.replicas,
            available: status?.availableReplicas ?? 0,
            owner: set.metadata.ownerReferences?.find((o) => o.controller)?.kind ?? '',
          },
        ];
      }),
    );
  }
}

function podLabels(set: KubeObject): Record<string, string> {
  const { template } = set['spec'] as {
    template: { metadata?: { labels?: Record<string, string> } };
  };
  return template.metadata?.labels ?? {};
}

let shops = 0;

/** Makes the Deployment and the Service, in a namespace of their own, and waits for the pods. */
export async function openShop(lab: Lab, options: ShopOptions): Promise<Shop> {
  const { name, replicas = 4, image = 'segue-demo:v1' } = options;
  const namespace = `shop-${++shops}-${name}`;
  await lab.client.create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace },
  });
  for (const object of options.before ?? [])
    await lab.client.create({ ...object, metadata: { ...object.metadata, namespace } });
  const metadata = { name, namespace };
  await lab.client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      selector: { app: name },
      ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
    },
  });
  const { podAnnotations: annotations, command } = options;
  const ports = [{ containerPort: 8080, protocol: 'TCP' }];
  await lab.client.create({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name }, ...(annotations && { annotations }) },
        spec: {
          containers: [
            {
              name: 'web',
              image,
              ports,
              env: options.env ?? [],
              ...(command && { command }),
              ...options.container,
            },
          ],
          ...options.pod,
        },
      },
      ...options.deployment,
    },
  });
  if (options.route) await lab.client.create(routeOf(name, namespace));
  const shop = new Shop(lab, name, namespace);
  if ((options.deployment as { paused?: boolean } | undefined)?.paused) return shop;
  await until(`Deployment ${name} to be ready`, async () => {
    const { status, spec } = await shop.deployment();
    return (status?.readyReplicas ?? 0) >= spec.replicas;
  });
  return shop;
}

export function routeOf(name: string, namespace: string): KubeObject {
  const path = (value: string) => ({ path: { type: 'PathPrefix', value } });
  const add = [{ name: 'x-shop', value: name }];
  return {
    apiVersion: 'gateway.networking.k8s.io/v1',
    kind: 'HTTPRoute',
    metadata: {
      name,
      namespace,
      labels: { team: name },
      annotations: { note: 'a user wrote this' },
    },
    spec: {
      parentRefs: [{ name: 'public' }],
      hostnames: [`${name}.example.com`],
      rules: [
        { matches: [path('/other')], backendRefs: [{ name: 'other', port: 80 }] },
        {
          matches: [path('/')],
          filters: [{ type: 'RequestHeaderModifier', requestHeaderModifier: { add } }],
          timeouts: { request: '10s' },
          backendRefs: [{ name, port: 80, weight: 7 }],
        },
      ],
    },
  };
}

/** A shop in the middle of a canary to v2: at 25 %, waiting for a person. */
export async function openHalfWay(lab: Lab, name: string): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }]));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  return shop;
}
