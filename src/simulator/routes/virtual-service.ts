/** Istio's VirtualService, read by the sandbox's gateway as its reference describes it. Istio says nothing of it. */
import type { KubeObject } from '../../api/object.ts';
import { compileVirtualService } from '../../sandbox/gateway/virtual-service.ts';
import type { Chance } from '../chance.ts';
import { withoutMoved } from './foreign-fields.ts';
import { rulesOf } from './gateway-api.ts';
import { HOST, metadataOf, type RouteKind, serviceOfHost } from './route-kind.ts';

const VERSION = 'networking.istio.io/v1';

export const virtualService: RouteKind = {
  kind: 'VirtualService',
  served: { VirtualService: VERSION },
  router: { istio: { virtualService: 'web' } },
  draw,
  rules(stored) {
    const found = stored.get('VirtualService', 'web');
    return found ? rulesOf(compileVirtualService(found).matches) : [];
  },
  foreign: (object, own) =>
    withoutMoved(object, own, {
      rules: 'http',
      refs: 'route',
      nameOf: ({ destination }) => serviceOfHost((destination as { host: string }).host),
    }),
};

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
  return [{ apiVersion: VERSION, kind: 'VirtualService', metadata: metadataOf(), spec }];
}

const API = { uri: { prefix: '/api/' } };
