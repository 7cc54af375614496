/** What Segue writes, routed by the sandbox's gateway for requests of HTTP/1.1 that come over sockets: shares, and copies
 * whose answers nobody gets. */
import { Agent, createServer, get } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { TrafficIntent, TrafficRouter } from '../ports/traffic-router.ts';
import { gatewayAPI } from '../routers/gateway-api/router.ts';
import { ingressNginx } from '../routers/ingress-nginx/router.ts';
import { istio } from '../routers/istio/router.ts';
import { traefik } from '../routers/traefik/router.ts';
import { ingressListeners } from '../sandbox/gateway/ingress-class.ts';
import { compileIngressRoutes } from '../sandbox/gateway/ingress-route.ts';
import { compileIngresses } from '../sandbox/gateway/ingress.ts';
import { istioListeners } from '../sandbox/gateway/istio-gateway.ts';
import type { Listening } from '../sandbox/gateway/listening.ts';
import { type CompiledRoute, compileRoute } from '../sandbox/gateway/route.ts';
import { compileVirtualService } from '../sandbox/gateway/virtual-service.ts';
import { ObjectStore } from './apply-writes.ts';
import { gatewayWith, routeAt, Wire } from './gateway-wire.ts';
import { expectCount, placesOf } from './routed-shares.ts';
import {
  applier,
  defaulted,
  NAMESPACE,
  service,
  splitIntent,
} from './router-conformance-objects.ts';
import { until } from './until.ts';

type Fields = Record<string, unknown>;

const HOST = 'shop.example.com';
const REQUESTS = 20_000;
const AT_ONCE = 16;

const object = (apiVersion: string, kind: string, name: string, spec: Fields): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: NAMESPACE },
  spec,
});
const ofTraefik = (kind: string, spec: Fields) => object('traefik.io/v1alpha1', kind, 'web', spec);
const ingressClass = (name: string, controller: string) =>
  object('networking.k8s.io/v1', 'IngressClass', name, { controller });

const NGINX = ingressClass('nginx', 'k8s.io/ingress-nginx');
const TRAEFIK = ingressClass('traefik', 'traefik.io/ingress-controller');
const to = { name: 'web', port: 80 };
const ingressRoute = (service: Fields) =>
  ofTraefik('IngressRoute', {
    routes: [{ match: 'PathPrefix(`/`)', kind: 'Rule', services: [service] }],
  });

interface Case {
  router: TrafficRouter;
  config: TrafficIntent['config'];
  /** The user's. */
  objects: KubeObject[];
  compile: (store: ObjectStore) => CompiledRoute[];
  at: Listening[];
}

const compileTraefik = (store: ObjectStore) =>
  compileIngressRoutes(store.list(KINDS.ingressRoute), [TRAEFIK], store.list(KINDS.traefikService));

const CASES: Record<string, Case> = {
  'an HTTPRoute': {
    router: gatewayAPI,
    config: { httpRoute: 'web' },
    objects: [routeAt('HTTPRoute', 'web', { rules: [{ backendRefs: [to] }] })],
    compile: (store) => store.list(KINDS.httpRoute).map(compileRoute),
    at: [gatewayWith({ name: 'http', port: 80, protocol: 'HTTP' })],
  },
  'a VirtualService': {
    router: istio,
    config: { virtualService: 'web' },
    objects: [
      object('networking.istio.io/v1', 'VirtualService', 'web', {
        hosts: [HOST],
        gateways: ['edge'],
        http: [{ route: [{ destination: { host: 'web', port: { number: 80 } } }] }],
      }),
    ],
    compile: (store) => store.list(KINDS.virtualService).map((one) => compileVirtualService(one)),
    at: [
      istioListeners(
        object('networking.istio.io/v1', 'Gateway', 'edge', {
          servers: [{ port: { number: 80, protocol: 'HTTP' }, hosts: ['*'] }],
        }),
      ),
    ],
  },
  'a canary Ingress': {
    router: ingressNginx,
    config: { ingress: 'web', annotationPrefix: 'nginx.ingress.kubernetes.io' },
    objects: [
      object('networking.k8s.io/v1', 'Ingress', 'web', {
        ingressClassName: 'nginx',
        rules: [
          {
            host: HOST,
            http: {
              paths: [
                {
                  path: '/',
                  pathType: 'Prefix',
                  backend: { service: { name: 'web', port: { number: 80 } } },
                },
              ],
            },
          },
        ],
      }),
    ],
    compile: (store) => compileIngresses(store.list(KINDS.ingress), [NGINX]),
    at: ingressListeners(NGINX),
  },
  'a TraefikService': {
    router: traefik,
    config: { traefikService: 'web' },
    objects: [
      ofTraefik('TraefikService', { weighted: { services: [to] } }),
      ingressRoute({ name: 'web', kind: 'TraefikService' }),
    ],
    compile: compileTraefik,
    at: ingressListeners(TRAEFIK),
  },
};

