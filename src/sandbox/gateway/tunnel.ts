/** Connections passed through byte by byte: upgraded ones, and ports that speak no HTTP. */
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionLabels } from './connection-metrics.ts';
import type { ConnectionRule } from './connection-rule.ts';
import { decide, type Forward } from './decision.ts';
import type { Origin, ServiceOrigin } from './origin.ts';
import { observe, type Front } from './front.ts';
import { type Incoming, ofHttp1 } from './incoming.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { requestHeaders } from './proxy-headers.ts';
import { type Backend, chooseBackend, withShares } from './shares.ts';
import type { ServiceTarget } from './service-registry.ts';

/** Passes a connection on to one of the endpoints of the Service that it came to. */
export function tunnelToService(front: Front, origin: ServiceOrigin, socket: Socket): void {
  const [namespace = '', service = ''] = origin.service.split('/');
  const target = front.state.registry.target(origin.service, origin.port);
  tunnelTo(front, socket, { target, labels: { namespace, service, route: '' } });
}

/** Passes a connection on by the shares of a rule; what none of them can have is refused. */
export function tunnelByRule(
  front: Front,
  origin: Origin,
  { socket, rule }: { socket: Socket; rule: ConnectionRule },
): void {
  const { registry, random } = front.state;
  const targetOf = (to: Backend) => registry.targetOf(to, origin.port);
  const shares = rule.leavesOutEmpty
    ? withShares(rule.backends.filter((to) => targetOf(to)?.endpoints.length))
    : rule;
  const backend = rule.problem === undefined ? chooseBackend(shares, random()) : undefined;
  const [namespace = '', service = ''] = backend?.service.split('/') ?? [];
  const target = backend && targetOf(backend);
  tunnelTo(front, socket, { target, labels: { namespace, service, route: rule.route } });
}

interface Tunnelled {
  /** Undefined: nobody can have it. */
  target: ServiceTarget | undefined;
  labels: Pick<ConnectionLabels, 'namespace' | 'service' | 'route'>;
}

function tunnelTo(front: Front, socket: Socket, { target, labels }: Tunnelled): void {
  const client = socket.remoteAddress ?? '';
  const { connections } = front.metrics;
  const refuseConnection = () => {
    connections.refused(labels);
    socket.resetAndDestroy();
  };
  socket.on('error', () => socket.destroy());
  if (!target) return refuseConnection();
  front.tunnels.add(socket);
  socket.once('close', () => front.tunnels.delete(socket));
  socket.pause();
  dial(front, target, client, (upstream) => {
    if (!upstream) return refuseConnection();
    const { hash, version } = upstream.endpoint.version;
    connections.opened({ ...labels, pod_template_hash: hash, version }, upstream.socket);
    join(front, socket, upstream);
  });
}

/** Passes an upgrade (a websocket) on, with the rest of its connection. */
export function tunnelUpgrade(
  front: Front,
  origin: Origin,
  { request, socket, head }: { request: IncomingMessage; socket: Duplex; head: Buffer },
): void {
  const startedMs = performance.now();
  socket.on('error', () => socket.destroy());
  const incoming = ofHttp1(request);
  const decision = decide(incoming, origin, front.state);
  if (decision.kind === 'answer') return refuse(socket, decision.code);
  dial(front, decision.target, incoming.client, (upstream) => {
    const code = upstream ? 101 : 503;
    const seconds = (performance.now() - startedMs) / 1_000;
    observe(front, incoming, { forward: decision, endpoint: upstream?.endpoint, code, seconds });
    if (!upstream) return refuse(socket, code);
    upstream.socket.write(headOf(incoming, decision, origin));
    upstream.socket.write(head);
    join(front, socket, upstream);
  });
}

interface Upstream {
  socket: Socket;
  endpoint: LiveEndpoint;
}

function dial(
  front: Front,
  target: ServiceTarget,
  client: string,
  onDone: (upstream: Upstream | undefined) => void,
): void {
  const tried: LiveEndpoint[] = [];
  const attempt = (): void => {
    const endpoint = front.state.registry.pick(target, client, tried);
    if (!endpoint) return onDone(undefined);
    if (tried.length > 0) front.metrics.countRetry(target.service, 'connect');
    tried.push(endpoint);
    const { address: host, port } = endpoint;
    // Either side may have said all that it has to say before the other.
    const socket = connect({ host, port, allowHalfOpen: true });
    socket.once('error', attempt);
    socket.once('connect', () => {
      socket.off('error', attempt);
      onDone({ socket, endpoint });
    });
  };
  attempt();
}

function join({ tunnels }: Front, client: Duplex, { socket: upstream, endpoint }: Upstream): void {
  // It may have left while its endpoint was called.
  if (client.destroyed) return void upstream.destroy();
  tunnels.add(client);
  endpoint.inFlight += 1;
  upstream.once('close', (failed: boolean) => {
    endpoint.inFlight -= 1;
    if (failed) client.destroy();
    // Not before it has everything that was said.
    else client.end(() => client.destroy());
  });
  upstream.on('error', () => upstream.destroy());
  client.once('close', () => {
    tunnels.delete(client);
    upstream.destroy();
  });
  client.pipe(upstream);
  upstream.pipe(client);
}

function refuse(socket: Duplex, code: number): void {
  socket.end(`HTTP/1.1 ${code} Refused\r\nconnection: close\r\ncontent-length: 0\r\n\r\n`);
}

function headOf(request: Incoming, forward: Forward, origin: Origin): string {
  const headers = requestHeaders(request, forward, origin);
  headers['connection'] = 'upgrade';
  headers['upgrade'] = request.headers['upgrade'];
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  return `${request.method} ${forward.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
