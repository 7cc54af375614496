#!/usr/bin/env node
/** Composition root: the only file that names concrete implementations. They are imported when a
 * command needs them, so that `segue --help` answers at once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { readFileSync, realpathSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { basename } from 'node:path';
import type {
  CliDeps,
  ConnectOptions,
  ControllerOptions,
  DemoOptions,
  SandboxNodesOptions,
  SandboxUpOptions,
} from './cli/deps.ts';
import { runCli } from './cli/run.ts';
import type { Controller } from './controller/index.ts';
import type { Cluster } from './ports/cluster.ts';
import type { KubeObject } from './api/object.ts';
import type { Leadership } from './ports/leadership.ts';
import type { Log } from './ports/log.ts';
import type { Sandbox } from './sandbox/sandbox.ts';

function version(): string {
  const file = new URL('../package.json', import.meta.url);
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
}

/** How this program is started again, by name of a command. */
function self(command: string): string[] {
  return [...process.execArgv, realpathSync(process.argv[1] ?? ''), command];
}

interface Reached {
  cluster: Cluster;
  log: Log;
  namespace: string;
}

async function reach(
  options: ConnectOptions,
  logged: Partial<ControllerOptions>,
): Promise<Reached> {
  const { connect, createLog, loadKubeconfig, systemClock } = await import('./kube/index.ts');
  const config = await loadKubeconfig({ path: options.kubeconfig, context: options.context });
  const format = logged.logFormat ?? (process.stderr.isTTY ? 'pretty' : 'json');
  const log = createLog({ format, level: logged.logLevel ?? 'warn' });
  const cluster = connect(config, { clock: systemClock, log, random: Math.random });
  return { cluster, log, namespace: options.namespace ?? config.namespace };
}

/** Aborts at the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilSignal(): AbortSignal {
  const stopping = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => (stopping.signal.aborted ? process.exit(1) : stopping.abort()));
  return stopping.signal;
}

interface ControllerParts {
  cluster: Cluster;
  log: Log;
  namespace?: string | undefined;
  leadership?: Leadership | undefined;
  /** Where the key for the digests of Secrets is. */
  keyNamespace: string;
  /** How long what a restart finds out by itself may stay unwritten; see the controller's default. */
  checkpointMs?: number;
  workers?: number | undefined;
}

/** The controller with every router, workload and provider there is. */
async function composeController(parts: ControllerParts): Promise<Controller> {
  const { systemClock } = await import('./kube/index.ts');
  const { Controller } = await import('./controller/index.ts');
  const { workloads } = await import('./workloads/index.ts');
  const { routers, versionServices } = await import('./routers/index.ts');
  const { metricProviders } = await import('./metrics/index.ts');
  const { jobRunner, taskRunners } = await import('./tasks/index.ts');
  return new Controller(
    {
      cluster: parts.cluster,
      log: parts.log,
      clock: systemClock,
      workload: workloads,
      routers: new Map(routers.map((router) => [router.name, router])),
      services: versionServices,
      configKey: {
        namespace: parts.keyNamespace,
        generate: () => randomBytes(32).toString('base64'),
      },
      ...(parts.leadership && { leadership: parts.leadership }),
      providers: metricProviders(
        parts.cluster.client,
        jobRunner(parts.cluster.client, systemClock),
      ),
      runners: taskRunners(parts.cluster.client, systemClock),
    },
    {
      ...(parts.namespace !== undefined && { namespace: parts.namespace }),
      ...(parts.workers !== undefined && { workers: parts.workers }),
      ...(parts.checkpointMs !== undefined && {
        checkpointMs: parts.checkpointMs,
        positionCheckpointMs: parts.checkpointMs,
      }),
    },
  );
}

/** In the sandbox writes cost nothing, and who looks on wants to see evidence as it comes in. */
const SANDBOX_CHECKPOINT_MS = 500;

async function runController(options: ControllerOptions): Promise<number> {
  const signal = untilSignal();
  const reached = await reach(options, options);
  const { cluster, log } = reached;
  const leadership = await standForElection(reached, options);
  const { guardWrites } = await import('./kube/index.ts');
  const client = leadership
    ? guardWrites(cluster.client, () => leadership.leading)
    : cluster.client;
  const guarded = { ...cluster, client };
  const keyNamespace = options.configKeyNamespace ?? reached.namespace;
  const parts = { ...options, cluster: guarded, log, leadership, keyNamespace };
  const controller = await composeController(parts);
  const { startHealthServer } = await import('./controller/index.ts');
  const health = await startHealthServer(controller, options.metricsAddress);
  log.info('controller started', { health: health.url });
  const end = await controller.run(signal);
  await health.stop();
  await cluster.client.close();
  log.info('controller stopped', { end });
  return end === 'Lost' ? 1 : 0;
}

