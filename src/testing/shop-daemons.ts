/** A DaemonSet with its policy, as a user would have it, and how tests act on it and on its nodes. */
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { Lab } from './lab.ts';
import { StatefulShop } from './shop-stateful.ts';

export interface DaemonOptions {
  name: string;
  /** Nodes of the lab it runs on; default all of these. */
  nodes: string[];
  /** Of the DaemonSet's spec, beside what is here. */
  spec?: Record<string, unknown>;
}

const CONTAINER = { name: 'web', ports: [{ containerPort: 8080 }] };

export class DaemonShop extends StatefulShop {
  protected override readonly kind: GroupKind = KINDS.daemonSet;

  async makeOn({ name, nodes, spec = {} }: DaemonOptions): Promise<void> {
    const labels = { app: name };
    const term = { key: 'kubernetes.io/hostname', operator: 'In', values: nodes };
    const nodeSelectorTerms = [{ matchExpressions: [term] }];
    await this.lab.client.create({
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name, namespace: this.namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms },
              },
            },
            containers: [{ ...CONTAINER, image: 'segue-demo:v1' }],
          },
        },
        ...spec,
      },
    });
  }

  /** By their nodes. */
  protected override order(a: KubeObject, b: KubeObject): number {
    return nodeOf(a) < nodeOf(b) ? -1 : 1;
  }

  async podOn(node: string): Promise<KubeObject> {
    const found = (await this.pods()).find((pod) => nodeOf(pod) === node);
    if (!found) throw new Error(`no pod on ${node}`);
    return found;
  }

  /** Of Segue's own client, for a node that every test of the lab sees: put it back. */
  async changeNode(name: string, spec: Record<string, unknown>): Promise<void> {
    await this.lab.client.patch({ ...KINDS.node, name }, { type: 'merge', body: { spec } });
  }
}

function nodeOf(pod: KubeObject): string {
  return (pod['spec'] as { nodeName?: string }).nodeName ?? '';
}

let shops = 0;

/** Runs segue-demo:v1. */
export async function openDaemons(lab: Lab, options: DaemonOptions): Promise<DaemonShop> {
  const { name, nodes } = options;
  const namespace = `daemons-${++shops}-${name}`;
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const shop = new DaemonShop(lab, name, namespace);
  await shop.makeOn(options);
  await shop.shows(nodes.map(() => 'v1').join(' '), 60_000);
  return shop;
}
