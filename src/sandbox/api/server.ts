/** Starts the sandbox's Kubernetes API server. */
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { stringify } from 'yaml';
import type { Clock } from '../../ports/clock.ts';
import type { KubeClient } from '../../ports/kube.ts';
import type { Log } from '../../ports/log.ts';
import { Authorizer } from './access/rbac.ts';
import { ADMIN, Tokens } from './access/tokens.ts';
import type { Backend, UserInfo } from './backend.ts';
import { bootstrap } from './bootstrap.ts';
import { StoreClient } from './client.ts';
import { definitionStrategy } from './custom/definition.ts';
import { openDataDirectory, type DataDirectory } from './data/directory.ts';
import { takeIdentity } from './data/identity.ts';
import { handle, type HandlerParts } from './http/handler.ts';
import { listener } from './http/transport.ts';
import { builtinResources } from './kinds/builtin.ts';
import { ServiceAddresses } from './kinds/services.ts';
import { startLifecycle } from './lifecycle.ts';
import { Registry } from './registry.ts';
import { Store } from './store.ts';

export interface ApiServerOptions {
  /** On 127.0.0.1; 0 takes a free one. Default: the one it had, if `data` knows, or a free one. */
  port?: number;
  clock: Clock;
  log: Log;
  /** In [0, 1), for names, uids and addresses. */
  random?: () => number;
  /** Events of each kind kept for watches that start in the past. */
  watchWindow?: number;
  /** Where the server outlives its process; it forgets everything when there is none. */
  data?: string;
}

export interface ApiServer {
  /** `https://127.0.0.1:port`. */
  url: string;
  port: number;
  /** YAML, for the administrator. */
  kubeconfig: string;
  /** The server's certificate authority. */
  caPem: string;
  /** What a user should know of how the data was found. */
  notes: string[];
  /** In process, without HTTP; the administrator's when no user is given. */
  client(user?: UserInfo): KubeClient;
  /** Forgets the past, so that watches have to list again. For tests. */
  compact(): void;
  close(): Promise<void>;
}

const WATCH_WINDOW = 4_000;
const KEEP_ALIVE_MS = 180_000;

export async function startApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const data = options.data === undefined ? undefined : openDataDirectory(options.data);
  try {
    return await startWith(options, data);
  } catch (error) {
    data?.close();
    throw error;
  }
}

async function startWith(
  options: ApiServerOptions,
  data: DataDirectory | undefined,
): Promise<ApiServer> {
  const { clock, log, random = Math.random } = options;
  const { identity, notes } = await takeIdentity(data?.identity, clock.now());
  const { certificate } = identity;
  const store = new Store(options.watchWindow ?? WATCH_WINDOW);
  if (data) store.restore(data.past);
  const registry = new Registry();
  const backend: Backend = { store, registry, clock, log, random };
  const addresses = new ServiceAddresses(store, random);
  const strategies = {
    '/services': addresses.strategy(),
    'apiextensions.k8s.io/customresourcedefinitions': definitionStrategy(() => clock.now()),
  };
  for (const resource of builtinResources(strategies)) registry.add(resource);
  const authorizer = new Authorizer(store);
  const tokens = new Tokens({ admin: identity.adminToken, key: identity.tokenKey });
  let { port } = identity;
  const parts: HandlerParts = { backend, authorizer, tokens, address: () => `127.0.0.1:${port}` };
  const server = createServer(
    { key: certificate.keyPem, cert: certificate.certPem + certificate.caPem },
    listener(parts),
  );
  server.requestTimeout = 0;
  // Clients keep connections for later; one that is closed under a request looks like a failure.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  port = await listenAgain(server, { asked: options.port, before: port });
  data?.saveIdentity({ ...identity, port });
  data?.keep(store);
  startLifecycle(backend, certificate.caPem);
  bootstrap(backend, port);
  const url = `https://127.0.0.1:${port}`;
  return {
    url,
    port,
    kubeconfig: kubeconfig(url, certificate.caPem, tokens.admin),
    caPem: certificate.caPem,
    notes: [...(data?.notes ?? []), ...notes],
    client: (user = ADMIN) =>
      new StoreClient({ backend, authorizer, user, handle: (request) => handle(parts, request) }),
    compact: () => store.compact(),
    close: async () => {
      store.close();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
      data?.close();
    },
  };
}

/** The port the user wants; otherwise the one that clients know. */
async function listenAgain(
  server: Server,
  { asked, before }: { asked: number | undefined; before: number },
): Promise<number> {
  try {
    return await listen(server, asked ?? before);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const which = asked === undefined ? ', which this sandbox had before' : '';
    throw new Error(
      `port ${asked ?? before}${which}, is in use by another program: stop that, or choose with --port (0: any free one; the kubeconfig is written anew)`,
      { cause: error },
    );
  }
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function kubeconfig(server: string, caPem: string, token: string): string {
  const name = 'segue-sandbox';
  const authority = Buffer.from(caPem).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: { server, 'certificate-authority-data': authority } }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name, context: { cluster: name, user: 'admin' } }],
    'current-context': name,
  });
}