/** One lease for all namespaces, or for the one that this controller looks after. */
async function standForElection(
  { cluster, log, namespace }: Reached,
  { election, namespace: only }: ControllerOptions,
): Promise<Leadership | undefined> {
  if (!election) return undefined;
  const { LeaseElection, steadyClock, systemClock } = await import('./kube/index.ts');
  const { EventRecorder } = await import('./controller/index.ts');
  const { client } = cluster;
  const recorder = new EventRecorder({ client, clock: systemClock, log });
  const tell = (lease: KubeObject, message: string) =>
    void recorder.record(lease, [{ type: 'Normal', reason: 'LeaderElection', message }]);
  const deps = { client, clock: steadyClock, log, random: Math.random, tell };
  return new LeaseElection(deps, {
    ...election,
    namespace: election.namespace ?? namespace,
    name: only === undefined ? 'segue-controller' : `segue-controller-${only}`,
    identity: `${hostname()}_${randomUUID()}`,
  });
}

interface RunningSandbox extends Sandbox {
  /** Milliseconds from the start of this process. */
  readyMs: number;
}

/** The sandbox, with Segue installed and running in it where asked. */
async function upSandbox(options: SandboxUpOptions): Promise<RunningSandbox> {
  const { clusterOver, createLog, systemClock } = await import('./kube/index.ts');
  const { startSandbox } = await import('./sandbox/sandbox.ts');
  const log = createLog({ format: 'pretty', level: 'error' });
  const deps = { clock: systemClock, log, random: Math.random };
  const sandbox = await startSandbox(
    {
      ...deps,
      clusterOver: (client) => clusterOver(client, deps),
      demoEntry: self('__demo-app'),
    },
    options,
  );
  if (!options.controller) return { ...sandbox, readyMs: performance.now() };
  const stopController = await installInto(sandbox, log);
  const stop = async () => {
    await stopController();
    await sandbox.stop();
  };
  return { ...sandbox, stop, readyMs: performance.now() };
}

/** What `segue install` prints, and the controller as its ServiceAccount in this process. */
async function installInto(sandbox: Sandbox, log: Log): Promise<() => Promise<void>> {
  const { installObjects } = await import('./cli/install-objects.ts');
  const objects: KubeObject[] = installObjects({ namespace: 'segue-system', image: undefined });
  const { ensureObject } = await import('./sandbox/ensure-object.ts');
  for (const object of objects) await ensureObject(sandbox.cluster.client, object);
  const cluster = sandbox.clusterAs({ namespace: 'segue-system', name: 'segue-controller' });
  const controller = await composeController({
    cluster,
    log,
    checkpointMs: SANDBOX_CHECKPOINT_MS,
    keyNamespace: 'segue-system',
  });
  const stopping = new AbortController();
  const running = controller.run(stopping.signal);
  return async () => {
    stopping.abort();
    await running;
  };
}

async function sandboxUp(options: SandboxUpOptions): Promise<number> {
  const signal = untilSignal();
  const sandbox = await upSandbox(options);
  const segue = options.controller ? ', with Segue' : '';
  for (const note of sandbox.notes) process.stderr.write(`note: ${note}\n`);
  const again = `segue sandbox up --data ${options.data}`;
  process.stdout.write(
    [
      `the sandbox is ready after ${(sandbox.readyMs / 1_000).toFixed(1)} s${segue}: ${sandbox.url}`,
      '',
      `  export KUBECONFIG=${sandbox.kubeconfig}`,
      '  kubectl get nodes',
      ...(options.controller ? ['  kubectl apply -f examples/blue-green.yaml'] : []),
      '',
      options.data === undefined
        ? 'it forgets everything when it stops: Ctrl-C'
        : `stop it with Ctrl-C; it goes on where it was with: ${again}`,
      '',
    ].join('\n'),
  );
  await aborted(signal);
  await sandbox.stop();
  return 0;
}

