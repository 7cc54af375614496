/** Canary releases by the weights of a GRPCRoute and of a TCPRoute, through the gateway and under load. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type ByHand, openByHand } from '../../src/testing/by-hand.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import { GrpcUsers } from '../../src/testing/grpc-users.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const shops: ByHand[] = [];
const grpc = new GrpcUsers();
beforeAll(async () => {
  lab = await startRouteLab({ nodes: 1, gateway: true });
}, 180_000);
afterAll(async () => {
  for (const { load } of shops) load.stop();
  grpc.stop();
  await lab?.stop();
});

interface Given {
  name: string;
  port: number;
  /** Of the listener. */
  protocol: string;
  /** The route, as far as it is not the same for all. */
  route: string;
  /** Of the policy's router. */
  field: string;
  match?: string;
  /** Of the first stage. */
  weight: number;
}

const objects = ({ name, port, protocol, route, field, match = '', weight }: Given) => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, labels: {app: ${name}}}
spec:
  replicas: 3
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec:
      containers:
        - name: app
          image: segue-demo:v1
          ports: [{name: main, containerPort: 8080}]
          readinessProbe: {httpGet: {path: /readyz, port: main}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec:
  selector: {app: ${name}}
  ports: [{name: main, port: 80, targetPort: main}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: ${name}}
spec:
  gatewayClassName: segue
  listeners:
    - name: main
      protocol: ${protocol}
      port: ${port}
      allowedRoutes: {namespaces: {from: Same}}
---
${route}
metadata: {name: ${name}}
spec:
  parentRefs: [{name: ${name}}]
  rules: [{backendRefs: [{name: ${name}, port: 80}]}]
---
apiVersion: segue.dev/v1alpha1
kind: ReleasePolicy
metadata: {name: ${name}}
spec:
  targetRef: {name: ${name}}
  traffic:
    services: [{name: ${name}}]
    routers: [{gatewayAPI: {${field}: ${name}}}]
  strategy:
    canary:
      ${match}
      stages: [{weight: ${weight}, hold: 1s}, {weight: 50, hold: 1s}]
  checks:
    - name: errors
      scrape:
        pods: {port: 8080}
        total: http_requests_total
        bad: http_requests_total{code=~"5.."}
      max: 5%
      interval: 500ms
  bake: 1s
`;

async function open(given: Omit<Given, 'port'>, ask?: GrpcUsers['ask']): Promise<ByHand> {
  const port = await freePort();
  const yaml = objects({ ...given, port });
  const shop = await openByHand(lab, { name: given.name, yaml, port, ...(ask && { ask }) });
  shops.push(shop);
  return shop;
}

async function versions(shop: ByHand, headers: Record<string, string> = {}): Promise<string[]> {
  const answers = await Promise.all(Array.from({ length: 60 }, () => shop.request(headers)));
  return [...new Set(answers.map(({ version }) => version))].sort();
}

/** All to v2 with nothing lost, and from a bad v3 back again. */
async function releases(
  shop: ByHand,
  kind: (typeof KINDS)['grpcRoute' | 'tcpRoute'],
  testers = {},
) {
  const specOf = async () => (await shop.get(kind))['spec'];
  const before = await specOf();
  await shop.adopt();
  await shop.held();
  await shop.write(shop.name, 'segue-demo:v2');
  await shop.reach(1, 'the first stage', atGates(0));
  if (Object.keys(testers).length > 0) expect(await versions(shop, testers)).toEqual(['v2']);
  await shop.reach(1, 'the second stage', atGates(1));
  expect(await versions(shop)).toEqual(['v1', 'v2']);
  await shop.end(1, 'Promoted', 90_000);
  expect(await versions(shop)).toEqual(['v2']);
  expect(await specOf()).toEqual(before);
  expect(shop.load.answers).toEqual({ 200: expect.any(Number) as number });
  expect(shop.load.saw[0]).toBe('v1');
  expect(shop.load.saw.at(-1)).toBe('v2');

  const more = shop.moreLoad({ perSecond: 60, headers: testers });
  await shop.write(shop.name, 'segue-demo:v3', { FAULT_PERCENT: '60' });
  await until('the second release', () => shop.release(2));
  expect(await shop.end(2, 'Aborted', 90_000)).toMatchObject({ reason: 'CheckFailed' });
  await more.finish();
  expect(await specOf()).toEqual(before);
  expect(await versions(shop, testers)).toEqual(['v2']);
  return [shop.load, more];
}

test('GRPCRoute: testers by a header and a share of the calls, all of them, or back again: no call is lost', async () => {
  const route = 'apiVersion: gateway.networking.k8s.io/v1\nkind: GRPCRoute';
  const match = "match: [{headers: [{name: canary, exact: 'true'}]}]";
  const given = { name: 'calls', protocol: 'HTTP', route, field: 'grpcRoute', match, weight: 5 };
  const shop = await open(given, grpc.ask);
  const loads = await releases(shop, KINDS.grpcRoute, { canary: 'true' });
  // What was lost is what the bad version answered (14, unavailable), and nothing in the moves.
  for (const { answers } of loads)
    expect(Object.keys(answers).filter((answer) => !/^(200|14)$/.test(answer))).toEqual([]);
});

test('a GRPCRoute on a Service: the example for a mesh, by the port of the Service itself', async () => {
  const port = 30_000 + (process.pid % 2_000);
  const text = await readFile('examples/canary-mesh.yaml', 'utf8');
  const yaml = text
    .replaceAll(/\b(hold|bake): \d+s\b/g, '$1: 1s')
    .replaceAll('periodSeconds: 2', 'periodSeconds: 1')
    .replaceAll('interval: 2s', 'interval: 500ms')
    .replace(
      '  ports:\n    - name: grpc',
      `  type: NodePort\n  ports:\n    - nodePort: ${port}\n      name: grpc`,
    );
  const mesh = new GrpcUsers();
  try {
    const shop = await openByHand(lab, { name: 'tariffs', yaml, port, ask: mesh.ask });
    shops.push(shop);
    const loads = await releases(shop, KINDS.grpcRoute, { canary: 'true' });
    for (const { answers } of loads)
      expect(Object.keys(answers).filter((answer) => !/^(200|14)$/.test(answer))).toEqual([]);
  } finally {
    mesh.stop();
  }
});

test('TCPRoute: a share of the connections, all of them, or back again: none is lost', async () => {
  const route = 'apiVersion: gateway.networking.k8s.io/v1alpha2\nkind: TCPRoute';
  const given = { name: 'lines', protocol: 'TCP', route, field: 'tcpRoute', weight: 30 };
  const loads = await releases(await open(given), KINDS.tcpRoute);
  for (const { answers } of loads)
    expect(Object.keys(answers).filter((answer) => !/^(200|500)$/.test(answer))).toEqual([]);
});
