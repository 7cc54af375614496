/** Points in a release at which tests let something happen. */
import { KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Lab } from './lab.ts';
import { atGates, isSwapping, openShop, type Shop } from './shop.ts';

export const POINTS = ['stage', 'swap', 'bake', 'way back'] as const;
export type Point = (typeof POINTS)[number];

/** A canary from v1 to v2 that has come to this point and waits there, but for the swap and the way
 * back, which go on by themselves. */
export async function openAt(lab: Lab, name: string, point: Point): Promise<Shop> {
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, approval: {} }], { bake: '1h' }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  if (point === 'stage') return shop;
  const swapping = shop.caught(KINDS.deployment, isSwapping);
  await shop.ask('Promote');
  await swapping;
  if (point === 'swap') return shop;
  await shop.reach(1, 'the bake', (s) => s.phase === 'Baking' && s.gateSince !== undefined);
  if (point === 'bake') return shop;
  const goingBack = shop.caught(KINDS.release, isGoingBack);
  await shop.ask('Abort');
  await goingBack;
  return shop;
}

function isGoingBack(release: KubeObject): boolean {
  return (release['status'] as { towards?: string } | undefined)?.towards === 'Aborted';
}

export const onlyStable = {
  'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
};

export const released = {
  'segue-demo:v1': { wanted: 0, available: 0, owner: 'Deployment' },
  'segue-demo:v2': { wanted: 4, available: 4, owner: 'Deployment' },
};

/** As its user would create it again: nothing of the cluster's or of Segue's on it. */
export function asWritten({ apiVersion, kind, metadata, spec }: KubeObject): KubeObject {
  const { name, namespace = '' } = metadata;
  const { clusterIP: _, clusterIPs: __, ...rest } = spec as Record<string, unknown>;
  return { apiVersion, kind, metadata: { name, namespace }, spec: rest };
}
