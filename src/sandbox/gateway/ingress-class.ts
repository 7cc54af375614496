/** An IngressClass of ingress-nginx or Traefik as a listener, and which Ingresses are of ingress-nginx: pure. */
import type { KubeObject } from '../../api/object.ts';
import type { Listening } from './listening.ts';
import { specOf } from './objects.ts';

const CONTROLLERS = {
  IngressNginx: 'k8s.io/ingress-nginx',
  Traefik: 'traefik.io/ingress-controller',
};

/** The flag `--http-port` of ingress-nginx and the entry point `web` of Traefik, which the sandbox has no other place for. */
const PORT = 'segue.dev/http-port';
const HTTP_PORT = 80;

const BY_DEFAULT = 'ingressclass.kubernetes.io/is-default-class';
const LEGACY = 'kubernetes.io/ingress.class';

/** Under which name the routes of a class are attached. */
export const classListeners = (name: string): string => `ingress/${name}`;

export function isOf(ingressClass: KubeObject, controller: keyof typeof CONTROLLERS): boolean {
  return specOf<{ controller?: string }>(ingressClass).controller === CONTROLLERS[controller];
}

/** None of a class of another controller. TLS ends elsewhere: requests come as plain HTTP. */
export function ingressListeners(object: KubeObject): Listening[] {
  if (!isOf(object, 'IngressNginx') && !isOf(object, 'Traefik')) return [];
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
  return found && isOf(found, 'IngressNginx') ? found.metadata.name : undefined;
}
