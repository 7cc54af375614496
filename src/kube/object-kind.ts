/** What kind an object is of, and the small differences in how servers say so. */
import type { GroupKind, KubeObject, ObjectName } from '../api/object.ts';
import { KubeError, type ServedResource } from '../ports/kube.ts';

export type VersionedKind = GroupKind & { version: string | undefined };

/** The kind of an object; the version is undefined where it is left to discovery (`apps/`). */
export function kindOf(object: { apiVersion: string; kind: string }): VersionedKind {
  const slash = object.apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : object.apiVersion.slice(0, slash),
    kind: object.kind,
    version: object.apiVersion.slice(slash + 1) || undefined,
  };
}

/** Items of built-in kinds come without them. */
export function withKind(item: KubeObject, resource: ServedResource): KubeObject {
  if (item.kind) return item;
  const { apiVersion, kind } = resource;
  return Object.assign<object, KubeObject>({ apiVersion, kind }, item);
}

export function needNamespace(
  resource: ServedResource,
  namespace: string | undefined,
  what: string,
): void {
  if (resource.namespaced && !namespace)
    throw new KubeError(`${what}: objects of this kind live in a namespace, and none was given`, {
      code: 400,
      reason: 'BadRequest',
    });
}

export function deletedObject(name: ObjectName, status: KubeObject): KubeObject {
  const { uid } = (status['details'] ?? {}) as { uid?: string };
  return {
    apiVersion: name.group === '' ? 'v1' : `${name.group}/`,
    kind: name.kind,
    metadata: {
      name: name.name,
      ...(name.namespace && { namespace: name.namespace }),
      ...(uid && { uid }),
    },
  };
}
