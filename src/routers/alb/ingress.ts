/** The backends of an Ingress, as the AWS Load Balancer Controller reads them: a Service and its port, or the name of
 * an action in an annotation. */
import type { KubeObject } from '../../api/object.ts';
import { parsed } from './actions.ts';

export const PREFIX = 'alb.ingress.kubernetes.io/';

/** Instead of a port: the backend is an action. */
export const USE_ANNOTATION = 'use-annotation';

export interface ServicePort {
  name?: string;
  number?: number;
}

export interface Backend {
  service?: { name: string; port?: ServicePort };
  [key: string]: unknown;
}

export interface Path {
  path?: string;
  pathType?: string;
  backend?: Backend;
  [key: string]: unknown;
}

export interface IngressRule {
  host?: string;
  http?: { paths?: Path[]; [key: string]: unknown };
  [key: string]: unknown;
}

/** What of an Ingress is read and written. */
export interface Routing {
  annotations: Record<string, string>;
  rules: IngressRule[];
  defaultBackend?: Backend | undefined;
}

export function routingOf(ingress: KubeObject): Routing {
  const spec = (ingress['spec'] ?? {}) as { rules?: IngressRule[]; defaultBackend?: Backend };
  return {
    annotations: ingress.metadata.annotations ?? {},
    rules: spec.rules ?? [],
    defaultBackend: spec.defaultBackend,
  };
}

/** One backend, and the path that has it; none has the default. */
export interface Place {
  backend: Backend;
  /** `spec.rules[0].http.paths[1]` */
  at: string;
  rule?: IngressRule;
  path?: Path;
}

export function placesOf({ rules, defaultBackend }: Routing): Place[] {
  const paths = rules.flatMap((rule, i) =>
    (rule.http?.paths ?? []).map((path, j) => ({
      backend: path.backend ?? {},
      at: `spec.rules[${i}].http.paths[${j}]`,
      rule,
      path,
    })),
  );
  return defaultBackend
    ? [...paths, { backend: defaultBackend, at: 'spec.defaultBackend' }]
    : paths;
}

/** The name of the action that a backend is. */
export function actionName({ service }: Backend): string | undefined {
  return service?.port?.name === USE_ANNOTATION ? service.name : undefined;
}

/** The Service that a backend names directly. */
export function serviceName({ service }: Backend): string | undefined {
  return service?.port?.name === USE_ANNOTATION ? undefined : service?.name;
}

export function withPort(backend: Backend, port: ServicePort): Backend {
  return backend.service ? { ...backend, service: { ...backend.service, port } } : backend;
}

/** As an action says it, and as a backend does. */
export function servicePort({ name, number }: ServicePort = {}): number | string {
  return name ?? number ?? '';
}

export function portOf(port: unknown): ServicePort {
  return typeof port === 'number' ? { number: port } : { name: String(port) };
}

/** The annotations of a name: the action, the conditions and the transforms that are its own. */
export type Part = 'actions' | 'conditions' | 'transforms';

export function keyOf(part: Part, name: string): string {
  return `${PREFIX}${part}.${name}`;
}

export function actionIn({ annotations }: Pick<Routing, 'annotations'>, name: string) {
  const text = annotations[keyOf('actions', name)];
  return text === undefined ? undefined : parsed(text);
}

/** The names of all actions there are. */
export function actionNames({ annotations }: Pick<Routing, 'annotations'>): string[] {
  const start = keyOf('actions', '');
  return Object.keys(annotations).flatMap((key) =>
    key.startsWith(start) ? [key.slice(start.length)] : [],
  );
}
