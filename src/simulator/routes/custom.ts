/** Objects of kinds that users define: one list of destinations in percent, and rules with thousandths as text. */
import type { Able } from '../../api/routed.ts';
import { DEFINITION_KEY, DEFINITION_LABEL } from '../../api/route-definition.ts';
import type { KubeObject } from '../../api/object.ts';
import { isSaid, saying } from './condition.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import {
  HOST,
  objectOf,
  type RouteKind,
  type RouterInput,
  serviceOfHost,
  sharesBy,
} from './route-kind.ts';

const DEFINITION = 'router';

/** The definitions here say nothing of headers. */
const able: Able = { match: [], mirror: false, sticky: false };

export const router: RouterInput = { custom: { definition: DEFINITION, object: 'web' } };

export function definitionObject(text: string): KubeObject {
  const labels = { [DEFINITION_LABEL]: 'true' };
  const metadata = { name: DEFINITION, namespace: 'shop', labels };
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [DEFINITION_KEY]: text } };
}

const SPLIT = `group: split.example.com
versions: [v1alpha2]
kind: TrafficSplit
destinations: ['spec.backends[]']
service: service
weight: weight
root: spec.service
`;

interface Backend {
  service: string;
  weight?: number;
}

/** As of a mesh: for a Service, by weights. Nobody says anything of it. */
export const trafficSplit: RouteKind = {
  kind: 'TrafficSplit',
  served: { TrafficSplit: 'split.example.com/v1alpha2', ConfigMap: 'v1' },
  router,
  able,
  paths: ['/'],
  draw(chance) {
    const backends = [
      { service: 'web', weight: 100, ...(chance.maybe(0.5) && { note: 'all of it' }) },
    ];
    const spec = { service: 'web', backends, ...(chance.maybe(0.5) && { timeout: '2s' }) };
    const apiVersion = 'split.example.com/v1alpha2';
    return [objectOf(apiVersion, 'TrafficSplit', spec), definitionObject(SPLIT)];
  },
  rules(stored) {
    const { backends = [] } = specOf(stored.get('TrafficSplit', 'web')) as { backends?: Backend[] };
    const to = backends.map(({ service, weight = 0 }) => ({ service, weight }));
    return backends.length === 0 ? [] : [{ test: () => true, to: sharesBy(to), copies: [] }];
  },
  foreign: (object, own) =>
    object.kind === 'ConfigMap'
      ? object
      : withoutMoved(object, own, {
          rules: '',
          refs: 'backends',
          nameOf: ({ service }) => String(service),
        }),
};

const EDGE = `group: edge.example.com
versions: [v1]
kind: EdgeRoute
destinations: ['spec.routes[].targets[]']
service: to.host
port: to.port
weight: share
weights: { total: 1000, text: true, optional: true }
accepted: { type: Programmed }
`;

interface Target {
  to: { host: string };
  share?: string;
}

interface EdgeRoute {
  path: string;
  targets: Target[];
}

/** As of a gateway: by paths, in thousandths, with a condition that has to be there. */
export const edgeRoute: RouteKind = {
  kind: 'EdgeRoute',
  served: { EdgeRoute: 'edge.example.com/v1', ConfigMap: 'v1' },
  router,
  able,
  draw(chance) {
    const to = (host: string) => ({ host: `${host}${chance.from(['', '.shop'])}`, port: 80 });
    const own = { to: to('web'), ...(chance.maybe(0.5) && { share: '1000' }), zone: 'eu' };
    const routes = [
      ...(chance.maybe(0.5) ? [{ path: '/docs', targets: [{ to: to('docs') }] }] : []),
      { path: '/', targets: [own], timeout: '5s' },
    ];
    const apiVersion = 'edge.example.com/v1';
    const spec = { host: HOST, routes };
    return [objectOf(apiVersion, 'EdgeRoute', spec), definitionObject(EDGE)];
  },
  rules(stored) {
    const { routes = [] } = specOf(stored.get('EdgeRoute', 'web')) as { routes?: EdgeRoute[] };
    return routes.map(({ path, targets }) => ({
      test: (request) => request.path.startsWith(path),
      to: sharesBy(
        targets.map((one) => ({
          service: serviceOfHost(one.to.host),
          weight: targets.length === 1 ? 1 : Number(one.share ?? 0),
        })),
      ),
      copies: [],
    }));
  },
  foreign: (object, own) =>
    object.kind === 'ConfigMap'
      ? object
      : withoutMoved(object, own, {
          rules: 'routes',
          refs: 'targets',
          nameOf: ({ to }) => serviceOfHost((to as { host: string }).host),
        }),
  taker: {
    kinds: ['EdgeRoute'],
    always: true,
    status: (_, verdict) => ({ conditions: [saying('Programmed', verdict, 'Pending')] }),
    hasTaken: (object) => isSaid(object, 'Programmed') === true,
  },
};
