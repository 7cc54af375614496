/** Every Service with its live endpoints, kept up to date from the caches. */
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import { protocolOf } from './app-protocol.ts';
import { Balancer, ClientAffinity } from './balancer.ts';
import { endpointsByPort } from './endpoints.ts';
import { endpointKey, LiveEndpoint, type PodVersion } from './live-endpoint.ts';
import { specOf, type ServicePort, type ServiceSpec } from './objects.ts';

export interface ServiceTarget {
  /** `namespace/name`. */
  service: string;
  namespace: string;
  name: string;
  port: ServicePort;
  /** Its endpoints speak HTTP/2 from the first byte. */
  http2: boolean;
  endpoints: readonly LiveEndpoint[];
  affinity: ClientAffinity | undefined;
}

interface Entry {
  object: KubeObject;
  affinity: ClientAffinity | undefined;
  affinitySeconds: number;
  targets: Map<number, ServiceTarget>;
}

export interface RegistryDeps {
  clock: Clock;
  random: () => number;
  versionOf: (pod: string) => PodVersion | undefined;
}

/** As `service.spec.sessionAffinityConfig.clientIP.timeoutSeconds` defaults. */
const AFFINITY_SECONDS = 10_800;

export class ServiceRegistry {
  readonly #deps: RegistryDeps;
  readonly #entries = new Map<string, Entry>();
  readonly #endpoints = new Map<string, LiveEndpoint>();
  readonly #balancer: Balancer<LiveEndpoint>;

  constructor(deps: RegistryDeps) {
    this.#deps = deps;
    this.#balancer = new Balancer(deps.random);
  }

  has(service: string): boolean {
    return this.#entries.has(service);
  }

  /** Each once, also where subsets of it are routed to. */
  objects(): KubeObject[] {
    return [...new Set([...this.#entries.values()].map(({ object }) => object))];
  }

  /** @param port its number, or its name */
  target(service: string, port: number | string): ServiceTarget | undefined {
    const { targets } = this.#entries.get(service) ?? {};
    if (typeof port === 'number') return targets?.get(port);
    return [...(targets?.values() ?? [])].find((target) => target.port.name === port);
  }

  /** Where no port is named, that which the traffic came to, or else the only one there is. */
  targetOf(
    { service, port }: { service: string; port: number | string },
    cameTo: number,
  ): ServiceTarget | undefined {
    if (port !== 0) return this.target(service, port);
    const { targets } = this.#entries.get(service) ?? {};
    const same = targets?.get(cameTo);
    return same ?? (targets?.size === 1 ? targets.values().next().value : undefined);
  }

  /** The endpoint for a request of `client`, none of those tried before. */
  pick(
    { endpoints, affinity }: ServiceTarget,
    client: string,
    tried: readonly LiveEndpoint[],
  ): LiveEndpoint | undefined {
    const kept = tried.length > 0 ? undefined : affinity?.recall(client, endpoints);
    const picked = kept ?? this.#balancer.pick(endpoints, tried);
    if (picked) affinity?.remember(client, picked);
    return picked;
  }

  /** Takes in a Service as the caches have it now; absent when it is gone. */
  update(key: string, object: KubeObject | undefined, slices: KubeObject[]): void {
    const before = this.#entries.get(key);
    if (object) this.#entries.set(key, this.#entryOf(key, object, { before, slices }));
    else this.#entries.delete(key);
    // The new ones are in use already, so what both have keeps its connections.
    for (const { endpoints } of before?.targets.values() ?? [])
      for (const endpoint of endpoints) this.#release(endpoint);
  }

  /** Cuts all connections. */
  destroy(): void {
    for (const endpoint of this.#endpoints.values()) endpoint.destroy();
  }

  #entryOf(
    key: string,
    object: KubeObject,
    { before, slices }: { before: Entry | undefined; slices: KubeObject[] },
  ): Entry {
    const spec = specOf<ServiceSpec>(object);
    const affinitySeconds = secondsOf(spec);
    const kept = before?.affinitySeconds === affinitySeconds ? before.affinity : undefined;
    const affinity =
      affinitySeconds === 0
        ? undefined
        : (kept ?? new ClientAffinity(this.#deps.clock, affinitySeconds));
    const { namespace = '', name } = object.metadata;
    const byPort = endpointsByPort(slices);
    const targets = new Map<number, ServiceTarget>();
    for (const port of spec.ports ?? []) {
      const endpoints = (byPort.get(port.name ?? '') ?? []).map((e) => this.#hold(e));
      const http2 = protocolOf(port) === 'http2';
      targets.set(port.port, { service: key, namespace, name, port, http2, endpoints, affinity });
    }
    return { object, affinity, affinitySeconds, targets };
  }

  #hold(endpoint: Parameters<typeof endpointKey>[0]): LiveEndpoint {
    const key = endpointKey(endpoint);
    const live = this.#endpoints.get(key) ?? new LiveEndpoint(endpoint, this.#deps.versionOf);
    this.#endpoints.set(key, live);
    live.use();
    return live;
  }

  #release(endpoint: LiveEndpoint): void {
    if (endpoint.unuse()) this.#endpoints.delete(endpoint.key);
  }
}

function secondsOf({ sessionAffinity, sessionAffinityConfig }: ServiceSpec): number {
  if (sessionAffinity !== 'ClientIP') return 0;
  return sessionAffinityConfig?.clientIP?.timeoutSeconds ?? AFFINITY_SECONDS;
}
