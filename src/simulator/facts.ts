/** What a checker reads from the stored world: where the traffic goes, and what there is to carry it. */
import { FRESH_LABEL, HASH_LABEL, REVISION_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { imageOf } from './kubelet.ts';
import type { RequestMatch } from '../api/request-match.ts';
import type { ModelApi } from './model-api.ts';
import { isMatched, type RouteReading } from './routes/reading.ts';
import type { RouteKind, Share, Subset } from './routes/route-kind.ts';

/** Percent of the traffic by pod-template-hash. */
export interface Shares {
  byHash: Map<string, number>;
  /** To pods of every version. */
  toAll: number;
  /** To a Service that is not there. */
  lost: number;
}

export const OURS = ['web-stable', 'web-candidate'];

/** What single requests count for that always reach the candidate: one pod must be there. */
const MATCHED_PERCENT = 0.01;

/** Where the routes lead, as it was read last. */
export interface Routing {
  readings: readonly RouteReading[];
  /** What single requests may ask for. */
  entries: readonly RequestMatch[];
}

/** The share of the candidate that no weight says. */
export function matchedPercent({ readings, entries }: Routing): number {
  return isMatched(readings, entries) ? MATCHED_PERCENT : 0;
}

/** Of several ways to the same pods the greatest share counts.
 * @param routing undefined: nothing but the user's own Service leads to them */
export function sharesOf(api: ModelApi, routing: Routing | undefined): Shares {
  const shares: Shares = { byHash: new Map(), toAll: 0, lost: 0 };
  if (!routing) {
    add(shares, { api }, [{ service: 'web', percent: 100 }]);
    return shares;
  }
  for (const { by, ways } of routing.readings)
    for (const way of ways) add(shares, { api, by }, way);
  const hash = pinOf(api.get('Service', 'web-candidate'));
  const matched = matchedPercent(routing);
  if (hash !== undefined && matched > 0)
    shares.byHash.set(hash, Math.max(shares.byHash.get(hash) ?? 0, matched));
  return shares;
}

function add(
  shares: Shares,
  { api, by }: { api: ModelApi; by?: RouteKind },
  way: readonly Share[],
): void {
  const own: Shares = { byHash: new Map(), toAll: 0, lost: 0 };
  for (const share of way) {
    const { percent } = share;
    const to = leadsTo(api, share, by);
    if (to === 'Nobody') own.lost += percent;
    else if (to === 'All') own.toAll += percent;
    else own.byHash.set(to.hash, (own.byHash.get(to.hash) ?? 0) + percent);
  }
  shares.lost = Math.max(shares.lost, own.lost);
  shares.toAll = Math.max(shares.toAll, own.toAll);
  for (const [hash, percent] of own.byHash)
    shares.byHash.set(hash, Math.max(shares.byHash.get(hash) ?? 0, percent));
}

function leadsTo(
  api: ModelApi,
  { service: name, subset }: Share,
  by: RouteKind | undefined,
): Subset | 'All' {
  if (subset && by?.subset) return by.subset(api, name);
  const service = api.get('Service', name);
  const hash = pinOf(service);
  if (!service) return 'Nobody';
  return hash === undefined ? 'All' : { hash };
}

/** It leads to a version of which nothing says the pods. */
export function lostName(api: ModelApi, { readings }: Routing): string | undefined {
  for (const { by, rules } of readings)
    for (const share of rules.flatMap(({ to, copies }) => [...to, ...copies]))
      if (OURS.includes(share.service) && leadsTo(api, share, by) === 'Nobody')
        return share.service;
  return undefined;
}

/** The version that a Service selects; undefined when it selects them all. */
export function pinOf(service: KubeObject | undefined): string | undefined {
  const { selector } = (service?.['spec'] ?? {}) as { selector?: Record<string, string> };
  return selector?.[HASH_LABEL] ?? selector?.[REVISION_LABEL];
}

export interface StoredRelease {
  object: KubeObject;
  name: string;
  spec: ReleaseSpec;
  status: ReleaseStatus;
}

export function asRelease(object: KubeObject): StoredRelease {
  return {
    object,
    name: object.metadata.name,
    spec: object['spec'] as ReleaseSpec,
    status: (object['status'] ?? {}) as ReleaseStatus,
  };
}

export function releasesOf(api: ModelApi): StoredRelease[] {
  return api.all('Release').map(asRelease);
}

export function openRelease(api: ModelApi): StoredRelease | undefined {
  return releasesOf(api).find(({ status }) => status.step !== 'Done');
}

/** The user's Service leads to the pods of both versions all the time. */
export function sharesService({ spec }: StoredRelease): boolean {
  return spec.plan.byPods === true || spec.plan.roll !== undefined;
}

/** What is released: a Deployment, a StatefulSet or a DaemonSet. */
export function targetOf(api: ModelApi): KubeObject | undefined {
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'];
  return kinds.map((kind) => api.get(kind, 'web')).find((found) => found !== undefined);
}

/** There to be compared with: what users need must be had without it. */
export function isFresh({ metadata }: KubeObject): boolean {
  return metadata.labels?.[FRESH_LABEL] !== undefined;
}

/** Of the version of a set or a pod; '' of a fresh baseline, which counts for none. */
export function hashOf(object: KubeObject): string {
  const { labels } = object.metadata;
  if (isFresh(object)) return '';
  return labels?.[HASH_LABEL] ?? labels?.[REVISION_LABEL] ?? '';
}

export function sizeOf(object: KubeObject | undefined): number {
  return (object?.['spec'] as { replicas?: number } | undefined)?.replicas ?? 0;
}

export function templateImage(object: KubeObject | undefined): string {
  return imageOf((object?.['spec'] as { template?: unknown } | undefined)?.template ?? {});
}

export function isReady(pod: KubeObject): boolean {
  const status = pod['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  const ready = status?.conditions?.some((one) => one.type === 'Ready' && one.status === 'True');
  return ready === true && pod.metadata.deletionTimestamp === undefined;
}

export function controllerKind(object: KubeObject): string | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)?.kind;
}
