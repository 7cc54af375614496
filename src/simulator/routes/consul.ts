/**
 * Consul's ServiceRouter, ServiceSplitter and ServiceResolver. Written from their reference and that of Consul on
 * Kubernetes: the first route that matches is the one, and what none matches is split; a route or a split leads to a
 * service, its own where it says none, and a subset; a route without a subset to the service itself is split too. A
 * subset is the instances that its filter finds, and each pod is an instance with its name as metadata. Consul takes
 * nothing that leads to a subset which no resolver has, and gives up no subset that something leads to; `Synced` says
 * whether it has what is stored, and names no generation.
 */
import type { KubeObject } from '../../api/object.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import type { Chance } from '../chance.ts';
import { specOf, withoutMoved } from './foreign-fields.ts';
import { metadataOf, type RouteKind, sharesBy, type Stored, type Subset } from './route-kind.ts';

const VERSION = 'consul.hashicorp.com/v1alpha1';

interface Split {
  weight?: number;
  service?: string;
  serviceSubset?: string;
}

const SUBSETS: Record<string, string> = {
  'segue-stable': 'web-stable',
  'segue-candidate': 'web-candidate',
};

export const serviceSplitter: RouteKind = {
  kind: 'ServiceSplitter',
  served: { ServiceSplitter: VERSION, ServiceResolver: VERSION, ServiceRouter: VERSION },
  router: { consul: { serviceSplitter: 'web' } },
  draw,
  rules(stored) {
    const split = splitsOf(stored.get('ServiceSplitter', 'web'));
    if (split.length === 0) return [];
    const splits = sharesBy(split.map((one) => ({ ...ledTo(one), weight: one.weight ?? 0 })));
    const routes = routesOf(stored.get('ServiceRouter', 'web')).map(
      ({ match, destination = {} }) => ({
        test: (request: RequestView) => isFor(match?.http ?? {}, request),
        to: isSplit(destination) ? splits : [{ ...ledTo(destination), percent: 100 }],
        copies: [],
      }),
    );
    return [...routes, { test: () => true, to: splits, copies: [] }];
  },
  foreign(object, own) {
    if (object.kind === 'ServiceRouter') {
      const { routes: _, ...rest } = specOf(object);
      const users = routesOf(object).filter((one) => !isOfRelease(one));
      return [rest, users, object.metadata.labels, object.metadata.annotations];
    }
    if (object.kind === 'ServiceSplitter')
      return withoutMoved(object, own, {
        rules: '',
        refs: 'splits',
        nameOf: ({ service = 'web' }) => String(service),
      });
    const { subsets, ...spec } = specOf(object) as { subsets?: Record<string, unknown> };
    const others = Object.entries(subsets ?? {}).filter(([name]) => SUBSETS[name] === undefined);
    return [spec, others, object.metadata.labels, object.metadata.annotations];
  },
  subset: versionOf,
  known: (stored) =>
    Object.keys(subsetsOf(stored.get('ServiceResolver', 'web'))).map((name) => SUBSETS[name] ?? ''),
  serviceLabel: {
    name: 'consul.hashicorp.com/service-ignore',
    without: 'the pods behind it are registered twice',
  },
  taker: {
    kinds: ['ServiceSplitter', 'ServiceResolver', 'ServiceRouter'],
    always: true,
    status: (_, { ok, at }) => ({
      lastSyncedTime: at,
      conditions: [
        {
          type: 'Synced',
          status: ok ? 'True' : 'False',
          ...(!ok && { reason: 'ConsulAgentError', message: 'the config entry was not written' }),
        },
      ],
    }),
    hasTaken(object) {
      const { conditions = [] } = (object['status'] ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      return conditions.some(({ type, status }) => type === 'Synced' && status === 'True');
    },
    refusal: refusedByConsul,
  },
};

interface Demand {
  name: string;
  exact?: string;
  regex?: string;
}

interface HttpMatch {
  pathExact?: string;
  pathPrefix?: string;
  pathRegex?: string;
  methods?: string[];
  header?: Demand[];
  queryParam?: Demand[];
}

interface Destination {
  service?: string;
  serviceSubset?: string;
}

interface Route {
  match?: { http?: HttpMatch };
  destination?: Destination & Record<string, unknown>;
}

function routesOf(router: KubeObject | undefined): Route[] {
  return (specOf(router) as { routes?: Route[] }).routes ?? [];
}

function isOfRelease({ destination }: Route): boolean {
  return SUBSETS[destination?.serviceSubset ?? ''] !== undefined;
}

function isSplit({ service = 'web', serviceSubset = '' }: Destination): boolean {
  return service === 'web' && serviceSubset === '';
}

/** A subset of the user's is no version, and is not moved. */
function ledTo({ service = 'web', serviceSubset = '' }: Destination) {
  const version = SUBSETS[serviceSubset];
  if (version !== undefined) return { service: version, subset: true as const };
  return { service: serviceSubset === '' ? service : `${service}|${serviceSubset}` };
}

function isFor(http: HttpMatch, { path, method, headers, query }: RequestView): boolean {
  const {
    pathExact,
    pathPrefix = '',
    pathRegex = '.*',
    methods = [],
    header = [],
    queryParam = [],
  } = http;
  const is = ({ exact, regex }: Demand, value: unknown) =>
    typeof value === 'string' &&
    (exact === undefined ? new RegExp(`^(?:${regex})$`).test(value) : value === exact);
  return (
    new RegExp(`^(?:${pathRegex})$`).test(path) &&
    (pathExact === undefined ? path.startsWith(pathPrefix) : path === pathExact) &&
    (methods.length === 0 || methods.includes(method)) &&
    header.every((one) => is(one, headers[one.name.toLowerCase()])) &&
    queryParam.every((one) => is(one, query.get(one.name)))
  );
}

function splitsOf(splitter: KubeObject | undefined): Split[] {
  return (specOf(splitter) as { splits?: Split[] }).splits ?? [];
}

function subsetsOf(resolver: KubeObject | undefined): Record<string, { filter?: string }> {
  return (specOf(resolver) as { subsets?: Record<string, { filter?: string }> }).subsets ?? {};
}

function refusedByConsul(object: KubeObject, stored: Stored): string | undefined {
  const at = (kind: string) => (object.kind === kind ? object : stored.get(kind, 'web'));
  const known = subsetsOf(at('ServiceResolver'));
  const leads = [
    ...splitsOf(at('ServiceSplitter')),
    ...routesOf(at('ServiceRouter')).map(({ destination = {} }) => destination),
  ];
  const missing = leads.find(
    ({ serviceSubset = '' }) => serviceSubset !== '' && known[serviceSubset] === undefined,
  );
  return missing && `no subset ${missing.serviceSubset}`;
}

/** The pods that a ReplicaSet makes have its name, and five characters after it. A set that is gone had the hash of
 * its version in its name. */
function versionOf(stored: Stored, name: string): Subset {
  const subset = Object.keys(SUBSETS).find((one) => SUBSETS[one] === name) ?? '';
  const { filter = '' } = subsetsOf(stored.get('ServiceResolver', 'web'))[subset] ?? {};
  const pattern = /^Service\.Meta\["pod-name"\] matches "(.+)"$/.exec(filter)?.[1];
  if (pattern === undefined) return 'Nobody';
  const sets = stored
    .all('ReplicaSet')
    .map(({ metadata }) => [metadata.name, metadata.labels?.['pod-template-hash'] ?? ''] as const);
  const gone = stored.all('Release').flatMap((release) => {
    const { stable, candidate } = specOf(release) as Record<'stable' | 'candidate', Version>;
    return [stable, candidate].map((one) => [one.replicaSet, one.hash] as const);
  });
  const found = [...sets, ...gone].find(([set]) => new RegExp(pattern).test(`${set}-x7b2q`));
  return found === undefined ? 'Nobody' : { hash: found[1] };
}

interface Version {
  hash: string;
  replicaSet: string;
}

function draw(chance: Chance): KubeObject[] {
  const split = chance.from([
    { weight: 100 },
    { weight: 100, service: 'web' },
    { weight: 100, requestHeaders: { set: { 'x-way': 'mesh' } } },
  ]);
  const idle = chance.maybe(0.3) ? [{ weight: 0, service: 'beta' }] : [];
  const object = (kind: string, spec: object | undefined): KubeObject => ({
    apiVersion: VERSION,
    kind,
    metadata: metadataOf(),
    ...(spec && { spec }),
  });
  const resolver = chance.from([
    [],
    [],
    [object('ServiceResolver', { connectTimeout: '5s' })],
    [
      object('ServiceResolver', {
        subsets: { eu: { filter: 'Service.Meta.region == eu', onlyPassing: true } },
        requestTimeout: '3s',
      }),
    ],
  ]);
  const docs = { match: { http: { pathPrefix: '/docs' } }, destination: { service: 'docs' } };
  const api = {
    match: { http: { pathPrefix: '/api/', methods: ['GET', 'POST'] } },
    destination: { prefixRewrite: '/', requestTimeout: '9s' },
  };
  const rest = { destination: { service: 'web', numRetries: 2 } };
  const router = chance.from([[], [], [docs], [api, docs], [docs, api, rest]]);
  return [
    object('ServiceSplitter', { splits: [split, ...idle] }),
    ...resolver,
    ...(router.length > 0 ? [object('ServiceRouter', { routes: router })] : []),
  ];
}
