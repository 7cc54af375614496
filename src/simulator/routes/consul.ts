/**
 * Consul's ServiceSplitter and ServiceResolver. Written from their reference and that of Consul on Kubernetes: a split
 * leads to a service, its own where it says none, and a subset; a subset is the instances that its filter finds, and each
 * pod is an instance with its name as metadata. Consul takes no splitter with a subset that no resolver has, and gives up
 * no subset that a splitter leads to; `Synced` says whether it has what is stored, and names no generation.
 */
import type { KubeObject } from '../../api/object.ts';
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
  served: { ServiceSplitter: VERSION, ServiceResolver: VERSION },
  router: { consul: { serviceSplitter: 'web' } },
  paths: ['/'],
  draw,
  rules(stored) {
    const splits = splitsOf(stored.get('ServiceSplitter', 'web'));
    const to = splits.map(({ weight = 0, service = 'web', serviceSubset = '' }) => ({
      service: SUBSETS[serviceSubset] ?? service,
      weight,
      ...(SUBSETS[serviceSubset] !== undefined && { subset: true as const }),
    }));
    return splits.length === 0 ? [] : [{ test: () => true, to: sharesBy(to), copies: [] }];
  },
  foreign(object, own) {
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
    kinds: ['ServiceSplitter', 'ServiceResolver'],
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

function splitsOf(splitter: KubeObject | undefined): Split[] {
  return (specOf(splitter) as { splits?: Split[] }).splits ?? [];
}

function subsetsOf(resolver: KubeObject | undefined): Record<string, { filter?: string }> {
  return (specOf(resolver) as { subsets?: Record<string, { filter?: string }> }).subsets ?? {};
}

function refusedByConsul(object: KubeObject, stored: Stored): string | undefined {
  const [splitter, resolver] = ['ServiceSplitter', 'ServiceResolver'].map((kind) =>
    object.kind === kind ? object : stored.get(kind, 'web'),
  );
  const known = subsetsOf(resolver);
  const missing = splitsOf(splitter).find(
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
  return [object('ServiceSplitter', { splits: [split, ...idle] }), ...resolver];
}
