/** ingress-nginx, read by the sandbox's gateway as its user guide describes it: an Ingress, and a canary beside it. */
import type { KubeObject } from '../../api/object.ts';
import { compileIngresses } from '../../sandbox/gateway/ingress.ts';
import type { Chance } from '../chance.ts';
import { specOf } from './foreign-fields.ts';
import { rulesOf } from './gateway-api.ts';
import { HOST, metadataOf, type RouteKind } from './route-kind.ts';

const VERSION = 'networking.k8s.io/v1';

const CLASS: KubeObject = {
  apiVersion: VERSION,
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
};

export const ingressNginx: RouteKind = {
  kind: 'Ingress',
  served: { Ingress: VERSION },
  router: { ingressNginx: { ingress: 'web' } },
  draw,
  toKeep: byOnePort,
  rules(stored) {
    if (!stored.get('Ingress', 'web')) return [];
    const routes = compileIngresses(stored.all('Ingress'), [CLASS]);
    return rulesOf(routes.flatMap(({ matches }) => matches));
  },
  foreign(object) {
    const { rules, ...spec } = specOf(object);
    const text = JSON.stringify(rules).replaceAll(/"web-(stable|candidate)"/g, '"web"');
    const { annotations, labels } = object.metadata;
    const others = Object.entries(annotations ?? {}).filter(([key]) => !KEEPING.test(key));
    return [{ ...spec, rules: JSON.parse(text) as unknown }, Object.fromEntries(others), labels];
  },
};

/** What a release writes by which users are kept. */
const KEEPING = /^nginx\.ingress\.kubernetes\.io\/(affinity$|session-cookie-)/;

/** A cookie names one upstream, which is a Service with a port as it is written. */
function byOnePort(objects: KubeObject[]): KubeObject[] {
  return objects.map((object) => {
    const all = structuredClone(object);
    const { rules = [] } = specOf(all) as { rules?: { http: { paths: IngressPath[] } }[] };
    for (const { http } of rules)
      for (const { backend } of http.paths) backend.service.port = { number: 80 };
    return all;
  });
}

export interface IngressPath {
  path: string;
  pathType: string;
  backend: { service: { name: string; port: { number?: number; name?: string } } };
}

export function pathTo(name: string, path: string, port: object = { number: 80 }): IngressPath {
  return { path, pathType: 'Prefix', backend: { service: { name, port } } };
}

function draw(chance: Chance): KubeObject[] {
  const annotations = {
    'nginx.ingress.kubernetes.io/proxy-read-timeout': '30',
    ...(chance.maybe(0.4) && { 'nginx.ingress.kubernetes.io/load-balance': 'ewma' }),
    'shop.example.com/owner': 'team shop',
  };
  const port = chance.from([{ number: 80 }, { name: 'http' }]);
  const paths = [
    ...(chance.maybe(0.5) ? [pathTo('docs', '/docs')] : []),
    ...(chance.maybe(0.4) ? [pathTo('web', '/api', { number: 80 })] : []),
    pathTo('web', '/', port),
  ];
  const tls = chance.maybe(0.5) && { tls: [{ hosts: [HOST], secretName: 'shop-tls' }] };
  const rules = [{ host: HOST, http: { paths } }];
  const metadata = metadataOf(chance.maybe(0.7) ? { annotations } : {});
  const spec = { ingressClassName: 'nginx', ...tls, rules };
  return [{ apiVersion: VERSION, kind: 'Ingress', metadata, spec }];
}
