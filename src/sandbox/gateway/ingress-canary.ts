/** What a canary Ingress of ingress-nginx asks for: pure. */
import type { KubeObject } from '../../api/object.ts';
import { type IngressSpec, type Path, placeOf, PREFIX } from './ingress-spec.ts';
import { AFFINITY, unsupportedAffinity } from './ingress-affinity.ts';
import { cookieOf } from './kept.ts';
import type { RequestView } from './match.ts';
import { specOf } from './objects.ts';
import type { Backend } from './shares.ts';

export interface Canary {
  namespace: string;
  backend: Path['backend'];
  weight: number;
  total: number;
  header: string | undefined;
  value: string | undefined;
  pattern: RegExp | undefined;
  cookie: string | undefined;
  problem: string | undefined;
}

const SUPPORTED = new Set([
  'canary',
  'canary-weight',
  'canary-weight-total',
  'canary-by-header',
  'canary-by-header-value',
  'canary-by-header-pattern',
  'canary-by-cookie',
]);

/** A canary has these of its own; all others are those of the Ingress that it stands beside. */
const OF_ITS_OWN = /^(canary|load-balance|upstream-hash-by|affinity|session-cookie-)/;

export function isCanary({ metadata }: KubeObject): boolean {
  return metadata.annotations?.[`${PREFIX}canary`] === 'true';
}

/** By host and path; of several the first is taken. */
export function canariesBy(ingresses: readonly KubeObject[]): Map<string, Canary> {
  const all = ingresses.filter(isCanary).flatMap((object) => {
    const { rules = [] } = specOf<IngressSpec>(object);
    return rules.flatMap(({ host = '', http }) =>
      (http?.paths ?? []).map((path) => [placeOf(host, path), canaryOf(object, path)] as const),
    );
  });
  return new Map(all.toReversed());
}

function canaryOf(object: KubeObject, { backend }: Path): Canary {
  const { metadata } = object;
  const { annotations = {}, namespace = '' } = metadata;
  const said = (name: string) => annotations[`${PREFIX}${name}`];
  const value = said('canary-by-header-value');
  const pattern = value === undefined ? said('canary-by-header-pattern') : undefined;
  const unknown = Object.keys(annotations).find((key) => {
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : '';
    return OF_ITS_OWN.test(name) && !SUPPORTED.has(name) && !AFFINITY.test(name);
  });
  return {
    namespace,
    backend,
    weight: Number(said('canary-weight') ?? 0),
    total: Number(said('canary-weight-total') ?? 100),
    header: said('canary-by-header'),
    value,
    pattern: pattern === undefined ? undefined : new RegExp(pattern),
    cookie: said('canary-by-cookie'),
    problem: unknown
      ? `${unknown} is not supported by the sandbox gateway`
      : unsupportedAffinity(object),
  };
}

interface Asked {
  /** The greater goes first. */
  rank: number;
  test: (request: RequestView) => boolean;
  to: Backend;
}

/** A header or a cookie that says neither is left to what comes next. */
export function canaryTests(
  { header, value, pattern, cookie }: Canary,
  { candidate, main }: { candidate: Backend; main: Backend },
): Asked[] {
  const [BY_HEADER, BY_COOKIE] = [2, 1];
  const asked: Asked[] = [];
  const add = (rank: number, test: Asked['test'], to: Backend) => asked.push({ rank, test, to });
  if (header !== undefined) {
    const is = (wanted: (given: string) => boolean) => (request: RequestView) => {
      const given = headerOf(request, header);
      return given !== undefined && wanted(given);
    };
    if (value !== undefined)
      add(
        BY_HEADER,
        is((given) => given === value),
        candidate,
      );
    else if (pattern)
      add(
        BY_HEADER,
        is((given) => pattern.test(given)),
        candidate,
      );
    else {
      add(
        BY_HEADER,
        is((given) => given === 'always'),
        candidate,
      );
      add(
        BY_HEADER,
        is((given) => given === 'never'),
        main,
      );
    }
  }
  if (cookie !== undefined) {
    add(BY_COOKIE, (request) => cookieOf(request, cookie) === 'always', candidate);
    add(BY_COOKIE, (request) => cookieOf(request, cookie) === 'never', main);
  }
  return asked;
}

function headerOf({ headers }: RequestView, name: string): string | undefined {
  const value = headers[name.toLowerCase()];
  return Array.isArray(value) ? value.join(',') : value;
}
