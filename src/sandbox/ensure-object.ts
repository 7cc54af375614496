/** What the sandbox puts into its cluster at every start, also into one that it kept. */
import type { KubeObject } from '../api/object.ts';
import type { KubeClient } from '../ports/kube.ts';

/** Creates the object, or brings the one that is there to what this version wants of it. */
export async function ensureObject(client: KubeClient, object: KubeObject): Promise<void> {
  const slash = object.apiVersion.indexOf('/');
  const { name, namespace } = object.metadata;
  const target = {
    group: slash < 0 ? '' : object.apiVersion.slice(0, slash),
    kind: object.kind,
    name,
    ...(namespace !== undefined && { namespace }),
  };
  if (await client.get(target)) await client.patch(target, { type: 'merge', body: object });
  else await client.create(object);
}
