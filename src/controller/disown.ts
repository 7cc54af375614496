/** How Segue gives up what it managed of an object: its entries in the managed fields go, and nothing else changes. */
import { FIELD_MANAGER } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';

interface ManagedFields {
  manager?: string;
  subresource?: string;
}

/** Operations of a JSON patch, refused where the object has changed since; none where it manages nothing. */
export function disowning({ metadata }: KubeObject): unknown[] {
  const { managedFields } = metadata;
  const all = Array.isArray(managedFields) ? (managedFields as ManagedFields[]) : [];
  const own = all.flatMap((one, i) =>
    one.manager === FIELD_MANAGER && one.subresource === undefined ? [i] : [],
  );
  if (own.length === 0) return [];
  const path = '/metadata/managedFields';
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
    ...(own.length === all.length
      ? // A list with nothing in it is taken for one that is not said.
        [{ op: 'replace', path, value: [{}] }]
      : // Those behind one that is gone would have moved up.
        own.toReversed().map((i) => ({ op: 'remove', path: `${path}/${i}` }))),
  ];
}
