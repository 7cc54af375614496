/**
 * A cluster with Segue on it, for the end-to-end suite: the same on the sandbox and on a real
 * control plane (SEGUE_LAB=cluster). The controller is the built program in a process of its own,
 * running as the ServiceAccount and with the RBAC that `segue install` makes, never as admin.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { KubeObject } from '../api/object.ts';
import { connect, createLog, loadKubeconfig, systemClock } from '../kube/index.ts';
import type { KubeClient } from '../ports/kube.ts';
import { startControlPlane } from './control-plane.ts';
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts';
import { TestProcess } from './process.ts';
import { until } from './until.ts';

export interface LabOptions {
  /** Nodes whose pods only claim to run. Default 2, unless there are process nodes. */
  hollow?: number;
  /** Nodes whose pods are processes. */
  nodes?: number;
  /** Zones that the nodes are in, in turn. */
  zones?: string[];
  /** The gateway that really routes. */
  gateway?: boolean;
  /** Containers with a command run it on this machine. */
  runCommands?: boolean;
  /** The controller reaches the API server through a proxy that can break what passes. */
  proxy?: boolean;
  /** Of `segue controller`, beside what every lab gives it. */
  controllerArgs?: string[];
}

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const SYSTEM_NAMESPACE = 'segue-system';

export class Lab {
  readonly kind: 'sandbox' | 'cluster';
  /** Admin's. */
  readonly kubeconfig: string;
  client: KubeClient;
  private readonly dir: string;
  private readonly stops: (() => Promise<void>)[];
  private controllerKubeconfig = '';
  controller: TestProcess | undefined;
  private through: FaultProxy | undefined;
  controllerArgs: string[] = [];

  constructor(made: {
    kind: Lab['kind'];
    kubeconfig: string;
    client: KubeClient;
    dir: string;
    stops: (() => Promise<void>)[];
  }) {
    this.kind = made.kind;
    this.kubeconfig = made.kubeconfig;
    this.client = made.client;
    this.dir = made.dir;
    this.stops = made.stops;
  }

  /** Runs the program to its end; the output, whatever the exit code. */
  async segue(...args: string[]): Promise<{ code: number | null; output: string }> {
    const process = new TestProcess(`segue ${args.join(' ')}`, [
      MAIN,
      '--kubeconfig',
      this.kubeconfig,
      ...args,
    ]);
    await process.gone();
    return { code: process.child.exitCode, output: process.output };
  }

  /** Creates every document of the YAML, or patches what is there; in `namespace` unless it says
   * otherwise. */
  async apply(yaml: string, namespace?: string): Promise<void> {
    for (const document of parseAllDocuments(yaml)) {
      const object = document.toJS() as KubeObject | null;
      if (object === null) continue;
      if (namespace !== undefined) object.metadata.namespace ??= namespace;
      await this.applyObject(object);
    }
  }

  private async applyObject(object: KubeObject): Promise<void> {
    const slash = object.apiVersion.indexOf('/');
    const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
    const { name, namespace } = object.metadata;
    const target = {
      group,
      kind: object.kind,
      name,
      ...(namespace !== undefined && { namespace }),
    };
    await until(`${object.kind} ${name} to be served`, async () => {
      if (await this.client.get(target))
        return this.client.patch(target, { type: 'merge', body: object });
      return this.client.create(object);
    });
  }

  async startController(): Promise<TestProcess> {
    const controller = this.spawnController();
    this.controller = controller;
    await controller.waitFor(/caches are filled/);
    return controller;
  }

  /** One more controller; the caller stops it. */
  spawnController(...args: string[]): TestProcess {
    return new TestProcess('controller', [
      MAIN,
      '--kubeconfig',
      this.controllerKubeconfig,
      'controller',
      '--log-format=pretty',
      '--log-level=debug',
      '--metrics-address=127.0.0.1:0',
      ...this.controllerArgs,
      ...args,
    ]);
  }

  /** What the controller speaks through. */
  get proxy(): FaultProxy {
    if (!this.through) throw new Error('this lab was started without a proxy');
    return this.through;
  }

  async startProxy(): Promise<void> {
    const { server, ca, insecureSkipVerify } = await loadKubeconfig({ path: this.kubeconfig });
    const proxy = await startFaultProxy({ server, insecureSkipVerify, ...(ca && { ca }) });
    this.through = proxy;
    this.stops.push(() => proxy.stop());
  }

  /** What the controller says it has written so far, events apart. */
  async writes(): Promise<number> {
    const [, url] = (await this.controller?.waitFor(/health=(\S+)/)) ?? [];
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return Number(/^segue_writes_total (\d+)/m.exec(metrics)?.[1]);
  }

