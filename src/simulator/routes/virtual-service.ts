/** Istio's VirtualService, read by the sandbox's gateway as its reference describes it. Istio says nothing of it. */
import type { KubeObject } from '../../api/object.ts';
import { compileVirtualService } from '../../sandbox/gateway/virtual-service.ts';
import type { Chance } from '../chance.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import { rulesOf } from './gateway-api.ts';
import { HOST, objectOf, type RouteKind, serviceOfHost, type Share } from './route-kind.ts';

const VERSION = 'networking.istio.io/v1';

const foreign: RouteKind['foreign'] = (object, own) =>
  withoutMoved(object, own, {
    rules: 'http',
    refs: 'route',
    nameOf: ({ destination }) => serviceOfHost((destination as { host: string }).host),
  });

export const virtualService: RouteKind = {
  kind: 'VirtualService',
  served: { VirtualService: VERSION },
  router: { istio: { virtualService: 'web' } },
  draw,
  rules(stored) {
    const found = stored.get('VirtualService', 'web');
    return found ? rulesOf(compileVirtualService(found).matches) : [];
  },
  foreign,
};

interface Subset {
  name: string;
  labels: Record<string, string>;
}

/** The host stays that of the user's Service, and the DestinationRule says which of its pods are a version. */
export const virtualServiceSubsets: RouteKind = {
  ...virtualService,
  served: { VirtualService: VERSION, DestinationRule: VERSION },
  router: { istio: { virtualService: 'web', destinationRule: 'web' } },
  draw: (chance) => [...draw(chance), destinationRule(chance)],
  rules(stored) {
    const named = (shares: Share[]) =>
      shares.map((share): Share => {
        const version = VERSIONS[share.service];
        return version === undefined ? share : { ...share, service: version, subset: true };
      });
    return virtualService
      .rules(stored)
      .map((rule) => ({ ...rule, to: named(rule.to), copies: named(rule.copies) }));
  },
  foreign(object, own) {
    if (object.kind === 'VirtualService') return foreign(object, own);
    const { subsets: _, ...spec } = specOf(object);
    const others = subsetsIn(object).filter(({ name }) => !Object.hasOwn(VERSIONS, `web|${name}`));
    return [spec, others, object.metadata.labels, object.metadata.annotations];
  },
  known: (stored) =>
    subsetsIn(stored.get('DestinationRule', 'web')).map(
      ({ name }) => VERSIONS[`web|${name}`] ?? '',
    ),
  subset(stored, version) {
    const found = subsetsIn(stored.get('DestinationRule', 'web')).find(
      ({ name }) => VERSIONS[`web|${name}`] === version,
    );
    const [hash] = Object.values(found?.labels ?? {});
    return hash === undefined ? 'Nobody' : { hash };
  },
};

/** As the sandbox's gateway names subsets. */
const VERSIONS: Record<string, string> = {
  'web|segue-stable': 'web-stable',
  'web|segue-candidate': 'web-candidate',
};

function subsetsIn(rule: KubeObject | undefined): Subset[] {
  return (specOf(rule) as { subsets?: Subset[] }).subsets ?? [];
}

function destinationRule(chance: Chance): KubeObject {
  const trafficPolicy = { connectionPool: { tcp: { maxConnections: 100 } } };
  const subsets = [{ name: 'eu', labels: { zone: 'eu' }, trafficPolicy }];
  const spec = {
    host: chance.from(['web', 'web.shop.svc.cluster.local']),
    trafficPolicy: { outlierDetection: { consecutive5xxErrors: 5 } },
    ...(chance.maybe(0.5) && { subsets }),
  };
  return objectOf(VERSION, 'DestinationRule', spec);
}

function draw(chance: Chance): KubeObject[] {
  const suffix = chance.from(['', '.shop', '.shop.svc.cluster.local']);
  const to = (host: string) => ({
    destination: { host: `${host}${suffix}`, ...(chance.maybe(0.5) && { port: { number: 80 } }) },
  });
  const docs = { name: 'docs', match: [{ uri: { prefix: '/docs' } }], route: [to('docs')] };
  const api = {
    name: 'api',
    match: [{ uri: { prefix: '/api/' }, headers: { 'x-shop': { prefix: '' } } }, API],
    rewrite: { uri: '/' },
    route: [{ ...to('web'), weight: 100 }],
  };
  const headers = { request: { set: { 'x-way': 'mesh' } } };
  const rest = {
    ...(chance.maybe(0.5) && { name: 'rest' }),
    timeout: '10s',
    retries: { attempts: 2, perTryTimeout: '2s' },
    route: [{ ...to('web'), ...(chance.maybe(0.5) && { headers }) }],
  };
  const http = [...(chance.maybe(0.5) ? [docs] : []), ...(chance.maybe(0.4) ? [api] : []), rest];
  const spec = { hosts: [HOST], gateways: ['edge', 'mesh'], exportTo: ['.'], http };
  return [objectOf(VERSION, 'VirtualService', spec)];
}

const API = { uri: { prefix: '/api/' } };
