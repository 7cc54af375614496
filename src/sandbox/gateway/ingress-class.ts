/** An IngressClass of ingress-nginx as a listener, and which Ingresses are of it: pure. */
import type { KubeObject } from '../../api/object.ts';
import type { Listening } from './listening.ts';
import { specOf } from './objects.ts';

const CONTROLLER = 'k8s.io/ingress-nginx';

/** The flag `--http-port` of the controller, which the sandbox has no other place for. */
const PORT = 'segue.dev/http-port';
const HTTP_PORT = 80;

const BY_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';
const LEGACY = 'kubernetes.io/ingress.class';

/** Under which name the routes of a class are attached. */
export const classListeners = (name: string): string => `ingress/${name}`;

function isNginx(ingressClass: KubeObject): boolean {
  return specOf<{ controller?: string }>(ingressClass).controller === CONTROLLER;
}

/** None of a class of another controller. TLS ends elsewhere: requests come as plain HTTP. */
export function ingressListeners(object: KubeObject): Listening[] {
  if (!isNginx(object)) return [];
  const { name, annotations = {} } = object.metadata;
  const port = Number(annotations[PORT] ?? HTTP_PORT);
  const allowedRoutes = { namespaces: { from: 'All' } };
  const listeners = [{ name: 'http', port, protocol: 'HTTP', allowedRoutes }];
  return [{ key: `/${classListeners(name)}`, object, namespace: '', listeners }];
}

/** The class that an Ingress names, or that of those that name none. */
export function classOf(ingress: KubeObject, classes: readonly KubeObject[]): string | undefined {
  const { ingressClassName } = specOf<{ ingressClassName?: string }>(ingress);
  const given = ingressClassName ?? ingress.metadata.annotations?.[LEGACY];
  const found = classes.find(({ metadata }) =>
    given === undefined ? metadata.annotations?.[BY_DEFAULT] === 'true' : metadata.name === given,
  );
  return found && isNginx(found) ? found.metadata.name : undefined;
}
