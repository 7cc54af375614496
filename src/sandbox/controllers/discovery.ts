/** Which kinds the server serves, with what it takes to list and delete them. */
import type { GroupKind } from '../../api/object.ts';
import { KubeError, type KubeClient } from '../../ports/kube.ts';

export interface DiscoveredKind extends GroupKind {
  verbs: string[];
}

interface Resource {
  name: string;
  kind: string;
  verbs?: string[];
}

/** Every kind once, in its group's preferred version, subresources left out. A group whose API does
 * not answer is left out too. */
export async function discoverKinds(client: KubeClient): Promise<DiscoveredKind[]> {
  const groups = await getJson<{
    groups?: { name: string; preferredVersion?: { groupVersion: string } }[];
  }>(client, '/apis');
  const paths = [
    { group: '', path: '/api/v1' },
    ...(groups.groups ?? []).flatMap(({ name, preferredVersion }) =>
      preferredVersion ? [{ group: name, path: `/apis/${preferredVersion.groupVersion}` }] : [],
    ),
  ];
  const found: DiscoveredKind[] = [];
  for (const { group, path } of paths) {
    const list = await resourcesAt(client, path);
    for (const { name, kind, verbs = [] } of list)
      if (!name.includes('/')) found.push({ group, kind, verbs });
  }
  return found;
}

async function resourcesAt(client: KubeClient, path: string): Promise<Resource[]> {
  try {
    return (await getJson<{ resources?: Resource[] }>(client, path)).resources ?? [];
  } catch (error) {
    if (error instanceof KubeError) return [];
    throw error;
  }
}

async function getJson<T>(client: KubeClient, path: string): Promise<T> {
  const headers = { accept: 'application/json' };
  const answer = await client.raw({ method: 'GET', path, headers });
  const text = await answer.text();
  if (answer.status !== 200)
    throw new KubeError(`GET ${path}: ${text}`, { code: answer.status, reason: 'Discovery' });
  return JSON.parse(text) as T;
}

export function canCollect(kind: DiscoveredKind): boolean {
  return ['delete', 'list', 'watch'].every((verb) => kind.verbs.includes(verb));
}
