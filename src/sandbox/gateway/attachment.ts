/** Which listeners and Services a route attaches to, and why not to others: pure. */
import { intersectHostnames } from './hostnames.ts';
import { type Listening, protocolOf } from './listening.ts';
import { GATEWAY_GROUP, type ListenerSpec, type ParentRef } from './objects.ts';
import type { CompiledRoute } from './route.ts';

export interface World {
  /** By their keys. */
  gateways: Map<string, Listening>;
  services: { has(key: string): boolean };
  /** Labels of a namespace. */
  namespaceLabels(name: string): Record<string, string>;
}

export interface ListenerAttachment {
  gateway: string;
  listener: ListenerSpec;
  hostnames: string[];
}

export interface Attachment {
  parent: ParentRef;
  /** Absent: attached. */
  refusal?: { reason: string; message: string };
  listeners: ListenerAttachment[];
  /** The Service whose own traffic the route steers, where the parent is one; with `:port` where
   * the parent names one. */
  service?: string;
}

/** One entry for every parent that is ours to answer for; other controllers' parents are left out. */
export function attach(route: CompiledRoute, world: World): Attachment[] {
  return route.parents.flatMap((parent) => {
    const { group = GATEWAY_GROUP, kind = 'Gateway' } = parent;
    if (group === GATEWAY_GROUP && kind === 'Gateway') return attachToGateway(parent, route, world);
    // Some meshes call the group of Services by its name.
    if ((group === '' || group === 'core') && kind === 'Service')
      return [attachToService(parent, route, world)];
    return [];
  });
}

function attachToService(parent: ParentRef, route: CompiledRoute, world: World): Attachment {
  const service = `${parent.namespace ?? route.namespace}/${parent.name}`;
  const port = parent.port === undefined ? '' : `:${parent.port}`;
  if (world.services.has(service)) return { parent, listeners: [], service: service + port };
  const message = `Service ${service} does not exist`;
  return { parent, listeners: [], refusal: { reason: 'NoMatchingParent', message } };
}

function attachToGateway(parent: ParentRef, route: CompiledRoute, world: World): Attachment[] {
  const key = `${parent.namespace ?? route.namespace}/${parent.name}`;
  const gateway = world.gateways.get(key);
  if (!gateway) return [];
  const named = gateway.listeners.filter((listener) => {
    const protocol = protocolOf(listener);
    return (
      protocol !== undefined &&
      route.protocols.includes(protocol) &&
      (parent.sectionName === undefined || parent.sectionName === listener.name) &&
      (parent.port === undefined || parent.port === listener.port)
    );
  });
  if (named.length === 0) {
    const message = `Gateway ${key} has no such ${route.protocols.join(', ')} listener`;
    return [refuse(parent, 'NoMatchingParent', message)];
  }
  const allowing = named.filter((listener) => allows(listener, { gateway, route, world }));
  if (allowing.length === 0) {
    const message = `allowedRoutes of Gateway ${key} leave out namespace ${route.namespace}`;
    return [refuse(parent, 'NotAllowedByListeners', message)];
  }
  const attached = allowing
    .map((listener) => ({ gateway: key, listener, hostnames: hostnamesAt(listener, route) }))
    .filter(({ hostnames }) => hostnames.length > 0);
  if (attached.length > 0) return [{ parent, listeners: attached }];
  const message = `no listener of Gateway ${key} has a hostname in common with ${route.hostnames.join(', ')}`;
  return [refuse(parent, 'NoMatchingListenerHostname', message)];
}

function refuse(parent: ParentRef, reason: string, message: string): Attachment {
  return { parent, listeners: [], refusal: { reason, message } };
}

function allows(
  { allowedRoutes }: ListenerSpec,
  { gateway, route, world }: { gateway: Listening; route: CompiledRoute; world: World },
): boolean {
  const { kinds, namespaces } = allowedRoutes ?? {};
  if (kinds && !kinds.some(({ kind }) => kind === route.object.kind)) return false;
  switch (namespaces?.from) {
    case 'All':
      return true;
    case 'Selector': {
      const labels = world.namespaceLabels(route.namespace);
      const wanted = Object.entries(namespaces.selector?.matchLabels ?? {});
      return wanted.every(([name, value]) => labels[name] === value);
    }
    default:
      return route.namespace === gateway.namespace;
  }
}

function hostnamesAt({ hostname = '' }: ListenerSpec, route: CompiledRoute): string[] {
  const wanted = route.hostnames.length > 0 ? route.hostnames : [''];
  return wanted
    .map((name) => intersectHostnames(hostname.toLowerCase(), name))
    .filter((name) => name !== undefined);
}
