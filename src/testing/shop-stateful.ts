/** A StatefulSet with its policy, as a user would have it, and how tests act on it. */
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { Lab } from './lab.ts';
import { routeOf, Shop } from './shop.ts';
import { until } from './until.ts';

type Attached = Parameters<Shop['attach']>[0];

export interface StatefulOptions {
  name: string;
  replicas?: number;
  /** An HTTPRoute that leads to the Service. */
  route?: boolean;
  /** Of the StatefulSet's spec, beside what is here. */
  spec?: Record<string, unknown>;
}

interface PodSeen {
  image: string;
  ready: boolean;
}

const CONTAINER = { name: 'web', ports: [{ containerPort: 8080 }] };

export class StatefulShop extends Shop {
  protected readonly kind: GroupKind = KINDS.statefulSet;

  async set(): Promise<KubeObject & { spec: Record<string, unknown> }> {
    return (await this.get(this.kind)) as KubeObject & { spec: Record<string, unknown> };
  }

  async make({ name, replicas = 4, spec = {} }: StatefulOptions): Promise<void> {
    const labels = { app: name };
    await this.lab.client.create({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: { name, namespace: this.namespace },
      spec: {
        replicas,
        serviceName: name,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ ...CONTAINER, image: 'segue-demo:v1' }],
          },
        },
        ...spec,
      },
    });
  }

  change(spec: Record<string, unknown>) {
    return this.patch(this.kind, { spec });
  }

  override async setImage(image: string): Promise<void> {
    await this.lab.client.patch(
      { ...this.kind, namespace: this.namespace, name: this.name },
      {
        type: 'strategic',
        body: { spec: { template: { spec: { containers: [{ name: 'web', image }] } } } },
      },
    );
  }

  /** Of its one container, which is a change of the template. */
  async setEnv(env: Record<string, string>): Promise<void> {
    const named = Object.entries(env).map(([name, value]) => ({ name, value }));
    const containers = [{ name: 'web', env: named }];
    await this.lab.client.patch(
      { ...KINDS.statefulSet, namespace: this.namespace, name: this.name },
      { type: 'strategic', body: { spec: { template: { spec: { containers } } } } },
    );
  }

  override async attach(spec: Attached, name = this.name): Promise<void> {
    await this.lab.client.create({
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'ReleasePolicy',
      metadata: { name, namespace: this.namespace },
      spec: { targetRef: { kind: this.kind.kind, name: this.name }, ...spec },
    });
  }

  changed(what: string, is: (set: Awaited<ReturnType<StatefulShop['set']>>) => boolean) {
    return until(`${this.name}: ${what}`, async () => is(await this.set()));
  }

  /** The version of each pod, the lowest ordinal first: `v1 v1 v2`; `-` after one that is not ready. */
  async versions(): Promise<string> {
    const pods = await this.pods();
    return pods
      .toSorted((a, b) => this.order(a, b))
      .map(seen)
      .map(({ image, ready }) => `${image.split(':')[1]}${ready ? '' : '-'}`)
      .join(' ');
  }

  protected order(a: KubeObject, b: KubeObject): number {
    return ordinal(a.metadata.name) - ordinal(b.metadata.name);
  }

  async pods(): Promise<KubeObject[]> {
    const labelSelector = `app=${this.name}`;
    const { namespace } = this;
    return (await this.lab.client.list(KINDS.pod, { namespace, labelSelector })).items;
  }

  /** Waits until its pods are these. */
  async shows(versions: string, within?: number): Promise<void> {
    await until(
      `${this.name} to run ${versions}`,
      async () => {
        const now = await this.versions();
        return now === versions ? true : Promise.reject(new Error(now));
      },
      within,
    );
  }
}

const ordinal = (name: string) => Number(/\d+$/.exec(name)?.[0]);

function seen(pod: KubeObject): PodSeen {
  const { containers } = pod['spec'] as { containers: { image: string }[] };
  const { conditions = [] } = (pod['status'] ?? {}) as {
    conditions?: { type: string; status: string }[];
  };
  const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  return { image: containers[0]?.image ?? '', ready: ready && !terminating };
}

let shops = 0;

/** Runs segue-demo:v1. */
export async function openStateful(lab: Lab, options: StatefulOptions): Promise<StatefulShop> {
  const { name, replicas = 4 } = options;
  const namespace = `stateful-${++shops}-${name}`;
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const metadata = { name, namespace };
  const labels = { app: name };
  await lab.client.create({
    apiVersion: 'v1',
    kind: 'Service',
    metadata,
    spec: {
      selector: labels,
      clusterIP: 'None',
      ports: [{ name: 'http', port: 80, targetPort: 8080 }],
    },
  });
  if (options.route) await lab.client.create(routeOf(name, namespace));
  const shop = new StatefulShop(lab, name, namespace);
  await shop.make(options);
  await shop.shows(Array(replicas).fill('v1').join(' '), 60_000);
  return shop;
}
