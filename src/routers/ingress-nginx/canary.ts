/** The canary Ingress that stands beside the user's while the candidate gets requests. */
import { isDeepStrictEqual } from 'node:util';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import {
  controlledBy,
  type Ownership,
  ownershipOf,
  ownLabels,
  suffixedName,
} from '../owned-by-release.ts';
import type { ServiceNames } from '../split-route/names.ts';
import { affinityOf } from './affinity.ts';
import { candidateRules, ingressSpec } from './backends.ts';
import { matchAnnotations } from './requests.ts';

const NAME_LENGTH_MAX = 253;

/** `<ingress>-candidate`, shortened where that is too long. */
export function canaryName(ingress: string): string {
  return suffixedName(ingress, 'candidate', NAME_LENGTH_MAX);
}

export interface Canary {
  name: string;
  found: KubeObject | undefined;
  state: Ownership;
}

export function canaryOf(
  ingress: string,
  found: KubeObject | undefined,
  release: TrafficIntent['release'],
): Canary {
  return { name: canaryName(ingress), found, state: ownershipOf(found, release?.uid ?? '') };
}

/** Without a share and a match there is none: what is not there keeps nobody at the candidate. */
export function isCanaryWanted({ route, weight, match = [] }: Readonly<TrafficIntent>): boolean {
  return route === 'Split' && (weight > 0 || match.length > 0);
}

export function isCanary({ metadata }: KubeObject, prefix: string): boolean {
  return isTrue(metadata.annotations?.[`${prefix}/canary`]);
}

