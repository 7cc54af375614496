/** The kubelet's HTTP port, as far as API servers ask for it: container logs. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../../ports/clock.ts';
import { formatLine, readLogQuery, selectLines, type LogStore } from './log-store.ts';
import { NODE_ADDRESS } from './node-object.ts';

export interface LogRequest {
  namespace: string;
  pod: string;
  container: string;
  previous: boolean;
}

export interface KubeletServer {
  port: number;
  close(): Promise<void>;
}

/** Serves `GET /containerLogs/<namespace>/<pod>/<container>` on a port of its own. */
export async function startKubeletServer(
  find: (request: LogRequest) => LogStore | string,
  clock: Clock,
): Promise<KubeletServer> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://kubelet');
    const [, verb, namespace, pod, container] = url.pathname.split('/').map(decodeURIComponent);
    if (verb === 'healthz') return void response.end('ok');
    if (request.method !== 'GET' || verb !== 'containerLogs' || !namespace || !pod || !container)
      return void response.writeHead(404).end('the sandbox serves /containerLogs only\n');
    const previous = url.searchParams.get('previous') === 'true';
    const found = find({ namespace, pod, container, previous });
    if (typeof found === 'string') return void response.writeHead(404).end(`${found}\n`);
    sendLog(response, found, { parameters: url.searchParams, clock });
  });
  const port = await listen(server);
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function sendLog(
  response: ServerResponse,
  store: LogStore,
  { parameters, clock }: { parameters: URLSearchParams; clock: Clock },
): void {
  const query = readLogQuery(parameters, clock.now());
  response.writeHead(200, { 'content-type': 'text/plain' });
  const lines = selectLines(store.lines(), query);
  response.write(lines.map((line) => formatLine(line, query.timestamps)).join(''));
  if (!query.follow || store.ended) return void response.end();
  const unfollow = store.follow(
    (line) => response.write(formatLine(line, query.timestamps)),
    () => response.end(),
  );
  response.once('close', unfollow);
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, NODE_ADDRESS, () => resolve((server.address() as AddressInfo).port));
  });
}
