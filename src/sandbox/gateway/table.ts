/** All routes, put together for finding the rule of a request quickly: pure. */
import { attach, type Attachment, type World } from './attachment.ts';
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
  attachments: Map<string, Attachment[]>;
  /** How many routes each listener has, by `namespace/gateway/listener`. */
  attachedRoutes: Map<string, number>;
}

export const EMPTY_TABLE: RoutingTable = {
  ports: new Map(),
  services: new Map(),
  attachments: new Map(),
  attachedRoutes: new Map(),
};

export function buildTable(routes: CompiledRoute[], world: World): RoutingTable {
  const attachments = new Map(routes.map((route) => [route.key, attach(route, world)]));
  const services = new Map<string, RuleMatch[]>();
  const byListener = new Map<string, Map<string, RuleMatch[]>>();
  const attachedRoutes = new Map<string, number>();
  for (const route of routes)
    for (const { listeners, service } of attachments.get(route.key) ?? []) {
      if (service !== undefined) append(services, service, route.matches);
      for (const { gateway, listener, hostnames } of listeners) {
        const id = `${gateway}/${listener.name}`;
        attachedRoutes.set(id, (attachedRoutes.get(id) ?? 0) + 1);
        const hosts = byListener.get(id) ?? new Map<string, RuleMatch[]>();
        byListener.set(id, hosts);
        hostnames.forEach((hostname) => append(hosts, hostname, route.matches));
      }
    }
  for (const matches of services.values()) matches.sort(compareMatches);
  return { ports: portsOf(world, byListener), services, attachments, attachedRoutes };
}

function append(lists: Map<string, RuleMatch[]>, key: string, matches: RuleMatch[]): void {
  const list = lists.get(key);
  if (list) list.push(...matches);
  else lists.set(key, [...matches]);
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
