/** Which listeners are served, what they let in, and what is said of the others. */
import { expect, test } from 'vitest';
import { attach } from './attachment.ts';
import { compileConnectionRoute } from './connection-route.ts';
import { compileGrpcRoute } from './grpc-route.ts';
import { listeningOf } from './listening.ts';
import type { ListenerSpec } from './objects.ts';
import { compileRoute } from './route.ts';
import { renderGatewayStatus } from './status.ts';
import { listenerPorts } from './wanted-sockets.ts';
import { routeAt } from '../../testing/gateway-wire.ts';

const LISTENERS: ListenerSpec[] = [
  { name: 'http', port: 80, protocol: 'HTTP' },
  { name: 'tcp', port: 5432, protocol: 'TCP' },
  { name: 'tls', port: 443, protocol: 'TLS', tls: { mode: 'Passthrough' } },
  { name: 'ended', port: 8443, protocol: 'TLS', tls: { mode: 'Terminate' } },
  { name: 'https', port: 9443, protocol: 'HTTPS' },
  { name: 'second', port: 80, protocol: 'TCP' },
];
const gateway = {
  apiVersion: 'gateway.networking.k8s.io/v1',
  kind: 'Gateway',
  metadata: { name: 'gw', namespace: 'shop' },
  spec: { gatewayClassName: 'segue', listeners: LISTENERS },
};

test('HTTP, TCP and TLS that is passed through are served, and of two on one port the first', () => {
  const asked = listenerPorts([listeningOf(gateway)], { address: '127.0.0.1', ports: {} });
  expect(asked.map(({ port }) => port)).toEqual([80, 5432, 443]);
});

test('of each listener it is said which kinds it takes, or why it is not served', () => {
  const status = renderGatewayStatus(gateway, {
    nowIso: '',
    address: '127.0.0.1',
    refusalOf: () => undefined,
    attachedRoutes: () => 0,
  }) as { listeners: { supportedKinds: { kind: string }[]; conditions: Fields[] }[] };
  const told = status.listeners.map(({ supportedKinds, conditions }) => [
    supportedKinds.map(({ kind }) => kind).join(),
    conditions.find(({ type }) => type === 'Accepted')?.['reason'],
  ]);
  expect(told).toEqual([
    ['HTTPRoute,GRPCRoute', 'Accepted'],
    ['TCPRoute', 'Accepted'],
    ['TLSRoute', 'Accepted'],
    ['', 'UnsupportedProtocol'],
    ['', 'UnsupportedProtocol'],
    ['TCPRoute', 'ProtocolConflict'],
  ]);
});

type Fields = Record<string, unknown>;

const world = {
  gateways: new Map([['shop/gw', listeningOf(gateway)]]),
  services: { has: () => true },
  namespaceLabels: () => ({}),
};

test.each([
  ['HTTPRoute', 'http', compileRoute],
  ['GRPCRoute', 'http', compileGrpcRoute],
  ['TCPRoute', 'tcp', compileConnectionRoute],
  ['TLSRoute', 'tls', compileConnectionRoute],
])('a %s attaches to the listener %s alone', (kind, listener, compile) => {
  const rules = [{ backendRefs: [{ name: 'web', port: 80 }] }];
  const [attached] = attach(compile(routeAt(kind, 'web', { rules })), world);
  expect(attached?.listeners.map((one) => one.listener.name)).toEqual([listener]);
  const elsewhere = { parentRefs: [{ name: 'gw', sectionName: 'ended' }], rules };
  const [refused] = attach(compile(routeAt(kind, 'web', elsewhere)), world);
  expect(refused?.refusal?.reason).toBe('NoMatchingParent');
});
