/** Which kinds that only definitions name are needed, and by whom. */
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import { readDefinition, type RouteDefinition } from '../api/route-definition.ts';
import { definitionsNamed } from '../engine/index.ts';
import type { Informer } from '../ports/informer.ts';
import { type Caches, isOpen } from './caches.ts';
import { customKindsOf, hasCustom } from './custom-kinds.ts';

/** Of all that is there: what definitions say now, and what those said that releases began with. */
export function wantedKinds(caches: Caches): GroupKind[] {
  const policies = caches.policies.byIndex('custom', '');
  return [
    ...policies.flatMap((policy) => kindsOfPolicy(caches, policy)),
    ...caches.releases.byIndex('custom', '').flatMap(customKindsOf),
  ];
}

/** From now on what is needed is watched, and nothing else. */
export function followCustomKinds(
  caches: Caches,
  run: (informer: Informer, stop: AbortSignal) => Promise<void>,
): void {
  const { policies, releases, custom } = caches;
  const follow = () => custom.want(wantedKinds(caches));
  custom.start((informer, stop) => {
    if (informer === custom.of(KINDS.configMap)) informer.onChange(follow);
    return run(informer, stop);
  });
  const concerns = (object: KubeObject | undefined) =>
    object !== undefined && (hasCustom(object) || customKindsOf(object).length > 0);
  for (const informer of [policies, releases])
    informer.onChange(({ old, object }) => {
      if (concerns(old) || concerns(object)) follow();
    });
}

/** Whether all that a policy, or its release in progress, is routed by has been read, or may not be. */
export function knowsCustomKinds(caches: Caches, namespace: string, name: string): boolean {
  return kindsFor(caches, namespace, name).every((kind) => caches.custom.of(kind)?.synced);
}

/** Those that one policy, or its release in progress, has to do with. */
function kindsFor(caches: Caches, namespace: string, name: string): GroupKind[] {
  const policy = caches.policies.get(namespace, name);
  const releases = caches.releases.byIndex('policy', `${namespace}/${name}`);
  return [
    ...(policy ? kindsOfPolicy(caches, policy) : []),
    ...releases.filter(isOpen).flatMap(customKindsOf),
  ];
}

/** With the ConfigMaps, where it names one. */
function kindsOfPolicy(caches: Caches, { metadata, spec }: KubeObject): GroupKind[] {
  const { namespace = '' } = metadata;
  return definitionsNamed((spec ?? {}) as PolicySpec).flatMap((name) => {
    const { group, kind } = definitionAt(caches, namespace, name) ?? {};
    const defined = group !== undefined && kind !== undefined ? [{ group, kind }] : [];
    return [KINDS.configMap, ...defined];
  });
}

/** Undefined where it is not there, or wrong: the router says which. */
export function definitionAt(
  caches: Caches,
  namespace: string,
  name: string,
): RouteDefinition | undefined {
  const found = caches.custom.of(KINDS.configMap)?.get(namespace, name);
  const read = found && readDefinition(found);
  return Array.isArray(read) ? undefined : read;
}