async function sandboxNodes(options: SandboxNodesOptions): Promise<number> {
  const signal = untilSignal();
  const { systemClock } = await import('./kube/index.ts');
  const { startNodes } = await import('./sandbox/nodes/index.ts');
  const { cluster, log } = await reach(options, {});
  const nodes = await startNodes(
    { cluster, log, clock: systemClock, random: Math.random },
    {
      demoEntry: self('__demo-app'),
      runCommands: options.runCommands,
      ...(options.nodes !== undefined && { count: options.nodes }),
      ...(options.hollow !== undefined && { hollow: options.hollow }),
      ...(options.zones !== undefined && { zones: options.zones }),
    },
  );
  process.stdout.write(`nodes ${nodes.names.join(', ')} are ready; stop with Ctrl-C\n`);
  await aborted(signal);
  await nodes.stop();
  await cluster.client.close();
  return 0;
}

const CRD = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };

async function sandboxGateway(options: ConnectOptions): Promise<number> {
  const signal = untilSignal();
  const { systemClock } = await import('./kube/index.ts');
  const { gatewayApiCrds, startGateway } = await import('./sandbox/gateway/index.ts');
  const { cluster, log } = await reach(options, {});
  for (const crd of gatewayApiCrds())
    if (!(await cluster.client.get({ ...CRD, name: crd.metadata.name }))) {
      await cluster.client.create(crd);
      process.stdout.write(`installed ${crd.metadata.name}, which the cluster did not have\n`);
    }
  const gateway = await startGateway({ cluster, log, clock: systemClock, random: Math.random }, {});
  process.stdout.write(`the gateway is ready, its metrics: ${gateway.metricsUrl}\n`);
  await aborted(signal);
  await gateway.stop();
  await cluster.client.close();
  return 0;
}

async function demo(options: DemoOptions): Promise<number> {
  const signal = untilSignal();
  const { systemClock } = await import('./kube/index.ts');
  const { runDemo } = await import('./sandbox/demo/index.ts');
  const up = {
    port: undefined,
    nodes: undefined,
    hollow: undefined,
    zones: undefined,
    data: undefined,
    runCommands: false,
  };
  const sandbox = await upSandbox({ ...up, gateway: true, controller: true });
  try {
    const { cluster, kubeconfig, readyMs, gateway } = sandbox;
    if (!gateway) throw new Error('the demo needs the gateway');
    const { stdout, stderr } = process;
    return await runDemo(
      {
        cluster,
        kubeconfig,
        gateway,
        stdout,
        stderr,
        signal,
        readyMs: Math.round(readyMs),
        clock: systemClock,
        loadEntry: self('__demo-load'),
      },
      options,
    );
  } finally {
    await sandbox.stop();
  }
}

async function demoApp(): Promise<number> {
  const { runDemoApp } = await import('./sandbox/demo-app/index.ts');
  // Connections of clients that never close them must not keep a leaving pod alive.
  process.exit(await runDemoApp(process.env, []));
}

async function demoLoad(): Promise<number> {
  const { systemClock } = await import('./kube/index.ts');
  const { runLoad } = await import('./sandbox/demo/index.ts');
  return runLoad(systemClock);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

// `segue install | head`: nobody reads the rest, which is not an error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const deps: CliDeps = {
  version: version(),
  invokedAs: basename(process.argv[1] ?? '').startsWith('kubectl-') ? 'kubectl segue' : 'segue',
  clock: {
    now: () => Date.now(),
    sleep: async (ms, signal) => (await import('./kube/index.ts')).systemClock.sleep(ms, signal),
  },
  stdout: process.stdout,
  stderr: process.stderr,
  readStdin,
  async connect(options) {
    const { cluster, namespace } = await reach(options, {});
    return {
      client: cluster.client,
      namespace,
      user: userInfo().username,
      close: () => cluster.client.close(),
    };
  },
  async trafficParts() {
    const { routers, versionServices } = await import('./routers/index.ts');
    return {
      routers: new Map(routers.map((router) => [router.name, router])),
      services: versionServices,
    };
  },
  async metricProviders(client) {
    const { systemClock } = await import('./kube/index.ts');
    const { metricProviders } = await import('./metrics/index.ts');
    const { jobRunner } = await import('./tasks/index.ts');
    return metricProviders(client, jobRunner(client, systemClock));
  },
  runController,
  sandboxUp,
  sandboxNodes,
  sandboxGateway,
  demo,
  demoApp,
  demoLoad,
};

process.exitCode = await runCli(deps, process.argv.slice(2));
