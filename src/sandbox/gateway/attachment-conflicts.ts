/** Of HTTPRoutes and GRPCRoutes with a host name in common only one kind is heard at a listener: pure. */
import type { Attachment, ListenerAttachment } from './attachment.ts';
import { intersectHostnames } from './hostnames.ts';
import { KINDS, keyOf } from './objects.ts';
import type { CompiledRoute } from './route.ts';

const APART: readonly string[] = [KINDS.route.kind, KINDS.grpcRoute.kind];

/** The older route stays, and of two of one age the first by name (the reference of the Gateway API, GRPCRoute). */
export function withoutConflicts(
  attachments: ReadonlyMap<CompiledRoute, Attachment[]>,
): Map<CompiledRoute, Attachment[]> {
  const taken = new Map<string, { kind: string; hostnames: string[] }[]>();
  const kept = new Map(attachments);
  const byAge = [...attachments.keys()]
    .filter(({ object }) => APART.includes(object.kind))
    .toSorted((one, other) => ageOf(one).localeCompare(ageOf(other)));
  // Where there is one kind alone, nothing is in its way.
  if (new Set(byAge.map(({ object }) => object.kind)).size < APART.length) return kept;
  for (const route of byAge) {
    const { kind } = route.object;
    const isFree = ({ gateway, listener, hostnames }: ListenerAttachment): boolean => {
      const id = `${gateway}/${listener.name}`;
      const others = taken.get(id) ?? [];
      const free = !others.some((other) => other.kind !== kind && meet(other.hostnames, hostnames));
      if (free) taken.set(id, [...others, { kind, hostnames }]);
      return free;
    };
    kept.set(
      route,
      (attachments.get(route) ?? []).map((one) => restrict(one, isFree)),
    );
  }
  return kept;
}

function restrict(
  attachment: Attachment,
  isFree: (listener: ListenerAttachment) => boolean,
): Attachment {
  const { parent, listeners } = attachment;
  const free = listeners.filter(isFree);
  if (free.length > 0 || listeners.length === 0) return { ...attachment, listeners: free };
  const message =
    'an older route of another kind has the host names: HTTPRoute and GRPCRoute do not share one';
  return { parent, listeners: [], refusal: { reason: 'HostnameConflict', message } };
}

function meet(some: readonly string[], others: readonly string[]): boolean {
  return some.some((one) => others.some((other) => intersectHostnames(one, other) !== undefined));
}

function ageOf({ object }: CompiledRoute): string {
  return `${object.metadata.creationTimestamp ?? ''} ${keyOf(object)}`;
}
