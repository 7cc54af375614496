/**
 * The TraefikServices that copy requests or keep users. A route of Traefik cannot, but it can lead to a service that does:
 * one stands beside the IngressRoute for each destination of the user's, while a stage asks for it. What copies has the
 * place of the stable version; what keeps users has that of both.
 */
import { createHash } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Mirror, Sticky } from '../../api/request-match.ts';
import type { RouterScope, TrafficIntent, TrafficObjects } from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { controlledBy, ownershipOf, ownLabels, suffixedName } from '../owned-by-release.ts';
import { cookieOfRelease } from '../split-route/arms.ts';
import type { SplitGroup } from '../split-route/refs.ts';

const kind = KINDS.traefikService;
const NAME_LENGTH_MAX = 253;

/** The IngressRoute that it belongs to and a digest of the destination: `web-segue-1f0c9a3e`. */
export function nameBeside(
  { config }: Pick<RouterScope, 'config'>,
  { service, port }: Pick<SplitGroup, 'service' | 'port'>,
): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([service, port]))
    .digest('hex');
  return suffixedName(routeName(config), `segue-${digest.slice(0, 8)}`, NAME_LENGTH_MAX);
}

/** Whether a TraefikService of this name is one of those of the IngressRoute that the policy names. */
export function isNameBeside({ config }: Pick<RouterScope, 'config'>, name: string): boolean {
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

export function copyingSpec({ pair }: SplitGroup, { percent }: Mirror): Record<string, unknown> {
  const { weight: _, ...stable } = pair(0)[0];
  const { weight: __, ...candidate } = pair(0)[1];
  return { mirroring: { ...stable, mirrors: [{ ...candidate, percent }] } };
}

export function cookieFor(sticky: Sticky, candidateHash: string): Record<string, unknown> {
  return {
    name: cookieOfRelease(sticky, candidateHash),
    maxAge: sticky.maxAgeSeconds,
    httpOnly: true,
    sameSite: 'lax',
  };
}

/** The cookie says which of the two it was, by a name that is the same in every release. */
export function keepingSpec(
  { pair }: SplitGroup,
  sticky: Sticky,
  { weight, candidateHash }: Pick<TrafficIntent, 'weight' | 'candidateHash'>,
): Record<string, unknown> {
  const cookie = cookieFor(sticky, candidateHash);
  return { weighted: { services: pair(weight), sticky: { cookie } } };
}

/** What each should say, by name. */
export type Wanted = ReadonlyMap<string, Record<string, unknown>>;

/** Writes before the route may lead to them, and after it no longer does. */
export function besideWrites(
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
export function besideWaitFor(
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
    .filter(({ metadata: { name } }) => isNameBeside(intent, name) && !wanted.has(name))
    .filter((found) => stateOf(found, intent) === 'Ours');
}

function purposeOf({ sticky }: TrafficIntent, name: string): string {
  return `${sticky ? 'users kept with a version' : 'copies to the candidate'} by ${kind.kind} ${name}`;
}

function creation(intent: TrafficIntent, name: string, spec: Record<string, unknown>): Write {
  const { release, namespace } = intent;
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
    because: purposeOf(intent, name),
  };
}

function change(found: KubeObject, spec: Record<string, unknown>, intent: TrafficIntent): Write[] {
  const { namespace } = intent;
  if (isDeepStrictEqual(found['spec'], spec)) return [];
  const { name, resourceVersion } = found.metadata;
  return [
    {
      op: 'Patch',
      target: { ...kind, namespace, name },
      type: 'json',
      body: [{ op: 'replace', path: '/spec', value: spec }],
      ...(resourceVersion && { resourceVersion }),
      because: purposeOf(intent, name),
    },
  ];
}

function removal({ metadata: { name, uid } }: KubeObject, { namespace }: TrafficIntent): Write {
  return {
    op: 'Delete',
    target: { ...kind, namespace, name },
    ...(uid && { uid }),
    because: `nothing goes by ${kind.kind} ${name} any more`,
  };
}
