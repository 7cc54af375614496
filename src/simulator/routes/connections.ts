/**
 * Routes of connections in objects that route requests elsewhere: `tls` and `tcp` of a VirtualService, `tcpproxy` of an
 * HTTPProxy. Written from the references of Istio (a destination alone has everything, whatever its weight) and Contour
 * (without any weight all have the same share).
 */
import type { Able } from '../../api/routed.ts';
import { withoutMoved, specOf } from './foreign-fields.ts';
import { httpProxy } from './http-proxy.ts';
import {
  HOST,
  objectOf,
  type RouteKind,
  type RouteRule,
  serviceOfHost,
  sharesBy,
} from './route-kind.ts';
import { virtualService } from './virtual-service.ts';

/** Nothing is asked of connections, and none is copied or kept. */
const able: Able = { match: [], mirror: false, sticky: false };

/** Where all connections arrive that are looked at. */
const PORT = 80;

interface Rule {
  match?: { port?: number }[];
  route?: Destination[];
}

interface Destination {
  destination: { host: string };
  weight?: number;
}

const hostOf = ({ destination }: Record<string, unknown>) =>
  serviceOfHost((destination as { host: string }).host);

function ofMesh(list: 'tls' | 'tcp', match: object): RouteKind {
  return {
    ...virtualService,
    able,
    paths: ['/'],
    draw(chance) {
      const suffix = chance.from(['', '.shop.svc.cluster.local']);
      const destination = { host: `web${suffix}`, port: { number: PORT } };
      const ref = { destination, ...(chance.maybe(0.5) && { weight: 100 }) };
      const spec = {
        hosts: [HOST],
        gateways: ['edge'],
        [list]: [{ match: [match], route: [ref] }],
      };
      return [objectOf(virtualService.served['VirtualService'] ?? '', 'VirtualService', spec)];
    },
    rules(stored) {
      const spec = specOf(stored.get('VirtualService', 'web'));
      return ((spec[list] ?? []) as Rule[]).map(({ match = [{}], route = [] }) => {
        const alone = route.length === 1;
        const to = connectionsTo(
          route.map(({ destination, weight = 0 }) => ({
            service: serviceOfHost(destination.host),
            weight: alone ? 1 : weight,
          })),
        );
        return { ...to, test: () => match.some(({ port = PORT }) => port === PORT) };
      });
    },
    foreign: (object, own) =>
      withoutMoved(object, own, { rules: list, refs: 'route', nameOf: hostOf }),
  };
}

function connectionsTo(all: Parameters<typeof sharesBy>[0]): RouteRule {
  return { test: () => true, to: sharesBy(all), copies: [] };
}

export const virtualServiceTLS = ofMesh('tls', { port: PORT, sniHosts: [HOST] });
export const virtualServiceTCP = ofMesh('tcp', { port: PORT });

export const tcpProxy: RouteKind = {
  ...httpProxy,
  able,
  paths: ['/'],
  draw(chance) {
    const ref = { name: 'web', port: PORT, ...(chance.maybe(0.4) && { weight: 3 }) };
    const virtualhost = { fqdn: HOST, tls: { passthrough: true } };
    const tcpproxy = { services: [ref], loadBalancerPolicy: { strategy: 'WeightedLeastRequest' } };
    return [objectOf(httpProxy.served['HTTPProxy'] ?? '', 'HTTPProxy', { virtualhost, tcpproxy })];
  },
  rules(stored) {
    const { tcpproxy } = specOf(stored.get('HTTPProxy', 'web')) as {
      tcpproxy?: { services?: { name: string; weight?: number }[] };
    };
    const { services = [] } = tcpproxy ?? {};
    if (services.length === 0) return [];
    const unsaid = services.every(({ weight = 0 }) => weight === 0);
    return [
      connectionsTo(
        services.map(({ name, weight = 0 }) => ({ service: name, weight: unsaid ? 1 : weight })),
      ),
    ];
  },
  foreign(object, own) {
    const listed = (one: typeof object) =>
      ({ ...one, spec: { ...specOf(one), tcpproxy: [specOf(one)['tcpproxy'] ?? {}] } }) as never;
    const lists = { rules: 'tcpproxy', refs: 'services', nameOf: nameOfRef };
    return withoutMoved(listed(object), listed(own), lists);
  },
};

function nameOfRef({ name }: Record<string, unknown>): string {
  return String(name);
}
