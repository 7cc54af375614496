/** Makes the resources of the built-in kinds from the catalog. */
import { decode } from '../decode.ts';
import type { Resource, Strategy } from '../resource.ts';
import { tableFor } from '../tables/builtin.ts';
import { CATALOG, type KindEntry } from './catalog.ts';
import { AUTOSCALER_V1, EVENTS_V1 } from './conversions.ts';
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

/** Kinds whose names are looser or tighter than a DNS subdomain. */
const NAME_RULES: Record<string, Resource['nameRule']> = {
  '/namespaces': 'dns-label',
  '/services': 'service',
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
  const { group, version, kind, plural } = entry;
  const storage = entry.storage ?? `${group}/${plural}`;
  const schema = TYPES.type(entry.type);
  const convert = CONVERSIONS[`${group}/${version}/${plural}`];
  return {
    ...{ group, version, kind, plural, schema, storage },
    singular: kind.toLowerCase(),
    shortNames: entry.short ?? [],
    categories:
      entry.all === true ? ['all'] : plural.endsWith('configurations') ? ['api-extensions'] : [],
    namespaced: entry.namespaced ?? true,
    verbs: entry.verbs ?? ALL_VERBS,
    decode: (object) => decode(schema, object),
    custom: false,
    statusSubresource: entry.status ?? false,
    countsGenerations: entry.generation ?? false,
    scale: entry.scale === true ? SCALE : undefined,
    subresources: entry.subresources ?? [],
    strategy:
      convert === undefined
        ? strategyFor(storage, extra)
        : (CONVERTED_STRATEGIES[`${group}/${version}/${plural}`] ?? {}),
    selectable: selectableFields(storage),
    table: tableFor(storage),
    convert: convert ?? AS_STORED,
    nameRule: NAME_RULES[storage] ?? 'dns-subdomain',
    defaultPropagation: storage === 'batch/jobs' ? 'Orphan' : 'Background',
  };
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