let wire: Wire;
afterEach(() => wire.close());

/** The gateway with what a router has written, before two versions that say who they are; its port.
 * @param heard by the candidate, of each request */
async function openGateway(
  { router, config, objects, compile, at }: Case,
  change: Partial<TrafficIntent>,
  heard: (path: string) => void = () => undefined,
): Promise<number> {
  const store = new ObjectStore([...objects, service('web')], defaulted);
  const release = { name: 'web-1', uid: 'uid-web-1', policy: 'web' };
  const intent = splitIntent(config, { release, ...change });
  const wanted = { ...intent, journal: router.capture(intent, store) };
  // A second time, for what waits for the first.
  for (const _ of [1, 2]) applier(router)(store, wanted);
  const places = placesOf(REQUESTS, 7);
  wire = new Wire(at, () => places.pop() ?? Math.random());
  for (const name of ['web', 'web-stable', 'web-candidate']) {
    const server = createServer((incoming, response) => {
      if (name === 'web-candidate') heard(`${incoming.method} ${incoming.url}`);
      response.end(name);
    });
    wire.service(name, [await wire.backend(server)]);
  }
  wire.route(...compile(store));
  return wire.listen({ kind: 'listener', port: 80 });
}

/** Who answers each of so many, over a few connections that are kept. */
async function answersTo(port: number, count: number): Promise<Map<string, number>> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
  const answered = new Map<string, number>();
  let left = count;
  const client = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const said = await ask(port, agent);
      answered.set(said, (answered.get(said) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, client));
  agent.destroy();
  return answered;
}

function ask(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { host: HOST };
    get({ port, agent, headers, path: '/cart' }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString()));
      response.once('end', () => resolve(text));
    }).once('error', reject);
  });
}

test.each(Object.entries(CASES))(
  'by %s 5 percent of 20,000 requests reach the candidate, and the others the stable version',
  async (_, given) => {
    const port = await openGateway(given, { weight: 5 });
    const answered = await answersTo(port, REQUESTS);
    const candidate = answered.get('web-candidate') ?? 0;
    expectCount(5, candidate, REQUESTS);
    expect(answered.get('web-stable')).toBe(REQUESTS - candidate);
  },
  60_000,
);

test('by an IngressRoute copies arrive at the candidate, and their answers nowhere', async () => {
  const heard: string[] = [];
  const mirror = { percent: 100, methods: 'All' } as const;
  const given: Case = {
    router: traefik,
    config: { ingressRoute: 'web' },
    objects: [ingressRoute(to)],
    compile: compileTraefik,
    at: ingressListeners(TRAEFIK),
  };
  const change = { weight: 0, mirror, rules: [{ mirror }] };
  const port = await openGateway(given, change, (path) => heard.push(path));
  expect(await answersTo(port, 50)).toEqual(new Map([['web-stable', 50]]));
  await until('all copies', () => Promise.resolve(heard.length >= 50));
  expect(heard).toEqual(Array.from({ length: 50 }, () => 'GET /cart'));
});
