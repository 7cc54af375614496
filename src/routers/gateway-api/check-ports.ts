/** Ports of Services that an HTTPRoute leads to and that are not there: no request arrives by them. */
import { KINDS } from '../../api/group.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import { serviceSpec } from '../service-spec.ts';
import { type BackendRef, refNamer, weightOf } from './backend-refs.ts';
import type { RouteRule } from './request-rules.ts';

interface Route {
  title: string;
  rules: RouteRule[];
  objects: TrafficObjects;
}

export function checkPorts(scope: RouterScope, { title, rules, objects }: Route): Problem[] {
  const name = refNamer(scope);
  const problems = (ref: BackendRef, field: string): Problem[] => {
    const named = name(ref);
    if (named?.role !== 'Service' || weightOf(ref) === 0) return [];
    const service = objects.get(KINDS.service, named.service);
    const ports = service ? (serviceSpec(service).ports ?? []).map(({ port }) => port) : [];
    if (ports.length === 0 || ports.some((port) => port === ref.port)) return [];
    const message = `it leads to port ${String(ref.port)}, which Service ${named.service} does not have`;
    return [{ field, message, fix: `write one of ${ports.join(', ')}` }];
  };
  return rules.flatMap((rule, i) =>
    (rule.backendRefs ?? []).flatMap((ref) =>
      problems(ref, `${title} spec.rules[${i}].backendRefs`),
    ),
  );
}
