/** Connections passed through byte by byte: upgraded ones, and ports that speak no HTTP. */
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { decide, type Forward, type Origin } from './decision.ts';
import { observe, type Front } from './front.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { requestHeaders } from './proxy-headers.ts';
import type { ServiceTarget } from './service-registry.ts';

/** Passes a TCP connection to a Service's port on to one of its endpoints. */
export function tunnelConnection(
  front: Front,
  origin: Origin & { kind: 'service' },
  socket: Socket,
): void {
  const target = front.state.registry.target(origin.service, origin.port);
  const client = socket.remoteAddress ?? '';
  socket.on('error', () => socket.destroy());
  if (!target) return void socket.destroy();
  socket.pause();
  dial(front, target, client, (upstream) => {
    if (!upstream) return void socket.destroy();
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
  const decision = decide(request, origin, front.state);
  if (decision.kind === 'answer') return refuse(socket, decision.code);
  const client = request.socket.remoteAddress ?? '';
  dial(front, decision.target, client, (upstream) => {
    const code = upstream ? 101 : 503;
    const seconds = (performance.now() - startedMs) / 1_000;
    observe(front, { forward: decision, endpoint: upstream?.endpoint, code, seconds });
    if (!upstream) return refuse(socket, code);
    upstream.socket.write(headOf(request, decision, origin));
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
    const socket = connect({ host: endpoint.address, port: endpoint.port });
    socket.once('error', attempt);
    socket.once('connect', () => {
      socket.off('error', attempt);
      onDone({ socket, endpoint });
    });
  };
  attempt();
}

function join({ tunnels }: Front, client: Duplex, { socket: upstream, endpoint }: Upstream): void {
  tunnels.add(client);
  endpoint.inFlight += 1;
  upstream.once('close', () => {
    endpoint.inFlight -= 1;
    client.destroy();
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

function headOf(request: IncomingMessage, forward: Forward, origin: Origin): string {
  const headers = requestHeaders(request, forward, origin);
  headers['connection'] = 'upgrade';
  headers['upgrade'] = request.headers.upgrade ?? '';
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value ?? []].flat().map((one) => `${name}: ${one}`),
  );
  return `${request.method} ${forward.path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}