  async install(): Promise<void> {
    const { output } = await this.segue('install', '--no-controller');
    await this.apply(output);
    await this.reconnect();
    const token = await this.serviceAccountToken();
    this.controllerKubeconfig = join(this.dir, 'controller.kubeconfig');
    await writeFile(this.controllerKubeconfig, await this.kubeconfigWith(token));
  }

  /** A new client, that has not learnt that kinds are not served which now are. */
  async reconnect(): Promise<void> {
    await this.client.close();
    this.client = await connectTo(this.kubeconfig);
  }

  private async serviceAccountToken(): Promise<string> {
    const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/serviceaccounts/segue-controller/token`;
    const answer = await this.client.raw({
      method: 'POST',
      path,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 7200 },
      }),
    });
    const text = await answer.text();
    const token = (JSON.parse(text) as { status?: { token?: string } }).status?.token;
    if (token === undefined)
      throw new Error(`no token for the ServiceAccount segue-controller: ${text}`);
    return token;
  }

  /** The admin's kubeconfig with another token in it, and through the proxy where there is one. */
  private async kubeconfigWith(token: string): Promise<string> {
    const text = await readFile(this.kubeconfig, 'utf8');
    const config = parseAllDocuments(text)[0]?.toJS() as {
      users: { user: unknown }[];
      clusters: { cluster: unknown }[];
    };
    for (const user of config.users) user.user = { token };
    if (this.through)
      for (const cluster of config.clusters) cluster.cluster = { server: this.through.url };
    return JSON.stringify(config);
  }

  async stop(): Promise<void> {
    await this.controller?.stop();
    for (const stop of this.stops.toReversed()) await stop();
    await this.client.close();
    await rm(this.dir, { recursive: true, force: true });
  }

  /** Starts a process that lives as long as the lab. */
  async run(args: string[], ready: RegExp): Promise<RegExpExecArray> {
    const process = new TestProcess(args.join(' '), [MAIN, ...args]);
    this.stops.push(() => process.stop());
    return process.waitFor(ready);
  }
}

export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const dir = await mkdtemp(join(tmpdir(), 'segue-lab-'));
  const lab =
    process.env['SEGUE_LAB'] === 'cluster'
      ? await clusterLab(dir, options)
      : await sandboxLab(dir, options);
  lab.controllerArgs = options.controllerArgs ?? [];
  try {
    if (options.proxy) await lab.startProxy();
    await lab.install();
    await lab.startController();
    return lab;
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

async function clusterLab(dir: string, options: LabOptions): Promise<Lab> {
  const plane = await startControlPlane();
  const lab = await makeLab('cluster', plane.kubeconfig, dir, [() => plane.stop()]);
  const { nodes = 0, hollow = nodes > 0 ? 0 : 2 } = options;
  const kubeconfig = ['--kubeconfig', plane.kubeconfig];
  const flags = [`--nodes=${nodes}`, `--hollow=${hollow}`, ...nodeFlags(options)];
  await lab.run([...kubeconfig, 'sandbox', 'nodes', ...flags], /are ready/);
  if (options.gateway) await lab.run([...kubeconfig, 'sandbox', 'gateway'], /is ready/);
  return lab;
}

function nodeFlags({ runCommands, zones }: LabOptions): string[] {
  return [
    ...(runCommands ? ['--run-commands'] : []),
    ...(zones ? [`--zones=${zones.join(',')}`] : []),
  ];
}

async function sandboxLab(dir: string, options: LabOptions): Promise<Lab> {
  const { nodes = 0, hollow = nodes > 0 ? 0 : 2 } = options;
  const sandbox = new TestProcess('sandbox', [
    MAIN,
    'sandbox',
    'up',
    '--no-controller',
    `--nodes=${nodes}`,
    `--hollow=${hollow}`,
    ...(options.gateway ? [] : ['--no-gateway']),
    ...nodeFlags(options),
  ]);
  const [, kubeconfig = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
  return makeLab('sandbox', kubeconfig, dir, [() => sandbox.stop()]);
}

/** A lab on a sandbox that the test starts and stops itself. */
export function labOnSandbox(kubeconfig: string): Promise<Lab> {
  return makeLab('sandbox', kubeconfig, dirname(kubeconfig), []);
}

async function makeLab(
  kind: Lab['kind'],
  kubeconfig: string,
  dir: string,
  stops: (() => Promise<void>)[],
): Promise<Lab> {
  return new Lab({ kind, kubeconfig, client: await connectTo(kubeconfig), dir, stops });
}

async function connectTo(kubeconfig: string): Promise<KubeClient> {
  const config = await loadKubeconfig({ path: kubeconfig });
  const log = createLog({ format: 'pretty', level: 'error' });
  // What users write is theirs: of an object that Segue never wrote it has nothing to give back.
  const writesAs = 'kubectl';
  return connect(config, { clock: systemClock, log, random: Math.random, writesAs }).client;
}
