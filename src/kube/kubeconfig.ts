/** Finds out which cluster to speak to and as whom: kubeconfig files, or a ServiceAccount. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import type { Clock } from '../ports/clock.ts';
import { anonymous, type CredentialsProvider, tokenFile } from './credentials.ts';
import {
  type Entry,
  KubeconfigError,
  type MergedKubeconfig,
  readKubeconfigs,
  textOf,
} from './kubeconfig-file.ts';
import { proxyFromEnvironment } from './proxy.ts';
import { systemClock } from './system-clock.ts';
import { pemOf, userCredentials } from './user-credentials.ts';

export interface ClusterConfig {
  /** Base URL without a slash at its end. */
  server: string;
  /** PEM bundle that signs the server's certificate; absent: the well-known authorities. */
  ca?: string;
  insecureSkipVerify: boolean;
  /** The name the server's certificate is for, where it is not the host of `server`. */
  tlsServerName?: string;
  /** An HTTP proxy to go through. */
  proxyUrl?: string;
  /** The namespace of the context, or `default`. */
  namespace: string;
  credentials: CredentialsProvider;
  /** Where this came from, for messages: `context dev of /home/jo/.kube/config`. */
  source: string;
}

export interface LoadOptions {
  /** `--kubeconfig`. */
  path?: string | undefined;
  /** `--context`. */
  context?: string | undefined;
  env?: NodeJS.ProcessEnv;
  home?: string;
  /** Where a pod finds its ServiceAccount. */
  serviceAccountDir?: string;
  clock?: Clock;
}

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * `path`, else the files of KUBECONFIG, else ~/.kube/config, else the ServiceAccount of the pod this
 * runs in. Throws KubeconfigError with what was wrong and what to do.
 */
export async function loadKubeconfig(options: LoadOptions = {}): Promise<ClusterConfig> {
  const env = options.env ?? process.env;
  const clock = options.clock ?? systemClock;
  const files = candidateFiles(options, env);
  const merged = await readKubeconfigs(files, options.path !== undefined);
  const named = options.path !== undefined || options.context !== undefined;
  if (merged.files.length > 0 && (merged.contexts.size > 0 || named))
    return withProxy(await fromContext(merged, options.context, clock), env);
  const inCluster = await fromServiceAccount(options, env, clock);
  if (inCluster) return withProxy(inCluster, env);
  throw new KubeconfigError(
    `no cluster is configured: looked for ${files.join(', ')} and for the ServiceAccount of a pod; give --kubeconfig FILE or set KUBECONFIG`,
  );
}

function candidateFiles(options: LoadOptions, env: NodeJS.ProcessEnv): string[] {
  if (options.path !== undefined) return [options.path];
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  if (listed.length > 0) return listed;
  return [join(options.home ?? env['HOME'] ?? homedir(), '.kube', 'config')];
}

async function fromContext(
  merged: MergedKubeconfig,
  wanted: string | undefined,
  clock: Clock,
): Promise<ClusterConfig> {
  const where = merged.files.join(', ');
  const name = wanted ?? merged.currentContext;
  if (name === undefined)
    throw new KubeconfigError(
      `kubeconfig ${where}: has no current-context; choose one with --context (${names(merged.contexts)})`,
    );
  const context = merged.contexts.get(name);
  if (!context)
    throw new KubeconfigError(
      `kubeconfig ${where}: has no context ${name}; there are: ${names(merged.contexts)}`,
    );
  const cluster = referenced(context, 'cluster', merged.clusters);
  if (!cluster)
    throw new KubeconfigError(`kubeconfig ${context.file}: context ${name}: names no cluster`);
  const user = referenced(context, 'user', merged.users);
  return {
    ...(await clusterFields(cluster)),
    namespace: textOf(context.fields, 'namespace') ?? 'default',
    credentials: user ? userCredentials(user, clock) : anonymous(),
    source: `context ${name} of ${context.file}`,
  };
}

function referenced(
  context: Entry,
  field: 'cluster' | 'user',
  among: Map<string, Entry>,
): Entry | undefined {
  const name = textOf(context.fields, field);
  if (name === undefined) return undefined;
  const entry = among.get(name);
  if (!entry)
    throw new KubeconfigError(
      `kubeconfig ${context.file}: context ${context.name}: there is no ${field} ${name}; there are: ${names(among)}`,
    );
  return entry;
}

async function clusterFields(
  cluster: Entry,
): Promise<Omit<ClusterConfig, 'namespace' | 'credentials' | 'source'>> {
  const { fields } = cluster;
  const server = textOf(fields, 'server');
  const where = `kubeconfig ${cluster.file}: cluster ${cluster.name}`;
  if (server === undefined) throw new KubeconfigError(`${where}: has no server`);
  if (!/^https?:\/\//.test(server) || !URL.canParse(server))
    throw new KubeconfigError(`${where}: server ${server} is not an http or https URL`);
  const insecureSkipVerify = fields['insecure-skip-tls-verify'] === true;
  const ca = await pemOf(cluster, 'certificate-authority');
  if (ca !== undefined && insecureSkipVerify)
    throw new KubeconfigError(
      `${where}: has both a certificate-authority and insecure-skip-tls-verify; take one out`,
    );
  const tlsServerName = textOf(fields, 'tls-server-name');
  const proxyUrl = textOf(fields, 'proxy-url');
  if (proxyUrl !== undefined && !/^https?:\/\//.test(proxyUrl))
    throw new KubeconfigError(`${where}: proxy-url ${proxyUrl}: only http and https proxies work`);
  return {
    server: server.replace(/\/+$/, ''),
    insecureSkipVerify,
    ...(ca !== undefined && { ca }),
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(proxyUrl !== undefined && { proxyUrl }),
  };
}

function withProxy(config: ClusterConfig, env: NodeJS.ProcessEnv): ClusterConfig {
  const proxyUrl = config.proxyUrl ?? proxyFromEnvironment(config.server, env);
  return proxyUrl === undefined ? config : { ...config, proxyUrl };
}

async function fromServiceAccount(
  options: LoadOptions,
  env: NodeJS.ProcessEnv,
  clock: Clock,
): Promise<ClusterConfig | undefined> {
  const host = env['KUBERNETES_SERVICE_HOST'];
  const port = env['KUBERNETES_SERVICE_PORT'];
  if (!host || !port) return undefined;
  const dir = options.serviceAccountDir ?? SERVICE_ACCOUNT_DIR;
  const read = (file: string) => readFile(join(dir, file), 'utf8').catch(() => undefined);
  const ca = await read('ca.crt');
  if ((await read('token')) === undefined)
    throw new KubeconfigError(
      `this pod has no ServiceAccount token in ${dir}; set automountServiceAccountToken: true, or give --kubeconfig FILE`,
    );
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    insecureSkipVerify: false,
    ...(ca !== undefined && { ca }),
    namespace: (await read('namespace'))?.trim() || 'default',
    credentials: tokenFile(join(dir, 'token'), clock),
    source: `the ServiceAccount in ${dir}`,
  };
}

function names(entries: Map<string, Entry>): string {
  return [...entries.keys()].join(', ') || 'none';
}
