/** A JSON patch of an Ingress, of no more than what changes. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../../api/object.ts';
import { type IngressRule, type Path, type Routing, routingOf } from './ingress.ts';

interface Operation {
  op: 'add' | 'replace' | 'remove';
  path: string;
  value?: unknown;
}

/** @param journal whether there were no annotations at all before */
export function operations(
  ingress: KubeObject,
  wanted: Routing,
  journal: { bare?: true },
): Operation[] {
  const is = routingOf(ingress);
  return [
    ...ofAnnotations(ingress, wanted.annotations, journal),
    ...is.rules.flatMap((rule, i) => ofRule(rule, wanted.rules[i], `/spec/rules/${i}/http/paths`)),
    ...ofBackend(is.defaultBackend, wanted.defaultBackend, '/spec/defaultBackend'),
  ];
}

function ofAnnotations(
  { metadata: { annotations: is } }: KubeObject,
  wanted: Record<string, string>,
  { bare }: { bare?: true },
): Operation[] {
  const path = '/metadata/annotations';
  const empty = Object.keys(wanted).length === 0;
  if (is === undefined) return empty ? [] : [{ op: 'add', path, value: wanted }];
  if (empty && bare && Object.keys(is).length > 0) return [{ op: 'remove', path }];
  const keys = new Set([...Object.keys(is), ...Object.keys(wanted)]);
  return [...keys].flatMap((key): Operation[] => {
    const at = `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    const value = wanted[key];
    if (value === is[key]) return [];
    if (value === undefined) return [{ op: 'remove', path: at }];
    return [{ op: is[key] === undefined ? 'add' : 'replace', path: at, value }];
  });
}

function ofRule(is: IngressRule, wanted: IngressRule | undefined, path: string): Operation[] {
  const [before, after] = [is.http?.paths ?? [], wanted?.http?.paths ?? []];
  const places = (paths: Path[]) => paths.map((one) => ({ ...one, backend: undefined }));
  if (!isDeepStrictEqual(places(before), places(after)))
    return [{ op: 'replace', path, value: after }];
  return after.flatMap((one, i) =>
    ofBackend(before[i]?.backend, one.backend, `${path}/${i}/backend`),
  );
}

function ofBackend(is: unknown, wanted: unknown, path: string): Operation[] {
  return isDeepStrictEqual(is, wanted) ? [] : [{ op: 'replace', path, value: wanted }];
}
