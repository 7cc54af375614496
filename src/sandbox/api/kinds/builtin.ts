/** Makes the resources of the built-in kinds from the catalog. */
import { decode } from '../decode.ts';
import type { Resource, Strategy } from '../resource.ts';
import { tableFor } from '../tables/builtin.ts';
import { CATALOG, type KindEntry } from './catalog.ts';
import { AUTOSCALER_V1, EVENTS_V1 } from './conversions.ts';
import { inertNote } from './inert.ts';
import { selectableFields } from './selectable.ts';
import { CONVERTED_STRATEGIES, STRATEGIES } from './strategies.ts';
import { TYPES } from './types.ts';

const ALL_VERBS = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

const SCALE = {
  specReplicas: '.spec.replicas',
  statusReplicas: '.status.replicas',
  selector: '.spec.selector',
};

const AS_STORED: Resource['convert'] = { fromStored: (o) => o, toStored: (o) => o };

const CONVERSIONS: Record<string, Resource['convert']> = {
  'events.k8s.io/v1/events': EVENTS_V1,
  'autoscaling/v1/horizontalpodautoscalers': AUTOSCALER_V1,
};

/** As the real 1.34 warns. */
const DEPRECATIONS: Record<string, string> = {
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
};

/** Kinds that share the objects of another. */
const STORED_ELSEWHERE: Record<string, string> = { 'events.k8s.io/v1/events': '/events' };

/** Kinds whose names are looser or tighter than a DNS subdomain. */
const NAME_RULES: Record<string, Resource['nameRule']> = {
  '/namespaces': 'dns-label',
  '/services': 'service',
  'apps/statefulsets': 'dns-label',
  'rbac.authorization.k8s.io/roles': 'path-segment',
  'rbac.authorization.k8s.io/rolebindings': 'path-segment',
  'rbac.authorization.k8s.io/clusterroles': 'path-segment',
  'rbac.authorization.k8s.io/clusterrolebindings': 'path-segment',
};

/** @param extra strategies that need more than the object itself, by storage; they come on top. */
export function builtinResources(extra: Record<string, Strategy>): Resource[] {
  return CATALOG.map((entry) => resourceOf(entry, extra));
}

function resourceOf(entry: KindEntry, extra: Record<string, Strategy>): Resource {
  const { group, version, kind, plural, flags, shortNames, subresources } = entry;
  const path = `${group}/${version}/${plural}`;
  const storage = STORED_ELSEWHERE[path] ?? `${group}/${plural}`;
  const schema = TYPES.type(entry.type);
  const convert = CONVERSIONS[path];
  return {
    group,
    version,
    kind,
    plural,
    schema,
    storage,
    shortNames,
    subresources,
    singular: kind.toLowerCase(),
    categories: categoriesOf(entry),
    namespaced: !flags.has('cluster'),
    verbs: verbsOf(entry),
    decode: (object) => decode(schema, object),
    custom: false,
    statusSubresource: flags.has('status'),
    countsGenerations: flags.has('generation'),
    scale: flags.has('scale') ? SCALE : undefined,
    strategy:
      convert === undefined ? strategyFor(storage, extra) : (CONVERTED_STRATEGIES[path] ?? {}),
    selectable: selectableFields(storage),
    table: tableFor(storage),
    convert: convert ?? AS_STORED,
    note: inertNote({ storage, plural }),
    deprecation: DEPRECATIONS[path],
    nameRule: NAME_RULES[storage] ?? 'dns-subdomain',
    defaultPropagation: storage === 'batch/jobs' ? 'Orphan' : 'Background',
  };
}

function categoriesOf({ flags, plural }: KindEntry): string[] {
  if (flags.has('all')) return ['all'];
  const extendsApi = plural.endsWith('configurations') || plural.startsWith('validatingadmission');
  return extendsApi || plural === 'customresourcedefinitions' ? ['api-extensions'] : [];
}

function verbsOf({ flags, kind }: KindEntry): string[] {
  if (flags.has('review')) return ['create'];
  return kind === 'Namespace' ? ALL_VERBS.filter((one) => one !== 'deletecollection') : ALL_VERBS;
}

function strategyFor(storage: string, extra: Record<string, Strategy>): Strategy {
  const base = STRATEGIES[storage] ?? {};
  const more = extra[storage];
  if (more === undefined) return base;
  return {
    ...base,
    ...more,
    prepareCreate: (object) => {
      base.prepareCreate?.(object);
      more.prepareCreate?.(object);
    },
    prepareUpdate: (object, old) => {
      base.prepareUpdate?.(object, old);
      more.prepareUpdate?.(object, old);
    },
  };
}
