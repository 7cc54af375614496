/** HTTPProxies that want one host: Contour takes up none of them (its DAG, `validHTTPProxies`). */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { CheckedRoute } from '../split-route/shape.ts';

export function notTheOnlyOne({ title, route, objects }: CheckedRoute): Problem[] {
  const host = hostOf(route);
  if (host === undefined) return [];
  const other = objects
    .list(KINDS.httpProxy)
    .find(
      (one) =>
        one.metadata.name !== route.metadata.name &&
        !one.metadata.deletionTimestamp &&
        hostOf(one) === host &&
        classOf(one) === classOf(route),
    );
  if (!other) return [];
  const { name } = other.metadata;
  return [
    {
      field: `${title} spec.virtualhost.fqdn`,
      message: `HTTPProxy ${name} has ${host} too, and Contour takes up neither of the two`,
      fix: 'write the routes of both into one, or include one in the other without spec.virtualhost',
    },
  ];
}

interface ProxySpec {
  virtualhost?: { fqdn?: string };
  ingressClassName?: string;
}

/** None of one that others include. */
function hostOf({ spec }: KubeObject): string | undefined {
  return (spec as ProxySpec | undefined)?.virtualhost?.fqdn?.toLowerCase();
}

const CLASSES = ['projectcontour.io/ingress.class', 'kubernetes.io/ingress.class'];

/** Which Contour takes it; an annotation goes first. */
function classOf({ metadata, spec }: KubeObject): string {
  const [annotated] = CLASSES.flatMap((key) => metadata.annotations?.[key] ?? []);
  return annotated ?? (spec as ProxySpec | undefined)?.ingressClassName ?? '';
}
