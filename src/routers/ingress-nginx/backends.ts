/** The backends of an Ingress that lead to the policy's Services, and where they lead. */
import type { KubeObject } from '../../api/object.ts';
import type { Named, RefRole } from '../split-route/refs.ts';
import type { ServiceNames } from '../split-route/names.ts';

export interface Backend {
  service?: { name: string; port?: { name?: string; number?: number } };
  resource?: unknown;
}

export interface Path {
  path?: string;
  pathType?: string;
  backend?: Backend;
}

export interface IngressRule {
  host?: string;
  http?: { paths?: Path[] };
}

export interface IngressSpec {
  ingressClassName?: string;
  defaultBackend?: Backend;
  tls?: unknown[];
  rules?: IngressRule[];
}

/** One path of an Ingress. */
export interface Place {
  rule: IngressRule;
  path: Path;
  /** `spec.rules[0].http.paths[1]` */
  at: string;
  pointer: string;
}

/** One that leads to a Service of the policy, or to one of the pair that stands for it. */
export interface Routed extends Place {
  to: Named;
}

export function ingressSpec(ingress: KubeObject): IngressSpec {
  return (ingress['spec'] ?? {}) as IngressSpec;
}

export function placesOf(ingress: KubeObject): Place[] {
  const { rules } = ingressSpec(ingress);
  return (rules ?? []).flatMap((rule, i) =>
    (rule.http?.paths ?? []).map((path, j) => ({
      rule,
      path,
      at: `spec.rules[${i}].http.paths[${j}]`,
      pointer: `/spec/rules/${i}/http/paths/${j}`,
    })),
  );
}

export function routedIn(ingress: KubeObject, names: ServiceNames): Routed[] {
  return placesOf(ingress).flatMap((place) => {
    const to = leadsTo(place.path.backend, names);
    return to ? [{ ...place, to }] : [];
  });
}

export function leadsTo(backend: Backend | undefined, names: ServiceNames): Named | undefined {
  const name = backend?.service?.name;
  return name === undefined ? undefined : names.of(name);
}

/** A JSON patch of names alone: everything else in a backend is the user's. */
export function pointedAt(role: RefRole, routed: readonly Routed[], names: ServiceNames) {
  return routed
    .filter(({ to }) => to.role !== role)
    .map(({ to, pointer }) => ({
      op: 'replace',
      path: `${pointer}/backend/service/name`,
      value: names.in({ ...to, role }),
    }));
}

/** The rules without the paths that lead elsewhere, all others to the candidate. */
export function candidateRules(ingress: KubeObject, names: ServiceNames): IngressRule[] {
  return (ingressSpec(ingress).rules ?? []).flatMap((rule) => {
    const paths = (rule.http?.paths ?? []).flatMap((path) => toCandidate(path, names) ?? []);
    return paths.length > 0 ? [{ ...rule, http: { ...rule.http, paths } }] : [];
  });
}

function toCandidate(path: Path, names: ServiceNames): Path | undefined {
  const to = leadsTo(path.backend, names);
  const service = path.backend?.service;
  if (to === undefined || service === undefined) return undefined;
  const name = names.in({ ...to, role: 'Candidate' });
  return { ...path, backend: { ...path.backend, service: { ...service, name } } };
}
