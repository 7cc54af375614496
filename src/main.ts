#!/usr/bin/env node
/** Composition root: the only file that names concrete implementations. They are imported when a
 * command needs them, so that `segue --help` answers at once. */
import { readFileSync, realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename } from 'node:path';
import type {
  CliDeps,
  ConnectOptions,
  ControllerOptions,
  SandboxNodesOptions,
} from './cli/deps.ts';
import { runCli } from './cli/run.ts';
import type { Cluster } from './ports/cluster.ts';
import type { Log } from './ports/log.ts';

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

async function runController(options: ControllerOptions): Promise<number> {
  const signal = untilSignal();
  const { systemClock } = await import('./kube/index.ts');
  const { Controller, startHealthServer } = await import('./controller/index.ts');
  const { cluster, log } = await reach(options, options);
  const { deploymentWorkload } = await import('./workloads/deployment/index.ts');
  const { routers, versionServices } = await import('./routers/index.ts');
  const { prometheusProvider } = await import('./metrics/prometheus/index.ts');
  const { scrapeProvider } = await import('./metrics/scrape/index.ts');
  const podAddress = (ip: string) => (options.sandboxAddresses ? ip.replace(/^10\./, '127.') : ip);
  const controller = new Controller(
    {
      cluster,
      log,
      clock: systemClock,
      workload: deploymentWorkload,
      routers: new Map(routers.map((router) => [router.name, router])),
      services: versionServices,
      providers: new Map([
        ['prometheus', prometheusProvider()],
        ['scrape', scrapeProvider({ podAddress })],
      ]),
    },
    options.namespace === undefined ? {} : { namespace: options.namespace },
  );
  const health = await startHealthServer(controller, options.metricsAddress);
  log.info('controller started', { health: health.url });
  await controller.run(signal);
  await health.stop();
  await cluster.client.close();
  log.info('controller stopped');
  return 0;
}

async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
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
      ...(options.nodes !== undefined && { count: options.nodes }),
      ...(options.hollow !== undefined && { hollow: options.hollow }),
    },
  );
  process.stdout.write(`nodes ${nodes.names.join(', ')} are ready; stop with Ctrl-C\n`);
  await aborted(signal);
  await nodes.stop();
  await cluster.client.close();
  return 0;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

const notYet = (what: string) => async (): Promise<number> => {
  process.stderr.write(`error: ${what} is not there yet\n`);
  return 1;
};

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
  runController,
  sandboxUp: notYet('segue sandbox up'),
  sandboxNodes,
  sandboxGateway: notYet('segue sandbox gateway'),
  demo: notYet('segue demo'),
  demoApp: notYet('the demo application'),
};

process.exitCode = await runCli(deps, process.argv.slice(2));
