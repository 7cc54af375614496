/**
 * The `tcp` and `tls` rules of an Istio VirtualService: pure. Written from its reference: the first rule that matches a
 * connection is the one, entries of `match` are alternatives, and TLS goes by the name that the client asks for.
 */
import type { KubeObject } from '../../api/object.ts';
import type { ConnectionRule } from './connection-rule.ts';
import { compileFilters } from './filters.ts';
import { targetOf } from './destination-rule.ts';
import { specOf } from './objects.ts';
import { type Backend, withShares } from './shares.ts';
import type { CompiledRoute } from './route.ts';
import type { Destination } from './virtual-service-spec.ts';

interface ConnectionMatchSpec {
  port?: number;
  sniHosts?: string[];
  [key: string]: unknown;
}

interface ConnectionRoute {
  match?: ConnectionMatchSpec[];
  route?: { destination: Destination; weight?: number }[];
  [key: string]: unknown;
}

const RULE_FIELDS = new Set(['match', 'route']);

export function compileConnections(object: KubeObject, into: CompiledRoute): ConnectionRule[] {
  const { tls = [], tcp = [] } = specOf<{ tls?: ConnectionRoute[]; tcp?: ConnectionRoute[] }>(
    object,
  );
  const fields = { tls: new Set(['sniHosts', 'port']), tcp: new Set(['port']) };
  return [
    ...tls.flatMap((rule, index) => compileRule(rule, { into, index, known: fields.tls })),
    ...tcp.flatMap((rule, index) => compileRule(rule, { into, index, known: fields.tcp })),
  ];
}

function compileRule(
  given: ConnectionRoute,
  { into, index, known }: { into: CompiledRoute; index: number; known: ReadonlySet<string> },
): ConnectionRule[] {
  const { match = [{}], route = [] } = given;
  const backends = route.map(({ destination, weight = 0 }): Backend => {
    const service = targetOf(destination, into.namespace);
    into.services.add(service);
    const filters = compileFilters(undefined, into.namespace);
    const port = destination.port?.number ?? 0;
    // The only one has everything, whatever it says.
    return { service, port, weight: route.length === 1 ? 1 : weight, filters };
  });
  const { metadata } = into.object;
  return match.map((one) => ({
    route: into.key,
    serverNames: known.has('sniHosts') ? (one.sniHosts ?? []).map(nameOf) : undefined,
    port: one.port,
    priority: 0,
    inOrder: true,
    ...withShares(backends),
    problem: problemOf(given, one, known),
    order: [metadata.creationTimestamp ?? '', into.key, index],
  }));
}

function nameOf(sniHost: string): string {
  return sniHost === '*' ? '' : sniHost.toLowerCase();
}

function problemOf(
  rule: ConnectionRoute,
  match: ConnectionMatchSpec,
  known: ReadonlySet<string>,
): string | undefined {
  const [unknown] = [
    ...Object.keys(rule).filter((name) => !RULE_FIELDS.has(name)),
    ...Object.keys(match).filter((name) => !known.has(name)),
  ];
  return unknown && `${unknown} is not supported by the sandbox gateway`;
}
