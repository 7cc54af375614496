/** Which addresses stand behind a port of a Service: pure. */
import type { KubeObject } from '../../api/object.ts';
import { reachableAddress } from '../nodes/addresses.ts';
import type { SliceFields } from './objects.ts';

export interface Endpoint {
  /** As reached on this machine. */
  address: string;
  port: number;
  /** `namespace/name` of the pod, where there is one. */
  pod: string;
}

interface Candidate extends Endpoint {
  ready: boolean;
  /** Still answers although it is on its way out. */
  lastResort: boolean;
}

/**
 * The endpoints by port name that get new requests: the ready ones, or where there are none those
 * that still serve while they terminate. An address in several slices counts once.
 */
export function endpointsByPort(slices: KubeObject[]): Map<string, Endpoint[]> {
  const found = new Map<string, Map<string, Candidate>>();
  for (const slice of slices) {
    // Older API servers write empty lists as null.
    const { addressType, ports } = slice as unknown as SliceFields;
    if (addressType === 'IPv6' || addressType === 'FQDN') continue;
    for (const { name = '', port } of ports ?? []) {
      if (port === undefined) continue;
      const known = found.get(name) ?? new Map<string, Candidate>();
      found.set(name, known);
      for (const candidate of candidates(slice, port)) merge(known, candidate);
    }
  }
  return new Map([...found].map(([name, known]) => [name, usable([...known.values()])]));
}

function candidates(slice: KubeObject, port: number): Candidate[] {
  const { endpoints } = slice as unknown as SliceFields;
  return (endpoints ?? [])
    .filter(({ addresses }) => addresses?.[0])
    .map(({ addresses = [], conditions = {}, targetRef }) => ({
      address: reachableAddress(addresses[0] ?? ''),
      port,
      pod: podOf(targetRef, slice.metadata.namespace ?? ''),
      ready: conditions.ready !== false,
      lastResort: conditions.terminating === true && conditions.serving !== false,
    }));
}

function podOf(
  target: { kind?: string; namespace?: string; name?: string } | undefined,
  namespace: string,
): string {
  return target?.kind === 'Pod' ? `${target.namespace ?? namespace}/${target.name ?? ''}` : '';
}

/** While an endpoint moves between slices it is in both: ready in one is ready. */
function merge(known: Map<string, Candidate>, candidate: Candidate): void {
  const key = `${candidate.address}:${candidate.port}`;
  const other = known.get(key);
  if (!other || candidate.ready) known.set(key, candidate);
}

function usable(candidates: Candidate[]): Endpoint[] {
  const ready = candidates.filter((candidate) => candidate.ready);
  const chosen = ready.length > 0 ? ready : candidates.filter(({ lastResort }) => lastResort);
  return chosen.map(({ address, port, pod }) => ({ address, port, pod }));
}
