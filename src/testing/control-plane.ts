/**
 * A real Kubernetes control plane for tests: etcd, kube-apiserver, kube-controller-manager and
 * kube-scheduler as child processes on free loopback ports, with their data in a folder of their
 * own. It has no nodes. The binaries are found as envtest finds them, in KUBEBUILDER_ASSETS.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface ControlPlane {
  /** Path of an admin's kubeconfig. */
  kubeconfig: string;
  /** `https://127.0.0.1:port`. */
  server: string;
  /** Stops the controller-manager's process where it is; its connections stay open. */
  pauseControllerManager(): void;
  resumeControllerManager(): void;
  /** Ends all processes and removes the data. */
  stop(): Promise<void>;
}

const BINARIES = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const;
type Binary = (typeof BINARIES)[number];

const READY_WITHIN_MS = 90_000;
const POLL_MS = 100;
const STOP_WITHIN_MS = 10_000;

/** Resolves once the API server is ready. Throws, saying what to set, without the binaries. */
export async function startControlPlane(): Promise<ControlPlane> {
  const bin = findBinaries(process.env['KUBEBUILDER_ASSETS']);
  const dir = await mkdtemp(join(tmpdir(), 'segue-control-plane-'));
  const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3);
  const processes = new Processes(bin, dir);
  const token = await writeCredentials(dir);
  const server = `https://127.0.0.1:${apiPort}`;
  const kubeconfig = join(dir, 'kubeconfig');
  await writeFile(kubeconfig, kubeconfigText(server, token));
  const stop = async (): Promise<void> => {
    await processes.stop();
    await rm(dir, { recursive: true, force: true, maxRetries: 3 });
  };
  try {
    processes.start('etcd', etcdFlags(dir, etcdPort, peerPort));
    const apiServer = processes.start('kube-apiserver', apiServerFlags(dir, etcdPort, apiPort));
    await waitReady(server, token, apiServer);
    const manager = processes.start('kube-controller-manager', managerFlags(dir, kubeconfig));
    processes.start('kube-scheduler', [...clientFlags(kubeconfig), '--leader-elect=false']);
    return {
      kubeconfig,
      server,
      pauseControllerManager: () => void manager.kill('SIGSTOP'),
      resumeControllerManager: () => void manager.kill('SIGCONT'),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function findBinaries(folder: string | undefined): string {
  if (folder === undefined || folder === '')
    throw new Error(
      'KUBEBUILDER_ASSETS is not set: these tests need a real control plane. Set it to a folder ' +
        `that holds ${BINARIES.join(', ')}.`,
    );
  const missing = BINARIES.filter((binary) => !existsSync(join(folder, binary)));
  if (missing.length > 0)
    throw new Error(`KUBEBUILDER_ASSETS=${folder} has no ${missing.join(', ')}`);
  return folder;
}

/** Kills the processes whose ids it reads, one a line, as soon as its input ends, and removes the
 * folder: the one who wrote them has gone, however it went. */
const WATCHDOG = `
  let text = '';
  process.stdin.on('data', (data) => { text += data; });
  process.stdin.on('end', () => {
    for (const pid of text.split('\\n').filter(Boolean))
      try { process.kill(Number(pid), 'SIGKILL'); } catch {}
    const rm = () => require('fs').rmSync(process.argv[1], { recursive: true, force: true });
    setTimeout(rm, 500);
  });
`;

/** The children, ended in the reverse order of their start. */
class Processes {
  readonly #children: ChildProcess[] = [];
  readonly #bin: string;
  readonly #dir: string;
  readonly #watchdog: ChildProcess;

  constructor(bin: string, dir: string) {
    this.#bin = bin;
    this.#dir = dir;
    // In a group of its own, so that what ends this one does not end it too.
    this.#watchdog = spawn(process.execPath, ['-e', WATCHDOG, dir], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
  }

  start(name: Binary, flags: string[]): ChildProcess {
    const log = openSync(join(this.#dir, `${name}.log`), 'a');
    const child = spawn(join(this.#bin, name), flags, {
      stdio: ['ignore', log, log],
      // It lives for minutes, and starting is most of its work: memory is cheaper than collecting it.
      env: { ...process.env, GOGC: '400' },
    });
    closeSync(log);
    this.#children.push(child);
    this.#watchdog.stdin?.write(`${child.pid}\n`);
    return child;
  }

  async stop(): Promise<void> {
    for (const child of this.#children.toReversed()) await ended(child);
    this.#watchdog.kill('SIGKILL');
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await new Promise<void>((resolve) => {
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
    child.once('exit', () => {
      clearTimeout(timer);
      resolve();
    });
    // A stopped process does not see its end.
    child.kill('SIGCONT');
    child.kill('SIGTERM');
  });
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  await Promise.all(
    servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve()))),
  );
  return ports;
}

async function writeCredentials(dir: string): Promise<string> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  });
  const token = randomBytes(24).toString('hex');
  await writeFile(join(dir, 'sa.key'), privateKey, { mode: 0o600 });
  await writeFile(join(dir, 'sa.pub'), publicKey);
  await writeFile(join(dir, 'tokens.csv'), `${token},admin,admin,"system:masters"\n`, {
    mode: 0o600,
  });
  return token;
}

function kubeconfigText(server: string, token: string): string {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'local', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'local', context: { cluster: 'local', user: 'admin' } }],
    'current-context': 'local',
  };
  return JSON.stringify(config, undefined, 2);
}

function etcdFlags(dir: string, port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${port}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync',
  ];
}

function apiServerFlags(dir: string, etcdPort: number, port: number): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    `--cert-dir=${join(dir, 'certs')}`,
    `--secure-port=${port}`,
    '--bind-address=127.0.0.1',
    // The address of the `kubernetes` Service, which may not be a loopback one.
    '--advertise-address=10.255.255.254',
    `--token-auth-file=${join(dir, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${join(dir, 'sa.pub')}`,
    `--service-account-signing-key-file=${join(dir, 'sa.key')}`,
    '--service-cluster-ip-range=10.96.0.0/16',
    '--disable-admission-plugins=ServiceAccount',
    '--max-requests-inflight=2000',
    '--max-mutating-requests-inflight=1000',
  ];
}

function clientFlags(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    '--port=0',
    '--secure-port=0',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ];
}

function managerFlags(dir: string, kubeconfig: string): string[] {
  return [
    ...clientFlags(kubeconfig),
    '--leader-elect=false',
    `--service-account-private-key-file=${join(dir, 'sa.key')}`,
    '--concurrent-deployment-syncs=20',
    '--concurrent-replicaset-syncs=20',
  ];
}

async function waitReady(server: string, token: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await isReady(server, token))) {
    if (child.exitCode !== null)
      throw new Error(`kube-apiserver ended with ${child.exitCode}: ${lastLines(child)}`);
    if (Date.now() > deadline)
      throw new Error(`kube-apiserver was not ready within ${READY_WITHIN_MS / 1000} s`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

function lastLines(child: ChildProcess): string {
  const folder = child.spawnargs.find((arg) => arg.startsWith('--cert-dir='))?.slice(11) ?? '';
  return readFileSync(join(folder, '..', 'kube-apiserver.log'), 'utf8')
    .split('\n')
    .slice(-8)
    .join('\n');
}

/** The certificate is made by the server for itself and differs every time: it is not checked. */
function isReady(server: string, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    const options = {
      rejectUnauthorized: false,
      headers: { authorization: `Bearer ${token}` },
      timeout: 2_000,
    };
    const asked = request(`${server}/readyz`, options, (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode === 200));
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(false));
    asked.end();
  });
}
