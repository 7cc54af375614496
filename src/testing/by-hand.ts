/** What users had before Segue: objects of their own at work behind a gateway and under load, that get a policy. */
import { parseAllDocuments } from 'yaml';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { freePort, Users } from './example-shop.ts';
import type { Lab } from './lab.ts';
import { type Answer, answerOf, type Ask, Load } from './load.ts';
import { Shop } from './shop.ts';
import { until } from './until.ts';

type Spec = Record<string, unknown> & { traffic?: Record<string, unknown> };

const QUICK = { settle: '500ms', drain: '1s' };

interface Options {
  /** Of the Service that users reach, and of the policy. */
  name: string;
  /** The user's objects; a policy among them is kept for later. */
  yaml: string;
  /** Where their gateway listens, when it is among the objects already. */
  port?: number;
  /** How users ask. Default: by HTTP/1.1. */
  ask?: Ask;
}

export class ByHand extends Shop {
  readonly load: Load;
  private readonly entrance: { port: number; host: string };
  private readonly asking: Ask;
  private readonly policy: KubeObject | undefined;

  constructor(lab: Lab, { name, namespace }: { name: string; namespace: string }, open: Open) {
    super(lab, name, namespace);
    this.entrance = { port: open.port, host: hostOf(name) };
    this.policy = open.policy;
    this.asking = open.ask;
    this.load = this.moreLoad({ perSecond: 30 });
  }

  /** Applies the policy that was among the objects, or one of this spec, with traffic that is quick to settle. */
  async adopt(spec = this.policy?.['spec'] as Spec): Promise<void> {
    const { traffic, ...rest } = spec;
    await this.lab.client.create({
      apiVersion: 'segue.dev/v1alpha1',
      kind: 'ReleasePolicy',
      metadata: { name: this.name, namespace: this.namespace },
      spec: { ...rest, ...(traffic && { traffic: { ...traffic, ...QUICK } }) },
    });
  }

  /** Why the policy cannot be, once it has been looked at. */
  async refusal(spec: Spec): Promise<string> {
    await this.adopt(spec);
    const valid = await until('the policy to be refused', async () => {
      const condition = await this.condition('Valid');
      return condition?.status === 'False' && condition;
    });
    await this.delete(KINDS.releasePolicy);
    await until('it to be gone', async () => !(await this.exists(KINDS.releasePolicy, this.name)));
    return valid.message;
  }

  async write(deployment: string, image: string, env: Record<string, string> = {}): Promise<void> {
    const list = Object.entries(env).map(([name, value]) => ({ name, value }));
    const container = { name: 'app', image, ...(list.length > 0 && { env: list }) };
    await this.lab.client.patch(
      { ...KINDS.deployment, namespace: this.namespace, name: deployment },
      { type: 'strategic', body: { spec: { template: { spec: { containers: [container] } } } } },
    );
  }

  segue(...args: string[]): Promise<{ code: number | null; output: string }> {
    return this.lab.segue('-n', this.namespace, ...args);
  }

  /** One request of a user. */
  request(headers: Record<string, string> = {}): Promise<Answer> {
    return this.asking({ ...this.entrance, headers });
  }

  /** Of users that are told apart by their headers; the caller stops it. */
  moreLoad(options: { perSecond: number; headers?: Record<string, string> }): Load {
    return new Load({ ...this.entrance, ask: this.asking, ...options });
  }

  /** So many users that keep their cookies; the caller stops them. */
  users(count: number): Users {
    return new Users(count, { ...this.entrance, perSecond: 40 });
  }

  /** Users get this version. */
  async served(version: string): Promise<void> {
    await until(`${version} to answer`, async () => (await this.request()).version === version);
  }
}

interface Open {
  port: number;
  policy: KubeObject | undefined;
  ask: Ask;
}

const hostOf = (name: string) => `${name}.example.com`;

/** In a namespace of its own and behind a gateway on a port that is free; returns when users are answered. */
export async function openByHand(
  lab: Lab,
  { name, yaml, port: own, ask = answerOf }: Options,
): Promise<ByHand> {
  const namespace = `by-hand-${name}`;
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const port = own ?? (await freePort());
  const text = yaml.includes('kind: HTTPRoute')
    ? yaml.replace(/^ {6}port: 808\d$/m, `      port: ${port}`)
    : `${yaml}\n---\n${own === undefined ? entrance(name, port) : ''}`;
  const objects = parseAllDocuments(text)
    .map((document) => document.toJS() as KubeObject | null)
    .filter((object) => object !== null);
  const policy = objects.find(({ kind }) => kind === 'ReleasePolicy');
  const others = objects.filter((object) => object !== policy);
  await lab.apply(others.map((object) => JSON.stringify(object)).join('\n---\n'), namespace);
  await until(`users of ${name} to be answered`, async () => {
    return (await ask({ port, host: hostOf(name) })).code === 200;
  });
  return new ByHand(lab, { name, namespace }, { port, policy, ask });
}

/** The way of users to the Service, where the objects bring none. */
const entrance = (name: string, port: number) => `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ${name}}
spec:
  gatewayClassName: segue
  listeners: [{name: http, protocol: HTTP, port: ${port}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: ${name}}
spec:
  parentRefs: [{name: ${name}}]
  hostnames: [${hostOf(name)}]
  rules: [{backendRefs: [{name: ${name}, port: 80}]}]
`;
