/** Caches of what routers write: of the kinds that Segue knows, and of those that definitions name. */
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import { DEFINITION_KEY, DEFINITION_LABEL } from '../api/route-definition.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { Informer, InformerOptions } from '../ports/informer.ts';
import { CustomKinds, kindKey } from './custom-kinds.ts';
import { trim, trimShared } from './trim.ts';

export interface RouteCaches {
  /** By kind, for what only some routers need. */
  routes: Map<string, Informer>;
  /** The kinds that only definitions name, and the ConfigMaps that those are in. */
  custom: CustomKinds;
}

interface Scope {
  namespace?: string;
}

export function routeCaches(
  cluster: Pick<Cluster, 'informer'>,
  kinds: readonly GroupKind[],
  scope: Scope,
): RouteCaches {
  return {
    routes: routesOf(cluster, kinds, scope),
    custom: new CustomKinds((kind) => cluster.informer(kind, { ...scope, ...customOptions(kind) })),
  };
}

function customOptions({ group, kind }: GroupKind): InformerOptions {
  if (group === KINDS.configMap.group && kind === KINDS.configMap.kind)
    return {
      labelSelector: DEFINITION_LABEL,
      trim: trimDefinition,
      mayBeRefused: 'no release is routed by a definition; apply all that `segue install` prints',
    };
  return {
    trim: trimShared,
    mayBeRefused: `no release is routed by it; allow the controller to get, list, watch and patch kind ${kind} of ${group}`,
  };
}

/** Rights from before there was a router for one of the kinds do for the others. Some kinds are read by several. */
function routesOf(
  cluster: Pick<Cluster, 'informer'>,
  kinds: readonly GroupKind[],
  scope: { namespace?: string },
): Map<string, Informer> {
  const informer = (kind: GroupKind) =>
    cluster.informer(kind, {
      ...scope,
      trim: trimShared,
      mayBeRefused: `no release is routed where kind ${kind.kind} counts; apply all that \`segue install\` prints`,
    });
  const once = new Map(kinds.map((kind) => [kindKey(kind), kind]));
  return new Map([...once].map(([key, kind]) => [key, informer(kind)]));
}

/** Nothing else of it is read. */
function trimDefinition(object: KubeObject): KubeObject {
  const { data: _, binaryData: __, ...rest } = object;
  const { [DEFINITION_KEY]: text } = (object['data'] ?? {}) as Partial<Record<string, string>>;
  return trim({ ...rest, data: text === undefined ? {} : { [DEFINITION_KEY]: text } });
}
