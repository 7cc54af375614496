/** What a checker reads from the stored world: where the traffic goes, and what there is to carry it. */
import { HASH_LABEL, REVISION_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { imageOf } from './kubelet.ts';
import type { ModelApi } from './model-api.ts';

/** Percent of the traffic by pod-template-hash. */
export interface Shares {
  byHash: Map<string, number>;
  /** To pods of every version. */
  toAll: number;
  /** To a Service that is not there. */
  lost: number;
}

interface Ref {
  name: string;
  weight?: number;
  filters?: unknown[];
}

interface Rule {
  matches?: { headers?: { name: string; value: string }[] }[];
  backendRefs?: Ref[];
  filters?: { requestMirror?: { backendRef: Ref } }[];
}

function leadsToCandidate({ backendRefs = [] }: Rule): boolean {
  return backendRefs.length > 0 && backendRefs.every(({ name }) => name === 'web-candidate');
}

/** Keeps users with their version, or tells them which it is. */
function sticks({ matches = [], backendRefs = [] }: Rule): boolean {
  const asks = matches.some(({ headers = [] }) =>
    headers.some(({ value }) => value.includes('segue-ab-web')),
  );
  return (
    asks || backendRefs.some(({ filters = [] }) => JSON.stringify(filters).includes('segue-ab-web'))
  );
}

/** A rule that Segue added, to tell requests apart or to copy them. */
export function isForSingleRequests(rule: Rule): boolean {
  const copies = (rule.filters ?? []).some(
    ({ requestMirror }) => requestMirror?.backendRef.name === 'web-candidate',
  );
  return copies || sticks(rule) || leadsToCandidate(rule);
}

export const OURS = ['web-stable', 'web-candidate'];

/** The refs of the rule that leads to the user's Service or to Segue's two. */
export function refsOf(route: KubeObject | undefined): Ref[] {
  const { rules = [] } = (route?.['spec'] ?? {}) as { rules?: Rule[] };
  const lists = rules.filter((rule) => !sticks(rule)).map((rule) => rule.backendRefs ?? []);
  const leads = (names: string[]) =>
    lists.find((refs) => refs.some(({ name }) => names.includes(name)));
  // Rules for single requests lead to the candidate alone, or have the same pair.
  return leads(['web', 'web-stable']) ?? leads(OURS) ?? [];
}

/** What single requests count for that always reach the candidate: one pod must be there. */
const MATCHED_PERCENT = 0.01;

/** The share of the candidate that no weight says. */
export function matchedPercent(route: KubeObject | undefined): number {
  const { rules = [] } = (route?.['spec'] ?? {}) as { rules?: Rule[] };
  const leads = rules.some(leadsToCandidate);
  return leads ? MATCHED_PERCENT : 0;
}

export function sharesOf(api: ModelApi, routed: boolean): Shares {
  const route = api.get('HTTPRoute', 'web');
  const refs = routed ? refsOf(route) : [{ name: 'web', weight: 100 }];
  const total = refs.reduce((sum, { weight = 1 }) => sum + weight, 0) || 1;
  const shares: Shares = { byHash: new Map(), toAll: 0, lost: 0 };
  for (const { name, weight = 1 } of refs) {
    const percent = (weight * 100) / total;
    const service = api.get('Service', name);
    const hash = pinOf(service);
    if (!service) shares.lost += percent;
    else if (hash === undefined) shares.toAll += percent;
    else shares.byHash.set(hash, (shares.byHash.get(hash) ?? 0) + percent);
  }
  const hash = pinOf(api.get('Service', 'web-candidate'));
  const matched = routed ? matchedPercent(route) : 0;
  if (hash !== undefined && matched > 0)
    shares.byHash.set(hash, Math.max(shares.byHash.get(hash) ?? 0, matched));
  return shares;
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

/** What is released: a Deployment, a StatefulSet or a DaemonSet. */
export function targetOf(api: ModelApi): KubeObject | undefined {
  const kinds = ['Deployment', 'StatefulSet', 'DaemonSet'];
  return kinds.map((kind) => api.get(kind, 'web')).find((found) => found !== undefined);
}

export function hashOf(object: KubeObject): string {
  const { labels } = object.metadata;
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
