/** Keeps EndpointSlices and Endpoints in step with Services and pods. */
import type { KubeObject } from '../../../api/object.ts';
import type { WorkQueue } from '../../../ports/queue.ts';
import { pairs, selectorPairs } from '../caches.ts';
import type { Environment } from '../environment.ts';
import { KIND, type Pod, type Service } from '../kinds.ts';
import type { Controller } from '../loop.ts';
import { isReady } from '../pods.ts';
import { matchesMap } from '../../../api/label-selector.ts';
import { keyOf, nameOf, splitKey } from '../write.ts';
import { endpointsWrites } from './legacy.ts';
import {
  CONTROLLER,
  type EndpointSlice,
  MANAGED_BY,
  SERVICE_LABEL,
  sliceWrites,
} from './slices.ts';

const SLICES = 'endpoint-slice-controller';
const LEGACY = 'endpoint-controller';

export function endpointsControllers(environment: Environment): Controller[] {
  return [slicesController(environment), legacyController(environment)];
}

function slicesController(environment: Environment): Controller {
  const { caches, applier, random } = environment;
  const services = caches.of(KIND.service);
  const slices = caches.of(KIND.endpointSlice);

  function slicesOf(namespace: string, service: string): EndpointSlice[] {
    return (slices.byIndex('namespace', namespace) as EndpointSlice[]).filter(
      (slice) =>
        slice.metadata.labels?.[SERVICE_LABEL] === service &&
        slice.metadata.labels[MANAGED_BY] === CONTROLLER &&
        slice.metadata.deletionTimestamp === undefined &&
        !applier.isDeleted(slice),
    );
  }

  return {
    name: SLICES,
    workers: 4,
    wire(queue) {
      wireServicesAndPods(environment, queue);
      slices.onChange(({ old, object }) => {
        const { metadata } = (object ?? old) as KubeObject;
        const service = metadata.labels?.[SERVICE_LABEL];
        if (service !== undefined) queue.add(`${metadata.namespace ?? ''}/${service}`);
      });
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const service = services.get(namespace, name) as Service | undefined;
      // Slices of a deleted Service go with it, by garbage collection.
      if (!service || !selects(service)) return undefined;
      const pods = podsOf(environment, service);
      const present = slicesOf(namespace, name);
      await applier.apply(sliceWrites({ service, pods, slices: present, random }), SLICES);
      return undefined;
    },
  };
}

function legacyController(environment: Environment): Controller {
  const { caches, applier } = environment;
  const services = caches.of(KIND.service);
  const endpoints = caches.of(KIND.endpoints);
  return {
    name: LEGACY,
    workers: 4,
    wire(queue) {
      wireServicesAndPods(environment, queue);
      endpoints.onChange(({ old, object }) => queue.add(keyOf((object ?? old) as KubeObject)));
    },
    async sync(key) {
      const { namespace, name } = splitKey(key);
      const service = services.get(namespace, name) as Service | undefined;
      const present = endpoints.get(namespace, name);
      if (!service) {
        // Endpoints that people made by themselves are theirs; only those we manage go.
        const ours = present?.metadata.labels?.['endpoints.kubernetes.io/managed-by'] !== undefined;
        if (!present || !ours) return undefined;
        const uid = present.metadata.uid ?? '';
        await applier.apply([{ op: 'Delete', target: nameOf(present), uid }], LEGACY);
        return undefined;
      }
      if (!selects(service)) return undefined;
      await applier.apply(endpointsWrites(service, podsOf(environment, service), present), LEGACY);
      return undefined;
    },
  };
}

/** A Service without a selector, or of type ExternalName, has no endpoints of ours. */
function selects(service: Service): boolean {
  const { selector, type } = service.spec;
  const deleting = service.metadata.deletionTimestamp !== undefined;
  return !deleting && type !== 'ExternalName' && Object.keys(selector ?? {}).length > 0;
}

/** The pods a Service selects, oldest name first, so that lists come out the same every time. */
function podsOf(environment: Environment, service: Service): Pod[] {
  const pods = environment.caches.of(KIND.pod);
  const all = pods.byIndex('label', selectorPairs(service)[0] ?? '') as Pod[];
  return all
    .filter((pod) => matchesMap(service.spec.selector ?? {}, pod.metadata.labels))
    .sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
}

function wireServicesAndPods(environment: Environment, queue: WorkQueue): void {
  const services = environment.caches.of(KIND.service);
  services.onChange(({ old, object }) => queue.add(keyOf((object ?? old) as KubeObject)));
  environment.caches.of(KIND.pod).onChange(({ old, object }) => {
    if (!endpointChanged(old as Pod | undefined, object as Pod | undefined)) return;
    for (const pod of [old, object])
      for (const service of pod ? selecting(environment, pod) : []) queue.add(keyOf(service));
  });
}

function selecting(environment: Environment, pod: KubeObject): Service[] {
  const { namespace, labels = {} } = pod.metadata;
  const services = environment.caches.of(KIND.service);
  const candidates = pairs(namespace, labels).flatMap((pair) => services.byIndex('selects', pair));
  return (candidates as Service[]).filter(({ spec }) => matchesMap(spec.selector ?? {}, labels));
}

/** What of a pod shows in an endpoint. */
function endpointChanged(old: Pod | undefined, now: Pod | undefined): boolean {
  if (!old || !now) return true;
  const facts = (pod: Pod) =>
    JSON.stringify([
      pod.metadata.labels,
      pod.metadata.deletionTimestamp,
      pod.spec.nodeName,
      pod.status?.phase,
      pod.status?.podIP,
      pod.status?.podIPs,
      isReady(pod),
    ]);
  return facts(old) !== facts(now);
}
