/**
 * The annotations of the user's Ingress by which ingress-nginx keeps users with a version: its cookie names the upstream
 * that answered first, so the stable version's or the canary's. Upstreams are called alike in every release, and it is
 * the name of the cookie that says which one it is of.
 *
 * What is there before a release is refused by `check`: all that has these values is Segue's, and goes with the test.
 */
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { Sticky } from '../../api/request-match.ts';
import type { RouterScope, TrafficIntent } from '../../ports/traffic-router.ts';
import { cookieOfRelease, isKeeping } from '../split-route/arms.ts';
import type { Routed } from './backends.ts';

const AFFINITY = 'affinity';
const COOKIE = 'session-cookie-name';

/** Without the prefix. One cookie for all paths: two would name two versions. */
function annotationsFor(sticky: Sticky, candidateHash: string): Record<string, string> {
  return {
    [AFFINITY]: 'cookie',
    [COOKIE]: cookieOfRelease(sticky, candidateHash),
    'session-cookie-path': '/',
    'session-cookie-max-age': String(sticky.maxAgeSeconds),
    'session-cookie-samesite': 'Lax',
  };
}

export interface Affinity {
  /** With the prefix. Empty where nobody is kept. */
  wanted: Record<string, string>;
  /** Segue's that are to go. */
  left: string[];
  /** The cookie by which somebody else keeps users, who changed it half way: it is left alone. */
  foreign?: string;
}

type Asked = Pick<TrafficIntent, 'rules' | 'sticky' | 'weight' | 'route' | 'candidateHash'>;

/** What of it is to be there, and what is there that is not to be. */
export function affinityOf(main: KubeObject, asked: Asked, prefix: string): Affinity {
  const is = main.metadata.annotations ?? {};
  const { rules, sticky, route, candidateHash } = asked;
  const keyed = (one: Sticky) =>
    Object.entries(annotationsFor(one, candidateHash)).map(
      ([key, value]) => [`${prefix}/${key}`, value] as const,
    );
  const known = [...rules.map((one) => one.sticky), sticky].flatMap((one) =>
    one ? [Object.fromEntries(keyed(one))] : [],
  );
  const wanted =
    sticky && route === 'Split' && isKeeping(asked) ? Object.fromEntries(keyed(sticky)) : {};
  const foreign = foreignIn(is, known, prefix);
  const isLeft = (key: string) =>
    wanted[key] === undefined && known.some((one) => one[key] === is[key]);
  const left = Object.keys(is).filter(
    (key) => isLeft(key) && !(foreign !== undefined && key === `${prefix}/${AFFINITY}`),
  );
  return { wanted, left, ...(foreign !== undefined && { foreign }) };
}

/** Affinity by another cookie than that of the release. Where only the name was taken out it is still Segue's. */
function foreignIn(
  is: Readonly<Record<string, string>>,
  known: readonly Record<string, string>[],
  prefix: string,
): string | undefined {
  const [affinity, cookie, maxAge] = [AFFINITY, COOKIE, 'session-cookie-max-age'].map(
    (key) => `${prefix}/${key}`,
  ) as [string, string, string];
  if (is[affinity] !== 'cookie') return undefined;
  const name = is[cookie];
  const own = known.some(
    (one) => one[cookie] === name || (name === undefined && one[maxAge] === is[maxAge]),
  );
  return own ? undefined : (name ?? 'INGRESSCOOKIE');
}

/** A JSON patch of annotations, none where nothing is missing. */
export function affinityPatch({ metadata }: KubeObject, { wanted, left, foreign }: Affinity) {
  const is = metadata.annotations;
  const missing = foreign === undefined ? missingIn(is, wanted) : [];
  const path = '/metadata/annotations';
  if (is === undefined)
    return missing.length > 0 ? [{ op: 'add', path, value: Object.fromEntries(missing) }] : [];
  // Nobody had any before.
  if (left.length > 0 && left.length === Object.keys(is).length && missing.length === 0)
    return [{ op: 'remove', path }];
  const at = (key: string) => `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
  return [
    ...left.map((key) => ({ op: 'remove', path: at(key) })),
    ...missing.map(([key, value]) => ({ op: 'add', path: at(key), value })),
  ];
}

export function missingIn(
  is: Readonly<Record<string, string>> | undefined,
  wanted: Readonly<Record<string, string>>,
): [string, string][] {
  return Object.entries(wanted).filter(([key, value]) => is?.[key] !== value);
}

/** What keeps users from being kept, looked for before a release. */
export function checkAffinity(
  { rules }: Pick<RouterScope, 'rules'>,
  { main, prefix, routed }: { main: KubeObject; prefix: string; routed: readonly Routed[] },
): Problem[] {
  const sticky = rules.find((one) => one.sticky)?.sticky;
  if (!sticky) return [];
  const title = `Ingress ${main.metadata.name}`;
  return [...keptAlready(main, { prefix, sticky }), ...severalUpstreams(routed, title)];
}

function keptAlready(
  { metadata }: KubeObject,
  { prefix, sticky }: { prefix: string; sticky: Sticky },
): Problem[] {
  const keys = Object.keys(annotationsFor(sticky, ''));
  const found = keys.find((key) => metadata.annotations?.[`${prefix}/${key}`] !== undefined);
  if (found === undefined) return [];
  return [
    {
      field: `Ingress ${metadata.name} metadata.annotations`,
      message: `${prefix}/${found} is there, and ingress-nginx keeps users by one cookie: that of the release would take its place`,
      fix: 'take it out for the release, or use match instead of sticky',
    },
  ];
}

/** A cookie names one upstream. To those of another port or Service it says nothing, and they would not set it anew. */
function severalUpstreams(routed: readonly Routed[], title: string): Problem[] {
  const names = new Set(
    routed.map(({ to, path }) => {
      const { name, number } = path.backend?.service?.port ?? {};
      return `${to.service}:${name ?? number ?? ''}`;
    }),
  );
  if (names.size < 2) return [];
  return [
    {
      field: `${title} spec.rules`,
      message: `it leads to ${[...names].join(' and ')}, and ingress-nginx keeps users with each of them apart: one could have two versions`,
      fix: 'lead all paths to one port of one Service, written alike, or use match instead of sticky',
    },
  ];
}
