/** Pods as what is asked by address: of a version by its label, or behind a Service. */
import { FRESH_LABEL, HASH_LABEL, KINDS, REVISION_LABEL, versionLabel } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { ReleaseSpec } from '../api/release.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Candidate } from '../ports/task-runner.ts';
import type { Caches } from './caches.ts';

export interface PodAddress {
  name: string;
  ip: string;
}

/** The ready pods of one version. */
export async function readyPods(
  client: KubeClient,
  namespace: string,
  { target, hash }: { target: Pick<ReleaseSpec['target'], 'kind'>; hash: string },
): Promise<PodAddress[]> {
  const list = await client.list(KINDS.pod, {
    namespace,
    labelSelector: `${versionLabel(target.kind)}=${hash}`,
  });
  return list.items.filter(isReady).map(podAddress);
}

/** The pods of the fresh baseline of a release: those that are ready, and all there are. */
export async function freshPods(
  client: KubeClient,
  namespace: string,
  releaseUid: string,
): Promise<{ ready: PodAddress[]; all: KubeObject[] }> {
  const labelSelector = `${FRESH_LABEL}=${releaseUid}`;
  const { items } = await client.list(KINDS.pod, { namespace, labelSelector });
  const all = items.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  return { ready: all.filter(isReady).map(podAddress), all };
}

function isReady(pod: KubeObject): boolean {
  const status = pod['status'] as
    { podIP?: string; conditions?: { type: string; status: string }[] } | undefined;
  return (
    status?.podIP !== undefined &&
    (status.conditions ?? []).some((c) => c.type === 'Ready' && c.status === 'True')
  );
}

/** A pod whose host is this machine's loopback runs on a node of the sandbox: what it is said to have
 * as 10.a.b.c (API servers refuse loopback addresses) answers on 127.a.b.c. */
function podAddress(pod: KubeObject): PodAddress {
  const { podIP = '', hostIP = '' } = pod['status'] as { podIP?: string; hostIP?: string };
  const ip = hostIP.startsWith('127.') ? podIP.replace(/^10\./, '127.') : podIP;
  return { name: pod.metadata.name, ip };
}

/** Segue's own Service for the candidate's pods; '' while there is none. */
export function candidateService(caches: Caches, releaseUid: string, hash: string): string {
  const found = caches.services.byIndex('owner', releaseUid).filter(({ metadata, ...service }) => {
    const { selector } = (service['spec'] ?? {}) as { selector?: Record<string, string> };
    const version = selector?.[HASH_LABEL] ?? selector?.[REVISION_LABEL];
    return metadata.deletionTimestamp === undefined && version === hash;
  });
  return found.map(({ metadata }) => metadata.name).sort()[0] ?? '';
}

interface Slice {
  ports?: { name?: string; port?: number }[];
  endpoints?: { targetRef?: { name?: string } }[];
}

/** The ready pods behind that Service, at the port that this port of the Service leads to. */
export async function candidatesBehind(
  { client, caches }: { client: KubeClient; caches: Caches },
  at: { namespace: string; service: string; spec: Pick<ReleaseSpec, 'target' | 'candidate'> },
  port: number | undefined,
): Promise<Candidate[]> {
  const { namespace, service, spec } = at;
  const version = { target: spec.target, hash: spec.candidate.hash };
  const pods = await readyPods(client, namespace, version);
  const name = portName(caches.services.get(namespace, service), port);
  const slices = caches.slices.byIndex('service', `${namespace}/${service}`) as unknown as Slice[];
  return slices.flatMap(({ ports = [], endpoints = [] }) => {
    const number = ports.find((one) => (one.name ?? '') === name)?.port;
    const behind = new Set(endpoints.map(({ targetRef }) => targetRef?.name));
    if (number === undefined) return [];
    return pods
      .filter((pod) => behind.has(pod.name))
      .map((pod) => ({ ...pod, service, port: number }));
  });
}

/** Slices name the ports of the Service, not their numbers. */
function portName(service: KubeObject | undefined, port: number | undefined): string | undefined {
  const { ports = [] } = (service?.['spec'] ?? {}) as { ports?: { name?: string; port: number }[] };
  const found = port === undefined ? ports[0] : ports.find((one) => one.port === port);
  return found && (found.name ?? '');
}
