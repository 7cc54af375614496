/** The parts of an Ingress that say where requests go. */

/** Of the annotations of ingress-nginx. */
export const PREFIX = 'nginx.ingress.kubernetes.io/';

export interface IngressBackend {
  service?: { name: string; port?: { number?: number; name?: string } };
}

export interface Path {
  path?: string;
  pathType?: string;
  backend?: IngressBackend;
}

export interface IngressSpec {
  defaultBackend?: IngressBackend;
  rules?: { host?: string; http?: { paths?: Path[] } }[];
}

/** By which a canary finds what it stands beside. */
export function placeOf(host: string, { path = '/', pathType = 'Prefix' }: Path): string {
  return `${host.toLowerCase()} ${pathType} ${path}`;
}
