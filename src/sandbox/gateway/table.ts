/** All routes, put together for finding the rule of a request quickly: pure. */
import { attach, type Attachment, type ListenerAttachment, type World } from './attachment.ts';
import { withoutConflicts } from './attachment-conflicts.ts';
import { compareConnections, type ConnectionMatch, connectionMatches } from './connection-rule.ts';
import type { Origin } from './origin.ts';
import { protocolOf } from './listening.ts';
import { bySpecificity, hostMatches } from './hostnames.ts';
import type { RequestView } from './match.ts';
import { compareMatches, type CompiledRoute, type RuleMatch } from './route.ts';

/** Matches by host name, the most specific name first, each list in order of precedence. */
type HostMatches = [hostname: string, matches: RuleMatch[]][];

interface ListenerHosts {
  hostname: string;
  hosts: HostMatches;
}

export interface RoutingTable {
  /** Listeners by their port, the most specific host name first. */
  ports: Map<number, ListenerHosts[]>;
  /** Matches of routes attached to a Service, by `namespace/name`, with `:port` where the route
   * names a port. */
  services: Map<string, RuleMatch[]>;
  /** Of whole connections, in order of precedence: by the port of a listener, and by Service as above. */
  connections: Map<number | string, ConnectionMatch[]>;
  attachments: Map<string, Attachment[]>;
  /** How many routes each listener has, by `namespace/gateway/listener`. */
  attachedRoutes: Map<string, number>;
}

export const EMPTY_TABLE: RoutingTable = {
  ports: new Map(),
  services: new Map(),
  connections: new Map(),
  attachments: new Map(),
  attachedRoutes: new Map(),
};

export function buildTable(routes: CompiledRoute[], world: World): RoutingTable {
  const attachments = withoutConflicts(
    new Map(routes.map((route) => [route, attach(route, world)])),
  );
  const table: RoutingTable = {
    ports: new Map(),
    services: new Map(),
    connections: new Map(),
    attachments: new Map([...attachments].map(([route, all]) => [route.key, all])),
    attachedRoutes: new Map(),
  };
  const byListener = new Map<string, Map<string, RuleMatch[]>>();
  for (const route of routes)
    for (const { listeners, service } of attachments.get(route) ?? []) {
      if (service !== undefined) addToService(table, service, route);
      for (const attachment of listeners) {
        const { gateway, listener, hostnames } = attachment;
        const id = `${gateway}/${listener.name}`;
        table.attachedRoutes.set(id, (table.attachedRoutes.get(id) ?? 0) + 1);
        const hosts = byListener.get(id) ?? new Map<string, RuleMatch[]>();
        byListener.set(id, hosts);
        hostnames.forEach((hostname) => append(hosts, hostname, route.matches));
        addConnections(table, route, attachment);
      }
    }
  for (const matches of table.services.values()) matches.sort(compareMatches);
  for (const matches of table.connections.values()) matches.sort(compareConnections);
  table.ports = portsOf(world, byListener);
  return table;
}

function addToService(
  { services, connections }: RoutingTable,
  service: string,
  route: CompiledRoute,
) {
  if (route.matches.length > 0) append(services, service, route.matches);
  append(connections, service, connectionMatches(route.connections, ['']));
}

function addConnections(
  { connections }: RoutingTable,
  route: CompiledRoute,
  { listener, hostnames }: ListenerAttachment,
): void {
  const protocol = protocolOf(listener);
  const rules = route.connections.filter(({ serverNames, besideHttp, port }) => {
    if (port !== undefined && port !== listener.port) return false;
    return protocol === 'HTTP' ? besideHttp : (serverNames !== undefined) === (protocol === 'TLS');
  });
  append(connections, listener.port, connectionMatches(rules, hostnames));
}

function append<K, V>(lists: Map<K, V[]>, key: K, more: readonly V[]): void {
  const list = lists.get(key);
  if (list) list.push(...more);
  else if (more.length > 0) lists.set(key, [...more]);
}

function portsOf(
  world: World,
  byListener: Map<string, Map<string, RuleMatch[]>>,
): Map<number, ListenerHosts[]> {
  const ports = new Map<number, ListenerHosts[]>();
  for (const [key, gateway] of world.gateways)
    for (const { name, port, protocol, hostname = '' } of gateway.listeners) {
      if (protocol !== 'HTTP') continue;
      const hosts: HostMatches = [...(byListener.get(`${key}/${name}`) ?? [])];
      for (const [, matches] of hosts) matches.sort(compareMatches);
      hosts.sort(([one], [other]) => bySpecificity(one, other));
      const listeners = ports.get(port) ?? [];
      listeners.push({ hostname: hostname.toLowerCase(), hosts });
      ports.set(port, listeners);
    }
  for (const listeners of ports.values())
    listeners.sort((one, other) => bySpecificity(one.hostname, other.hostname));
  return ports;
}

/** The match that a request to a Gateway's listener port falls under. */
export function findRoute(
  table: RoutingTable,
  port: number,
  { host, request }: { host: string; request: RequestView },
): RuleMatch | undefined {
  const listeners = table.ports.get(port) ?? [];
  const most = listeners.find(({ hostname }) => hostMatches(host, hostname));
  for (const { hostname, hosts } of listeners) {
    // Listeners of several Gateways may share a port and a host name; all their routes count.
    if (hostname !== most?.hostname) continue;
    for (const [name, matches] of hosts) {
      const found = hostMatches(host, name) && matches.find((match) => match.test(request));
      if (found) return found;
    }
  }
  return undefined;
}

const NONE: readonly ConnectionMatch[] = [];

/** What whole connections may fall under. On a Service, routes for requests go before those for all that comes. */
export function connectionsAt(table: RoutingTable, origin: Origin): readonly ConnectionMatch[] {
  const { connections, services } = table;
  if (origin.kind === 'listener') return connections.get(origin.port) ?? NONE;
  const { service, port, readable } = origin;
  const found = connections.get(`${service}:${port}`) ?? connections.get(service) ?? NONE;
  const isRouted = readable && (services.has(`${service}:${port}`) || services.has(service));
  return found.filter(
    ({ serverName, rule }) =>
      (rule.port === undefined || rule.port === port) && (serverName !== undefined || !isRouted),
  );
}

/** Whether requests are looked for in what comes in. */
export function readsHttp({ ports }: RoutingTable, origin: Origin): boolean {
  return origin.kind === 'listener' ? ports.has(origin.port) : origin.readable;
}
