/** Counts the pods behind a Service that take requests, from its EndpointSlices. */
import type { KubeObject } from '../api/object.ts';

interface Endpoint {
  addresses?: string[];
  conditions?: { ready?: boolean; serving?: boolean; terminating?: boolean };
  targetRef?: { uid?: string; name?: string };
}

/**
 * Distinct ready pods over all slices: a pod of a dual-stack Service is in two slices and counts
 * once. `ready` that is absent counts as ready, as the API says (discovery.k8s.io/v1 and v1beta1);
 * a Service that publishes addresses that are not ready calls every pod ready, so `serving` and
 * `terminating` are asked too where they are known.
 */
export function readyEndpoints(slices: KubeObject[]): number {
  const endpoints = slices.flatMap((slice) => (slice['endpoints'] ?? []) as Endpoint[]);
  return new Set(endpoints.filter(takesRequests).map(podOf)).size;
}

/** Those of them that a ReplicaSet of this `pod-template-hash` made, by their names: a pod that goes is no
 * longer to be found by its labels. None where the name of the set was too long to be kept whole. */
export function readyEndpointsOf(slices: KubeObject[], hash: string): number {
  return readyEndpoints(
    slices.map((slice) => ({
      ...slice,
      endpoints: ((slice['endpoints'] ?? []) as Endpoint[]).filter(({ targetRef }) =>
        targetRef?.name?.includes(`-${hash}-`),
      ),
    })),
  );
}

function takesRequests({ conditions }: Endpoint): boolean {
  const { ready, serving, terminating } = conditions ?? {};
  return ready !== false && serving !== false && terminating !== true;
}

function podOf({ targetRef, addresses }: Endpoint): string | undefined {
  return targetRef?.uid ?? targetRef?.name ?? addresses?.[0];
}
