/** Keeps the routing in effect equal to the caches: marks what changed, then applies it at once. */
import type { KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import type { RecordEvent } from '../nodes/event-recorder.ts';
import type { World } from './attachment.ts';
import {
  type Caches,
  isOwnClass,
  labelsOfPod,
  ownGateways,
  routeCaches,
  serviceOfSlice,
  slicesOf,
} from './caches.ts';
import { compileConnectionRoute } from './connection-route.ts';
import type { RoutingState } from './decision.ts';
import { slicesOfSubset, type Subset, subsetKey, subsetsByService } from './destination-rule.ts';
import { compileGrpcRoute } from './grpc-route.ts';
import { compileIngresses } from './ingress.ts';
import { ingressListeners } from './ingress-class.ts';
import { compileIngressRoutes } from './ingress-route.ts';
import { compileIngressRouteTcps } from './ingress-route-tcp.ts';
import { istioListeners } from './istio-gateway.ts';
import { type Listening, listeningOf } from './listening.ts';
import { CONTROLLER_NAME, KINDS, keyOf, routeKey } from './objects.ts';
import { compileRoute, type CompiledRoute } from './route.ts';
import type { Sockets } from './sockets.ts';
import { renderClassStatus, renderGatewayStatus, renderRouteParents } from './status.ts';
import type { StatusSource, StatusWriter } from './status-writer.ts';
import { buildTable, type RoutingTable } from './table.ts';
import { compileVirtualServices } from './virtual-service-delegates.ts';
import {
  listenerPorts,
  listenerSocketId,
  servicePorts,
  type ListenerPlace,
  type PortRequest,
} from './wanted-sockets.ts';

export interface ControlDeps {
  caches: Caches;
  state: RoutingState;
  sockets: Sockets;
  clock: Clock;
  log: Log;
  record: RecordEvent;
  place: ListenerPlace;
}

const RETRY_REFUSED_MS = 2_000;

const COMPILERS: Record<string, (object: KubeObject) => CompiledRoute> = {
  GRPCRoute: compileGrpcRoute,
  TLSRoute: compileConnectionRoute,
  TCPRoute: compileConnectionRoute,
};

export class Control {
  readonly #deps: ControlDeps;
  readonly #compiled = new WeakMap<KubeObject, CompiledRoute>();
  readonly #told = new WeakMap<KubeObject, string>();
  readonly #dirtyServices = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  /** Generations of what is in effect: status speaks of nothing newer. */
  #inEffect = new Map<KubeObject['kind'], Map<string, string>>();
  #routesInTable: KubeObject[] = [];
  #subsets = new Map<string, Subset[]>();
  #dirtyTable = true;
  #scheduled = false;
  #applying = false;
  readonly #stopping = new AbortController();
  #writer: StatusWriter | undefined;
  #retrying = false;

  constructor(deps: ControlDeps) {
    this.#deps = deps;
  }

  /** Begins with everything that is in the caches. */
  start(writer: StatusWriter): Promise<void> {
    this.#writer = writer;
    const { caches } = this.#deps;
    for (const service of caches.services.list()) this.#dirtyServices.add(keyOf(service));
    caches.services.onChange(({ old, object }) => {
      const changed = object ?? old;
      // A Service that comes or goes changes what routes may refer to.
      if (changed) this.#mark(keyOf(changed), !old || !object);
    });
    caches.slices.onChange(({ old, object }) => {
      for (const slice of [old, object]) if (slice) this.#mark(serviceOfSlice(slice), false);
    });
    for (const cache of [
      ...routeCaches(caches).map(({ cache }) => cache),
      caches.gateways,
      caches.classes,
      caches.istioGateways,
      caches.virtualServices,
      caches.ingressRoutes,
      caches.ingressRouteTcps,
      caches.traefikServices,
    ])
      cache.onChange(({ old, object }) => {
        if (generationOf(old) !== generationOf(object)) this.#mark(undefined, true);
      });
    caches.destinationRules.onChange(() => this.#readSubsets());
    caches.pods.onChange(({ old, object }) => {
      // An endpoint may be known before the labels of its pod.
      if (!old && object) this.#markAll([...this.#subsets.keys()]);
    });
    // What these say stands in annotations.
    for (const cache of [caches.ingresses, caches.ingressClasses])
      cache.onChange(() => this.#mark(undefined, true));
    caches.namespaces.onChange(({ old, object }) => {
      if (labelsText(old) !== labelsText(object)) this.#mark(undefined, true);
    });
    this.#readSubsets();
    this.#schedule();
    return this.settled();
  }

  stop(): void {
    this.#stopping.abort();
  }

  /** Resolves when everything the caches know is in effect. */
  settled(): Promise<void> {
    if (!this.#scheduled && !this.#applying) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** How the status of each kind is rendered from what is in effect. */
  statusSources(): StatusSource[] {
    const { caches, state, sockets, place } = this.#deps;
    const nowIso = (): string => `${new Date(this.#deps.clock.now()).toISOString().slice(0, 19)}Z`;
    return [
      {
        kind: KINDS.gatewayClass,
        cache: caches.classes,
        render: (object) => (isOwnClass(object) ? renderClassStatus(object, nowIso()) : undefined),
      },
      {
        kind: KINDS.gateway,
        cache: caches.gateways,
        render: (object) =>
          this.#isInEffect('Gateway', object)
            ? renderGatewayStatus(object, {
                nowIso: nowIso(),
                address: place.address,
                refusalOf: ({ port }) => sockets.refusalOf(listenerSocketId(port)),
                attachedRoutes: ({ name }) =>
                  state.table.attachedRoutes.get(`${keyOf(object)}/${name}`) ?? 0,
              })
            : undefined,
      },
      ...routeCaches(caches).map(({ kind, cache }) => ({
        kind,
        cache,
        render: (object: KubeObject) => this.#routeStatus(object, nowIso()),
      })),
    ];
  }

  #routeStatus(object: KubeObject, nowIso: string): Record<string, unknown> | undefined {
    const { state } = this.#deps;
    const attachments = state.table.attachments.get(routeKey(object));
    if (!attachments || !this.#isInEffect(object.kind, object)) return undefined;
    const hasService = (key: string): boolean => state.registry.has(key);
    const before = object['status'] as { parents?: { controllerName: string }[] } | undefined;
    const ours = before?.parents?.some(({ controllerName }) => controllerName === CONTROLLER_NAME);
    if (attachments.length === 0 && !ours) return undefined;
    const route = this.#compile(object);
    return { parents: renderRouteParents(route, attachments, { nowIso, hasService }) };
  }

  #readSubsets(): void {
    const before = this.#subsets;
    this.#subsets = subsetsByService(this.#deps.caches.destinationRules.list());
    for (const [service, subsets] of before) this.#forgetSubsets(service, subsets);
    this.#markAll([...before.keys(), ...this.#subsets.keys()]);
  }

  #forgetSubsets(service: string, subsets: readonly Subset[]): void {
    const kept = this.#subsets.get(service) ?? [];
    for (const { name } of subsets)
      if (kept.every((one) => one.name !== name))
        this.#deps.state.registry.update(subsetKey(service, name), undefined, []);
  }

  #markAll(services: readonly string[]): void {
    for (const service of services) this.#mark(service, false);
  }

  #mark(service: string | undefined, table: boolean): void {
    if (service !== undefined) this.#dirtyServices.add(service);
    this.#dirtyTable ||= table;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#stopping.signal.aborted) return;
    this.#scheduled = true;
    // Changes come in bursts: all of this turn go in together.
    setImmediate(() => {
      if (!this.#applying) void this.#applyAll();
    });
  }

  async #applyAll(): Promise<void> {
    this.#applying = true;
    while (this.#scheduled && !this.#stopping.signal.aborted) {
      this.#scheduled = false;
      try {
        await this.#apply();
      } catch (error) {
        this.#deps.log.error('routing not applied', { error: String(error) });
      }
    }
    this.#applying = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #apply(): Promise<void> {
    const { caches, state, sockets } = this.#deps;
    const services = [...this.#dirtyServices];
    this.#dirtyServices.clear();
    for (const key of services) {
      const slash = key.indexOf('/');
      const object = caches.services.get(key.slice(0, slash), key.slice(slash + 1));
      const slices = slicesOf(caches, key);
      state.registry.update(key, object, slices);
      for (const subset of this.#subsets.get(key) ?? []) {
        const chosen = slicesOfSubset(slices, subset, (pod) => labelsOfPod(caches, pod));
        state.registry.update(subsetKey(key, subset.name), object, chosen);
      }
    }
    const gateways = ownGateways(caches);
    const listening = [
      ...gateways.map(listeningOf),
      ...caches.istioGateways.list().map(istioListeners),
      ...caches.ingressClasses.list().flatMap(ingressListeners),
    ];
    const rebuilt = this.#dirtyTable;
    this.#dirtyTable = false;
    if (rebuilt) state.table = this.#table(listening);
    const refusals = sockets.refusals;
    await sockets.reconcile(this.#wanted(listening));
    if (rebuilt) this.#noteInEffect(gateways);
    this.#retryRefused();
    if (rebuilt || refusals !== sockets.refusals) this.#report(gateways);
  }

  #noteInEffect(gateways: KubeObject[]): void {
    const note = (objects: KubeObject[]) =>
      new Map(objects.map((object) => [keyOf(object), generationOf(object)]));
    this.#inEffect.set('Gateway', note(gateways));
    for (const { kind } of routeCaches(this.#deps.caches))
      this.#inEffect.set(
        kind.kind,
        note(this.#routesInTable.filter((object) => object.kind === kind.kind)),
      );
  }

  #isInEffect(kind: string, object: KubeObject): boolean {
    return this.#inEffect.get(kind)?.get(keyOf(object)) === generationOf(object);
  }

  #report(gateways: KubeObject[]): void {
    const { caches } = this.#deps;
    const { classes } = caches;
    this.#writer?.enqueue('GatewayClass', classes.list().filter(isOwnClass));
    this.#writer?.enqueue('Gateway', gateways);
    for (const { kind, cache } of routeCaches(caches))
      this.#writer?.enqueue(kind.kind, cache.list());
  }

  #table(listening: Listening[]): RoutingTable {
    const { caches, state } = this.#deps;
    const world: World = {
      gateways: new Map(listening.map((one) => [one.key, one])),
      services: state.registry,
      namespaceLabels: (name) => caches.namespaces.get('', name)?.metadata.labels ?? {},
    };
    this.#routesInTable = routeCaches(caches).flatMap(({ cache }) => cache.list());
    const classes = caches.ingressClasses.list();
    const compiled = [
      ...this.#routesInTable.map((route) => this.#compile(route)),
      ...compileVirtualServices(caches.virtualServices.list()),
      ...compileIngresses(caches.ingresses.list(), classes),
      ...compileIngressRoutes(caches.ingressRoutes.list(), classes, caches.traefikServices.list()),
      ...compileIngressRouteTcps(caches.ingressRouteTcps.list(), classes),
    ];
    this.#tellRefused(compiled);
    return buildTable(compiled, world);
  }

  #compile(object: KubeObject): CompiledRoute {
    const compile = COMPILERS[object.kind] ?? compileRoute;
    const known = this.#compiled.get(object) ?? compile(object);
    this.#compiled.set(object, known);
    return known;
  }

  /** Who is refused a connection, or falls under another rule, is not told why: whoever wrote the rule is. */
  #tellRefused(routes: readonly CompiledRoute[]): void {
    const { log, record } = this.#deps;
    for (const { object, connections, unheeded } of routes) {
      const refused = connections.find(({ problem }) => problem !== undefined)?.problem;
      const message = refused ?? unheeded;
      if (message === undefined || this.#told.get(object) === message) continue;
      this.#told.set(object, message);
      log.warn('rules not heeded', { kind: object.kind, name: keyOf(object), reason: message });
      const reason = refused === undefined ? 'NotHeeded' : 'NotSupported';
      record({ about: object, type: 'Warning', reason, message });
    }
  }

  #wanted(listening: Listening[]): (PortRequest & { onRefused: (message: string) => void })[] {
    const { state, place, log, record } = this.#deps;
    const services = state.registry.objects().flatMap(servicePorts);
    return [...services, ...listenerPorts(listening, place)].map((request) => ({
      ...request,
      onRefused: (message) => {
        const { about } = request;
        log.warn('port not served', { kind: about.kind, name: keyOf(about), reason: message });
        record({ about, type: 'Warning', reason: 'PortUnavailable', message });
      },
    }));
  }

  /** A port that another program holds may become free. */
  #retryRefused(): void {
    if (this.#retrying || this.#deps.sockets.refusals === 0) return;
    this.#retrying = true;
    void this.#deps.clock.sleep(RETRY_REFUSED_MS, this.#stopping.signal).then(() => {
      this.#retrying = false;
      this.#schedule();
    });
  }
}

/** What changes when the spec does, and not when a status is written. */
function generationOf(object: KubeObject | undefined): string {
  const { uid = '', generation = 0 } = object?.metadata ?? {};
  return object ? `${uid} ${generation}` : '';
}

function labelsText(object: KubeObject | undefined): string {
  return JSON.stringify(object?.metadata.labels ?? {});
}
