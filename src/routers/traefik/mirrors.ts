/**
 * The TraefikServices that copy requests. A route of Traefik cannot, but it can lead to a service that does: one stands
 * beside the IngressRoute for each destination of the user's, in the place of the stable version, while a stage copies.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Mirror } from '../../api/request-match.ts';
import type { RouterScope, TrafficIntent, TrafficObjects } from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { controlledBy, ownershipOf, ownLabels, suffixedName } from '../owned-by-release.ts';
import type { SplitGroup } from '../split-route/refs.ts';

const kind = KINDS.traefikService;
const NAME_LENGTH_MAX = 253;

/** The IngressRoute that it belongs to and a digest of the destination: `web-segue-1f0c9a3e`. */
export function mirrorName(
  { config }: Pick<RouterScope, 'config'>,
  { service, port }: Pick<SplitGroup, 'service' | 'port'>,
): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([service, port]))
    .digest('hex');
  return suffixedName(routeName(config), `segue-${digest.slice(0, 8)}`, NAME_LENGTH_MAX);
}

/** Whether a TraefikService of this name is one of those of the IngressRoute that the policy names. */
export function isMirrorName({ config }: Pick<RouterScope, 'config'>, name: string): boolean {
  const suffix = /segue-[0-9a-f]{8}$/.exec(name)?.[0];
  return suffix !== undefined && name === suffixedName(routeName(config), suffix, NAME_LENGTH_MAX);
}

function routeName(config: RouterScope['config']): string {
  return String(config['ingressRoute']);
}

/** At a hundred percent there is nothing left that the candidate does not get. */
export function isCopying({ weight, mirror }: { weight: number; mirror?: Mirror | undefined }) {
  return mirror !== undefined && weight < 100;
}

/** What each should say, by name. */
export type Wanted = ReadonlyMap<string, Record<string, unknown>>;

export function mirrorSpec({ pair }: SplitGroup, { percent }: Mirror): Record<string, unknown> {
  const { weight: _, ...stable } = pair(0)[0];
  const { weight: __, ...candidate } = pair(0)[1];
  return { mirroring: { ...stable, mirrors: [{ ...candidate, percent }] } };
}

/** Writes before the route may lead to them, and after it no longer does. */
export function mirrorWrites(
  intent: TrafficIntent,
  wanted: Wanted,
  objects: TrafficObjects,
): { before: Write[]; after: Write[] } {
  const before = [...wanted].flatMap(([name, spec]): Write[] => {
    const found = objects.get(kind, name);
    const state = stateOf(found, intent);
    if (state === 'Absent') return [creation(intent, name, spec)];
    return found && state === 'Ours' ? change(found, spec, intent) : [];
  });
  const after = leftOver(intent, wanted, objects).map((found) => removal(found, intent));
  return { before, after };
}

/** What is not as it should be; undefined where all is. */
export function mirrorsWaitFor(
  intent: TrafficIntent,
  wanted: Wanted,
  objects: TrafficObjects,
): string | undefined {
  for (const [name, spec] of wanted) {
    const found = objects.get(kind, name);
    const state = stateOf(found, intent);
    const title = `${kind.kind} ${name}`;
    if (found === undefined || state === 'Leaving') return `${title} is not there`;
    if (state === 'Foreign') return `${title} is of somebody else`;
    if (!isDeepStrictEqual(found['spec'], spec)) return `${title} is out of date`;
  }
  const [left] = leftOver(intent, wanted, objects);
  return left && `${kind.kind} ${left.metadata.name} is still there`;
}

function stateOf(found: KubeObject | undefined, { release }: TrafficIntent) {
  return ownershipOf(found, release?.uid ?? '');
}

function leftOver(intent: TrafficIntent, wanted: Wanted, objects: TrafficObjects): KubeObject[] {
  return objects
    .list(kind)
    .filter(({ metadata: { name } }) => isMirrorName(intent, name) && !wanted.has(name))
    .filter((found) => stateOf(found, intent) === 'Ours');
}

function creation(
  { release, namespace }: TrafficIntent,
  name: string,
  spec: Record<string, unknown>,
): Write {
  if (!release) throw new TypeError('a TraefikService needs the Release that owns it');
  const labels = ownLabels(release.policy, release.uid);
  return {
    op: 'Create',
    object: {
      apiVersion: `${kind.group}/v1alpha1`,
      kind: kind.kind,
      metadata: { name, namespace, labels, ownerReferences: [controlledBy(release)] },
      spec,
    },
    because: `copies to the candidate by ${kind.kind} ${name}`,
  };
}

function change(
  found: KubeObject,
  spec: Record<string, unknown>,
  { namespace }: TrafficIntent,
): Write[] {
  if (isDeepStrictEqual(found['spec'], spec)) return [];
  const { name, resourceVersion } = found.metadata;
  return [
    {
      op: 'Patch',
      target: { ...kind, namespace, name },
      type: 'json',
      body: [{ op: 'replace', path: '/spec', value: spec }],
      ...(resourceVersion && { resourceVersion }),
      because: `copies to the candidate by ${kind.kind} ${name}`,
    },
  ];
}

function removal({ metadata: { name, uid } }: KubeObject, { namespace }: TrafficIntent): Write {
  return {
    op: 'Delete',
    target: { ...kind, namespace, name },
    ...(uid && { uid }),
    because: `no copies any more by ${kind.kind} ${name}`,
  };
}
