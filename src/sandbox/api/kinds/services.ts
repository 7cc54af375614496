/** Cluster IPs and node ports: given out when a Service is made, and kept while it lives. */
import { isIP } from 'node:net';
import type { KubeObject } from '../../../api/object.ts';
import { ensure } from '../defaults/fill.ts';
import type { Strategy } from '../resource.ts';
import { asText, equal, fieldsAt, listAt, objectsAt, textAt, type Fields } from '../schema.ts';
import { cause, invalid } from '../status.ts';
import type { Store } from '../store.ts';
import { NO_IP, validateService, validateServiceUpdate } from '../validation/network.ts';

/** 10.96.0.0/16, of which the first address is the API server's own. */
const RANGE = '10.96.';
const API_SERVER_IP = '10.96.0.1';
const NODE_PORT_FIRST = 30_000;
const NODE_PORT_LAST = 32_767;

export class ServiceAddresses {
  /** By address and by `protocol/port`, how many Services hold it. */
  readonly #ips = new Set<string>([API_SERVER_IP]);
  readonly #nodePorts = new Set<string>();
  readonly #random: () => number;

  constructor(store: Store, random: () => number) {
    this.#random = random;
    for (const service of store.list('/services')) this.#note(service);
    store.onChange((event) => {
      if (event.storage !== '/services') return;
      if (event.previous !== undefined) this.#forget(event.previous);
      if (event.type === 'DELETED') this.#forget(event.object);
      else this.#note(event.object);
    });
  }

  strategy(): Strategy {
    return {
      prepareCreate: (service) => this.#allocate(service, undefined),
      prepareUpdate: (service, old) => this.#allocate(service, old),
      validate: validateService,
      validateUpdate: validateServiceUpdate,
    };
  }

  #allocate(service: KubeObject, old: KubeObject | undefined): void {
    const spec = ensure(service, 'spec');
    if (old !== undefined) keepAllocated(spec, fieldsAt(old, 'spec'));
    const type = textAt(spec, 'type') || 'ClusterIP';
    if (type === 'ExternalName') {
      for (const name of ['clusterIP', 'clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
        delete spec[name];
      return;
    }
    this.#allocateIp(service, spec, old);
    spec['ipFamilies'] ??= [textAt(spec, 'clusterIP').includes(':') ? 'IPv6' : 'IPv4'];
    spec['ipFamilyPolicy'] ??= 'SingleStack';
    const wantsPorts =
      type === 'NodePort' ||
      (type === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] !== false);
    if (wantsPorts) this.#allocatePorts(service, spec, old);
  }