/** As Go's strconv.ParseBool has it. */
function isTrue(value: string | undefined): boolean {
  return ['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value ?? '');
}

export function weightOf({ metadata }: KubeObject, prefix: string): number | undefined {
  const text = metadata.annotations?.[`${prefix}/canary-weight`];
  return text !== undefined && /^\d{1,3}$/.test(text) ? Number(text) : undefined;
}

/** What belongs to an upstream, which an Ingress has of its own; all others ingress-nginx takes from the user's. */
const OF_UPSTREAMS = /^(load-balance|upstream-hash-by|service-upstream$|affinity|session-cookie-)/;
const CLASS = 'kubernetes.io/ingress.class';

function isOurs(key: string, prefix: string): boolean {
  if (!key.startsWith(`${prefix}/`)) return key === CLASS;
  const name = key.slice(prefix.length + 1);
  return name.startsWith('canary') || OF_UPSTREAMS.test(name);
}

export interface Wish {
  intent: TrafficIntent;
  prefix: string;
  names: ServiceNames;
  /** The user's Ingress. */
  main: KubeObject;
}

interface Wanted {
  annotations: Record<string, string>;
  spec: Record<string, unknown>;
}

function wantedOf({ intent, prefix, names, main }: Wish): Wanted {
  const { ingressClassName, tls } = ingressSpec(main);
  // Not what the user's has yet, or still, but what it is to have.
  const { wanted: kept, left, foreign } = affinityOf(main, intent, prefix);
  const affinity = foreign === undefined ? kept : {};
  const copied = Object.entries(main.metadata.annotations ?? {}).filter(
    ([key]) => isOurs(key, prefix) && !key.startsWith(`${prefix}/canary`) && !left.includes(key),
  );
  const own = {
    canary: 'true',
    'canary-weight': String(intent.weight),
    ...matchAnnotations(intent.match ?? []),
    ...(Object.keys(affinity).length > 0 && { 'affinity-canary-behavior': 'sticky' }),
  };
  return {
    annotations: {
      ...Object.fromEntries(copied),
      ...affinity,
      ...Object.fromEntries(Object.entries(own).map(([key, value]) => [`${prefix}/${key}`, value])),
    },
    spec: {
      ...(ingressClassName !== undefined && { ingressClassName }),
      ...(tls !== undefined && { tls }),
      rules: candidateRules(main, names),
    },
  };
}

const FIELDS = ['ingressClassName', 'tls', 'rules'];

/** A merge patch from what is there to what should be, of what is Segue's only; undefined where nothing is missing. */
export function canaryChange(found: KubeObject, wish: Wish): Record<string, unknown> | undefined {
  const wanted = wantedOf(wish);
  const is = found.metadata.annotations ?? {};
  const left = Object.keys(is).filter(
    (key) => isOurs(key, wish.prefix) && wanted.annotations[key] === undefined,
  );
  const missing = Object.entries(wanted.annotations).filter(([key, value]) => is[key] !== value);
  const annotations = Object.fromEntries([...missing, ...left.map((key) => [key, null])]);
  const labels = Object.fromEntries(
    Object.entries(labelsOf(wish.intent)).filter(
      ([key, value]) => found.metadata.labels?.[key] !== value,
    ),
  );
  const now = ingressSpec(found) as Record<string, unknown>;
  const spec = Object.fromEntries(
    FIELDS.filter((key) => !isDeepStrictEqual(now[key], wanted.spec[key])).map((key) => [
      key,
      wanted.spec[key] ?? null,
    ]),
  );
  if ([annotations, labels, spec].every((part) => Object.keys(part).length === 0)) return undefined;
  return { metadata: { annotations, labels }, spec };
}

/** Whether it asks for the single requests that are meant. */
export function asksForTheSame(found: KubeObject, { intent, prefix }: Wish): boolean {
  const wanted = matchAnnotations(intent.match ?? []);
  return ['header', 'header-value', 'header-pattern', 'cookie'].every((one) => {
    const key = `canary-by-${one}`;
    return found.metadata.annotations?.[`${prefix}/${key}`] === wanted[key];
  });
}

function ownerOf({ release }: TrafficIntent): NonNullable<TrafficIntent['release']> {
  if (!release) throw new TypeError('a canary Ingress needs the Release that owns it');
  return release;
}

function labelsOf(intent: TrafficIntent): Record<string, string> {
  const { policy, uid } = ownerOf(intent);
  return ownLabels(policy, uid);
}

export function canaryWrites(canary: Canary, wish: Wish): Write[] {
  if (!isCanaryWanted(wish.intent)) return canaryRemoval(canary, wish.intent);
  if (canary.state === 'Absent') return [creation(canary, wish)];
  if (canary.state !== 'Ours' || canary.found === undefined) return [];
  const body = canaryChange(canary.found, wish);
  if (body === undefined) return [];
  const resourceVersion = canary.found.metadata.resourceVersion;
  return [
    {
      op: 'Patch',
      target: { ...KINDS.ingress, namespace: wish.intent.namespace, name: canary.name },
      type: 'merge',
      body,
      ...(resourceVersion && { resourceVersion }),
      because: `${wish.intent.weight} percent to the candidate by Ingress ${canary.name}`,
    },
  ];
}

function creation({ name }: Canary, wish: Wish): Write {
  const { namespace, weight } = wish.intent;
  const labels = labelsOf(wish.intent);
  const { annotations, spec } = wantedOf(wish);
  return {
    op: 'Create',
    object: {
      apiVersion: 'networking.k8s.io/v1',
      kind: KINDS.ingress.kind,
      metadata: {
        name,
        namespace,
        labels,
        annotations,
        ownerReferences: [controlledBy(ownerOf(wish.intent))],
      },
      spec,
    },
    because: `${weight} percent to the candidate by Ingress ${name}`,
  };
}

export function canaryRemoval(
  { name, found, state }: Canary,
  { namespace }: TrafficIntent,
): Write[] {
  if (state !== 'Ours') return [];
  const uid = found?.metadata.uid;
  return [
    {
      op: 'Delete',
      target: { ...KINDS.ingress, namespace, name },
      ...(uid && { uid }),
      because: `nothing to the candidate by Ingress ${name}`,
    },
  ];
}
