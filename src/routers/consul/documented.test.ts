/** The examples that Consul's reference has for service splitters, resolvers and routers on Kubernetes. */
import type * as z from 'zod';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch, RequestRules } from '../../api/request-match.ts';
import {
  accept,
  config,
  entry,
  type Fields,
  resolver,
  splitter,
  synced,
} from '../../testing/consul-objects.ts';
import { resolverSpec, routerSpec, splitterSpec } from '../../testing/consul-schema.ts';
import { describeDocumented, type Documented } from '../../testing/documented-examples.ts';
import { service } from '../../testing/router-conformance-objects.ts';
import { consul } from './router.ts';

type More = Omit<Documented, 'name' | 'objects'>;

const SCHEMAS: Record<string, z.ZodType> = {
  ServiceSplitter: splitterSpec,
  ServiceResolver: resolverSpec,
  ServiceRouter: routerSpec,
};

const all = { weight: 100 };
const example = (
  name: string,
  given: { splits?: Fields[]; resolver?: Fields; routes?: Fields[] },
  more: More = {},
): Documented => {
  const objects: KubeObject[] = [splitter(given.splits ?? [all]), service('web'), service('docs')];
  if (given.resolver) objects.push(resolver(given.resolver));
  if (given.routes) objects.push(entry('ServiceRouter', { routes: given.routes }, synced()));
  return { name, objects, ...more };
};
const refused = (field: string, says: string): More => ({ refused: { field, says } });
const matching = (...match: RequestMatch[]): RequestRules => ({ match });
const byHeader = matching({ headers: [{ name: 'x-canary', exact: 'yes' }] });
const subsets = {
  v1: { filter: 'Service.Meta.version == v1' },
  v2: { filter: 'Service.Meta.version == v2', onlyPassing: true },
};
const http = (given: Fields, destination?: Fields): Fields => ({
  match: { http: given },
  ...(destination && { destination }),
});

describeDocumented({
  router: consul,
  config,
  kinds: [KINDS.serviceSplitter, KINDS.serviceResolver, KINDS.serviceRouter],
  problems: (object) => SCHEMAS[object.kind]?.safeParse(object['spec']).error?.issues ?? [],
  accept: (store) => {
    accept(store);
    for (const { metadata } of store.list(KINDS.serviceRouter))
      store.edit(
        KINDS.serviceRouter,
        metadata.name,
        (object) => void (object['status'] = synced()),
      );
  },
  pages: {
    'Service splitter': [
      example(
        'two subsets of one service',
        {
          splits: [
            { weight: 90, serviceSubset: 'v1' },
            { weight: 10, serviceSubset: 'v2' },
          ],
          resolver: { subsets },
        },
        refused('ServiceSplitter web spec.splits[0].serviceSubset', 'subset v1'),
      ),
      example(
        'two services',
        { splits: [{ weight: 50 }, { weight: 50, service: 'docs' }] },
        refused('ServiceSplitter web spec.splits', 'shares requests between web, docs'),
      ),
      example('everything to the service of its name, without a resolver', {}),
      example(
        'everything to a service that has a splitter of its own, and so is not ours',
        {
          splits: [{ weight: 100, service: 'docs' }],
        },
        refused('ServiceSplitter web', 'no split leads to Service web'),
      ),
      example(
        'headers that say which split it was',
        {
          splits: [
            {
              ...all,
              requestHeaders: { set: { 'x-split': 'web' }, remove: ['x-old'] },
              responseHeaders: { add: { 'x-split': 'web' } },
            },
          ],
        },
        { rules: byHeader },
      ),
      example(
        'a namespace and a partition of Consul Enterprise',
        { splits: [{ ...all, service: 'web', namespace: 'shop', partition: 'p' }] },
        refused('ServiceSplitter web spec.splits[0].namespace', 'namespace or partition'),
      ),
      example('a service that has nothing yet, and no weight', {
        splits: [all, { service: 'docs' }],
      }),
    ],
    'Service resolver': [
      example('subsets by a filter', { resolver: { subsets } }),
      example(
        'a default subset',
        { resolver: { defaultSubset: 'v1', subsets } },
        refused('ServiceResolver web spec.defaultSubset', 'v1'),
      ),
      example(
        'a redirect to another datacenter',
        { resolver: { redirect: { service: 'web', datacenter: 'dc2' } } },
        refused('ServiceResolver web spec.redirect', 'elsewhere'),
      ),
      example(
        'failover to other datacenters',
        { resolver: { connectTimeout: '15s', failover: { '*': { datacenters: ['dc3', 'dc4'] } } } },
        refused('ServiceResolver web spec.failover[*]', 'other instances of web'),
      ),
      example(
        'failover to a peer',
        { resolver: { failover: { '*': { targets: [{ peer: 'c1' }, { datacenter: 'dc2' }] } } } },
        refused('ServiceResolver web spec.failover[*]', 'other instances of web'),
      ),
      example(
        'failover within a sameness group',
        { resolver: { failover: { '*': { samenessGroup: 'g' } } } },
        refused('ServiceResolver web spec.failover[*]', 'other instances of web'),
      ),
      example('failover of one subset, and to another service for all others', {
        resolver: {
          subsets,
          failover: { v2: { serviceSubset: 'v1' }, '*': { service: 'fallback' } },
        },
      }),
      example('consistent hashing, and timeouts', {
        resolver: {
          connectTimeout: '5s',
          requestTimeout: '10s',
          prioritizeByLocality: { mode: 'failover' },
          loadBalancer: {
            policy: 'ring_hash',
            ringHashConfig: { minimumRingSize: 1024 },
            hashPolicies: [
              { field: 'cookie', fieldValue: 'u', cookieConfig: { ttl: '10m' }, terminal: true },
              { sourceIP: true },
            ],
          },
        },
      }),
    ],
    'Service router': [
      example(
        'a path to another service',
        { routes: [http({ pathPrefix: '/admin' }, { service: 'docs' })] },
        { rules: byHeader },
      ),
      example(
        'a header and a parameter, either of which is there',
        {
          routes: [
            http({ header: [{ name: 'x-debug', exact: '1' }] }, { service: 'docs' }),
            http({ queryParam: [{ name: 'x-debug', exact: '1' }] }, { serviceSubset: 'canary' }),
          ],
          resolver: { subsets: { canary: { filter: 'x' } } },
        },
        { rules: byHeader },
      ),
      example(
        'methods of gRPC, tried again',
        {
          routes: [
            http(
              { pathExact: '/shop.Cart/Add', methods: ['POST'] },
              {
                numRetries: 3,
                retryOnStatusCodes: [503],
                retryOn: ['reset'],
                requestTimeout: '5s',
              },
            ),
          ],
        },
        { rules: byHeader },
      ),
      example(
        'a prefix that is rewritten',
        { routes: [http({ pathPrefix: '/v1' }, { prefixRewrite: '/' })] },
        {
          rules: matching({ path: { prefix: '/v1/shop' } }),
          ...refused('ServiceRouter web spec.routes[0]', 'rewrites'),
        },
      ),
      example(
        'a path in any case',
        { routes: [http({ pathPrefix: '/v1', caseInsensitive: true })] },
        {
          rules: matching({ path: { prefix: '/v1/shop' } }),
          ...refused('ServiceRouter web spec.routes[0]', 'cannot be written'),
        },
      ),
    ],
  },
});