  #allocateIp(service: KubeObject, spec: Fields, old: KubeObject | undefined): void {
    const before = textAt(old, 'spec', 'clusterIP');
    const asked = textAt(spec, 'clusterIP') || asText(listAt(spec, 'clusterIPs')[0]);
    const ip = asked === '' ? this.#freeIp() : asked;
    spec['clusterIP'] = ip;
    spec['clusterIPs'] ??= [ip];
    const problem = ip === 'None' || before !== '' ? undefined : this.#ipProblem(service, ip);
    if (problem === undefined) return;
    if (isIP(ip) === 0)
      throw invalid({ group: '', kind: 'Service' }, service.metadata.name, [
        cause.invalid('spec.clusterIPs[0]', ip, NO_IP),
      ]);
    throw invalid({ group: '', kind: 'Service' }, service.metadata.name, [
      cause.invalid(
        'spec.clusterIPs',
        spec['clusterIPs'],
        `failed to allocate IP ${ip}: ${problem}`,
      ),
    ]);
  }

  #ipProblem(service: KubeObject, ip: string): string | undefined {
    if (!ip.startsWith(RANGE))
      return `the provided IP (${ip}) is not in the valid range. The range of valid IPs is 10.96.0.0/16`;
    return this.#ips.has(ip) && !isApiServer(service)
      ? 'provided IP is already allocated'
      : undefined;
  }

  #freeIp(): string {
    for (;;) {
      const number = 256 + Math.floor(this.#random() * (65_535 - 257));
      const ip = `${RANGE}${number >> 8}.${number & 255}`;
      if (!this.#ips.has(ip)) return ip;
    }
  }

  #allocatePorts(service: KubeObject, spec: Fields, old: KubeObject | undefined): void {
    const held = new Set(old === undefined ? [] : nodePortsOf(old));
    const taken = new Set<string>();
    for (const [i, port] of objectsAt(spec, 'ports').entries()) {
      const protocol = textAt(port, 'protocol') || 'TCP';
      const asked = port['nodePort'];
      if (typeof asked !== 'number') {
        port['nodePort'] = this.#freeNodePort(protocol, taken);
      } else {
        const problem = this.#portProblem(asked, protocol, held);
        if (problem !== undefined)
          throw invalid({ group: '', kind: 'Service' }, service.metadata.name, [
            cause.invalid(`spec.ports[${i}].nodePort`, asked, problem),
          ]);
      }
      taken.add(`${protocol}/${String(port['nodePort'])}`);
    }
  }

  #portProblem(port: number, protocol: string, held: Set<string>): string | undefined {
    if (port < NODE_PORT_FIRST || port > NODE_PORT_LAST)
      return `provided port is not in the valid range. The range of valid ports is ${NODE_PORT_FIRST}-${NODE_PORT_LAST}`;
    const key = `${protocol}/${port}`;
    return this.#nodePorts.has(key) && !held.has(key)
      ? 'provided port is already allocated'
      : undefined;
  }

  #freeNodePort(protocol: string, taken: Set<string>): number {
    const count = NODE_PORT_LAST - NODE_PORT_FIRST + 1;
    const start = Math.floor(this.#random() * count);
    for (let i = 0; i < count; i += 1) {
      const port = NODE_PORT_FIRST + ((start + i) % count);
      const key = `${protocol}/${port}`;
      if (!this.#nodePorts.has(key) && !taken.has(key)) return port;
    }
    throw new Error('no node port is free');
  }

  #note(service: KubeObject): void {
    for (const ip of listAt(service, 'spec', 'clusterIPs')) this.#ips.add(String(ip));
    for (const key of nodePortsOf(service)) this.#nodePorts.add(key);
  }

  #forget(service: KubeObject): void {
    for (const ip of listAt(service, 'spec', 'clusterIPs')) this.#ips.delete(String(ip));
    for (const key of nodePortsOf(service)) this.#nodePorts.delete(key);
  }
}

function isApiServer({ metadata }: KubeObject): boolean {
  return metadata.namespace === 'default' && metadata.name === 'kubernetes';
}

function nodePortsOf(service: KubeObject): string[] {
  return objectsAt(service, 'spec', 'ports')
    .filter((port) => typeof port['nodePort'] === 'number')
    .map((port) => `${textAt(port, 'protocol') || 'TCP'}/${String(port['nodePort'])}`);
}

/** A write that leaves allocated values out keeps them, and a change of type drops what no longer
 * fits. */
function keepAllocated(spec: Fields, old: Fields): void {
  const isExternal = spec['type'] === 'ExternalName' || old['type'] === 'ExternalName';
  if (!isExternal) keepIp(spec, old);
  if (hasNodePorts(old)) keepNodePorts(spec, old);
  if (!hasNodePorts(spec) && hasNodePorts(old) && listAt(spec, 'externalIPs').length === 0)
    delete spec['externalTrafficPolicy'];
  if (spec['type'] !== 'LoadBalancer') delete spec['allocateLoadBalancerNodePorts'];
}

function keepIp(spec: Fields, old: Fields): void {
  if (textAt(spec, 'clusterIP') === '' && old['clusterIP'] !== undefined)
    spec['clusterIP'] = old['clusterIP'];
  if (spec['clusterIP'] !== old['clusterIP'] && equal(spec['clusterIPs'], old['clusterIPs']))
    spec['clusterIPs'] = [spec['clusterIP']];
  for (const name of ['clusterIPs', 'ipFamilies', 'ipFamilyPolicy'])
    if (spec[name] === undefined && old[name] !== undefined) spec[name] = old[name];
}

function hasNodePorts(spec: Fields): boolean {
  return spec['type'] === 'NodePort' || spec['type'] === 'LoadBalancer';
}

function keepNodePorts(spec: Fields, old: Fields): void {
  const before = objectsAt(old, 'ports');
  for (const port of objectsAt(spec, 'ports')) {
    const protocol = textAt(port, 'protocol') || 'TCP';
    const same = before.find(
      (one) => one['port'] === port['port'] && textAt(one, 'protocol') === protocol,
    );
    const nodePort = same?.['nodePort'];
    if (hasNodePorts(spec) && nodePort !== undefined) port['nodePort'] ??= nodePort;
    if (!hasNodePorts(spec) && port['nodePort'] === nodePort) delete port['nodePort'];
  }
}
