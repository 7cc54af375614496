/** The parts of a Service that routers read and copy, and what makes one unfit for routing. */
import { HASH_LABEL, KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../ports/traffic-router.ts';

export interface ServicePort {
  name?: string;
  port: number;
  protocol?: string;
  targetPort?: number | string;
  appProtocol?: string;
  [key: string]: unknown;
}

export interface ServiceSpec {
  type?: string;
  clusterIP?: string;
  selector?: Record<string, string>;
  ports?: ServicePort[];
  sessionAffinity?: string;
  [key: string]: unknown;
}

export function serviceSpec(service: KubeObject): ServiceSpec {
  return (service['spec'] ?? {}) as ServiceSpec;
}

/** Whether pods can be found through this Service: it is there and selects some. */
export function selectsPods(service: KubeObject | undefined): service is KubeObject {
  return service !== undefined && unfit(service.metadata.name, service) === undefined;
}

/** Why Services cannot lead to one version or all of them without a router. */
export function checkServices(
  { services }: Pick<RouterScope, 'services'>,
  objects: TrafficObjects,
): Problem[] {
  return services.flatMap((name) => unsharable(name, objects.get(KINDS.service, name)) ?? []);
}

function unsharable(name: string, service: KubeObject | undefined): Problem | undefined {
  const problem = unfit(name, service);
  if (problem || service === undefined) return problem;
  const field = `Service ${name}`;
  const { clusterIP, selector } = serviceSpec(service);
  if (clusterIP === 'None')
    return {
      field,
      message: 'it is headless: clients keep the addresses they resolved, so it cannot be switched',
      fix: 'use a Service with a cluster IP, or a router',
    };
  const hash = selector?.[HASH_LABEL];
  if (hash === undefined) return undefined;
  return {
    field,
    message: `its selector has ${HASH_LABEL}: ${hash} while no release is in progress`,
    fix: `take ${HASH_LABEL} out of spec.selector`,
  };
}

/** Why the pods of a Service cannot be told apart by version, or undefined when they can. */
export function unfit(name: string, service: KubeObject | undefined): Problem | undefined {
  const field = `Service ${name}`;
  if (service === undefined)
    return {
      field,
      message: 'it does not exist',
      fix: 'create it, or name another Service in spec.traffic.services',
    };
  const spec = serviceSpec(service);
  if (spec.type === 'ExternalName')
    return {
      field,
      message: 'it is of type ExternalName: a name in DNS, which clients keep, and selects no pods',
      fix: 'name the Service that selects the pods of the workload, and let that name lead to it',
    };
  if (Object.keys(spec.selector ?? {}).length === 0)
    return {
      field,
      message: 'it has no selector, so its endpoints cannot be told apart by version',
      fix: 'give it a selector that matches the pods of the workload',
    };
  return undefined;
}
