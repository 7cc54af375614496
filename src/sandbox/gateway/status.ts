/** What the gateway reports of classes, Gateways and routes: pure. */
import { setCondition } from '../../api/condition.ts';
import type { Condition, KubeObject } from '../../api/object.ts';
import type { Attachment } from './attachment.ts';
import { type ListenerProtocol, portHolder, protocolOf } from './listening.ts';
import {
  CONTROLLER_NAME,
  GATEWAY_GROUP,
  specOf,
  type GatewaySpec,
  type ListenerSpec,
  type ParentRef,
} from './objects.ts';
import type { CompiledRoute } from './route.ts';

interface Verdict {
  type: string;
  holds: boolean;
  reason: string;
  /** Not empty: there are API servers that refuse an empty one. */
  message: string;
}

export interface ParentStatus {
  parentRef: ParentRef;
  controllerName: string;
  conditions: Condition[];
}

interface ListenerStatus {
  name: string;
  supportedKinds: { group: string; kind: string }[];
  attachedRoutes: number;
  conditions: Condition[];
}

export function renderClassStatus(object: KubeObject, nowIso: string): Record<string, unknown> {
  const before = conditionsOf(object['status']);
  return { conditions: fold(object, before, { nowIso, verdicts: [holds('Accepted')] }) };
}

export interface GatewayFacts {
  nowIso: string;
  address: string;
  /** Why the listener's port is not served. */
  refusalOf(listener: ListenerSpec): string | undefined;
  attachedRoutes(listener: ListenerSpec): number;
}

const KINDS_BY_PROTOCOL: Record<ListenerProtocol, string[]> = {
  HTTP: ['HTTPRoute', 'GRPCRoute'],
  TLS: ['TLSRoute'],
  TCP: ['TCPRoute'],
};

export function renderGatewayStatus(
  object: KubeObject,
  facts: GatewayFacts,
): Record<string, unknown> {
  const { nowIso, address } = facts;
  const status = (object['status'] ?? {}) as { listeners?: ListenerStatus[] };
  const { listeners: specs = [] } = specOf<GatewaySpec>(object);
  const listeners = specs.map((spec): ListenerStatus => {
    const before = status.listeners?.find(({ name }) => name === spec.name)?.conditions ?? [];
    const protocol = protocolOf(spec);
    const kinds = protocol ? KINDS_BY_PROTOCOL[protocol] : [];
    return {
      name: spec.name,
      supportedKinds: kinds.map((kind) => ({ group: GATEWAY_GROUP, kind })),
      attachedRoutes: facts.attachedRoutes(spec),
      conditions: fold(object, before, {
        nowIso,
        verdicts: listenerVerdicts(problemOf(spec, specs, facts)),
      }),
    };
  });
  const [problem] = specs.flatMap((spec) => {
    const { message } = problemOf(spec, specs, facts) ?? {};
    return message === undefined ? [] : [`listener ${spec.name}: ${message}`];
  });
  const verdicts = [
    problem === undefined
      ? holds('Accepted')
      : { type: 'Accepted', holds: true, reason: 'ListenersNotValid', message: problem },
    problem === undefined
      ? holds('Programmed')
      : { type: 'Programmed', holds: false, reason: 'Invalid', message: problem },
  ];
  return {
    addresses: [{ type: 'IPAddress', value: address }],
    conditions: fold(object, conditionsOf(object['status']), { nowIso, verdicts }),
    listeners,
  };
}

interface Problem {
  reason: string;
  message: string;
}

function problemOf(
  spec: ListenerSpec,
  specs: readonly ListenerSpec[],
  facts: GatewayFacts,
): Problem | undefined {
  const { protocol, tls } = spec;
  if (!protocolOf(spec)) {
    const ends = protocol === 'TLS' ? ` with mode ${tls?.mode ?? 'Terminate'}` : '';
    const message = `protocol ${protocol}${ends}: the sandbox gateway serves HTTP, TCP, and TLS with mode Passthrough`;
    return { reason: 'UnsupportedProtocol', message };
  }
  const holder = portHolder(spec, specs);
  if (holder) {
    const message = `listener ${holder.name} has port ${spec.port} for ${holder.protocol}`;
    return { reason: 'ProtocolConflict', message };
  }
  const message = facts.refusalOf(spec);
  return message === undefined ? undefined : { reason: 'PortUnavailable', message };
}

function listenerVerdicts(problem: Problem | undefined): Verdict[] {
  if (!problem) return [holds('Accepted'), holds('Programmed'), holds('ResolvedRefs')];
  return [
    { type: 'Accepted', holds: false, ...problem },
    { type: 'Programmed', holds: false, reason: 'Invalid', message: problem.message },
    holds('ResolvedRefs'),
  ];
}

/** Our entries of `status.parents`, with those of other controllers as they are. */
export function renderRouteParents(
  route: CompiledRoute,
  attachments: Attachment[],
  { nowIso, hasService }: { nowIso: string; hasService: (key: string) => boolean },
): ParentStatus[] {
  const status = (route.object['status'] ?? {}) as { parents?: ParentStatus[] };
  const before = status.parents ?? [];
  const others = before.filter(({ controllerName }) => controllerName !== CONTROLLER_NAME);
  const ours = attachments.map(({ parent, refusal }): ParentStatus => {
    const old = before.find(
      ({ controllerName, parentRef }) =>
        controllerName === CONTROLLER_NAME && sameParent(parentRef, parent),
    );
    const verdicts = [acceptance(route, refusal), resolution(route, hasService)];
    return {
      parentRef: parent,
      controllerName: CONTROLLER_NAME,
      conditions: fold(route.object, old?.conditions ?? [], { nowIso, verdicts }),
    };
  });
  return [...others, ...ours];
}

function acceptance(route: CompiledRoute, refusal: Attachment['refusal']): Verdict {
  if (refusal) return { type: 'Accepted', holds: false, ...refusal };
  if (route.problem === undefined) return holds('Accepted');
  return { type: 'Accepted', holds: false, reason: 'UnsupportedValue', message: route.problem };
}

function resolution(route: CompiledRoute, hasService: (key: string) => boolean): Verdict {
  if (route.reference) return { type: 'ResolvedRefs', holds: false, ...route.reference };
  const missing = [...route.services].find((service) => !hasService(service));
  if (missing === undefined) return holds('ResolvedRefs');
  const message = `Service ${missing} does not exist`;
  return { type: 'ResolvedRefs', holds: false, reason: 'BackendNotFound', message };
}

function sameParent(one: ParentRef, other: ParentRef): boolean {
  return (
    one.name === other.name &&
    one.namespace === other.namespace &&
    one.sectionName === other.sectionName &&
    one.port === other.port &&
    (one.kind ?? 'Gateway') === (other.kind ?? 'Gateway')
  );
}

function holds(type: string): Verdict {
  return { type, holds: true, reason: type, message: `${type} by the sandbox gateway` };
}

function fold(
  { metadata }: KubeObject,
  before: Condition[],
  { nowIso, verdicts }: { nowIso: string; verdicts: Verdict[] },
): Condition[] {
  const observedGeneration = metadata.generation ?? 0;
  return verdicts.reduce((conditions, { type, holds: yes, reason, message }) => {
    const status = yes ? ('True' as const) : ('False' as const);
    const next = { type, status, reason, message, observedGeneration };
    return setCondition(conditions, next, nowIso);
  }, before);
}

function conditionsOf(status: unknown): Condition[] {
  return (status as { conditions?: Condition[] } | undefined)?.conditions ?? [];
}
