/** What happened, for people: virtual time, who, what. */
import type { KubeObject } from '../api/object.ts';
import { imageOf } from './kubelet.ts';
import type { Change } from './model-api.ts';

/** Written again and again, and seldom what one looks for. */
const BORING = new Set(['Pod', 'EndpointSlice']);

export class Trace {
  readonly lines: string[] = [];
  readonly #clock: { now(): number };
  readonly #startMs: number;
  readonly #on: boolean;

  constructor(clock: { now(): number }, startMs: number, on: boolean) {
    this.#clock = clock;
    this.#startMs = startMs;
    this.#on = on;
  }

  say(who: string, what: string): void {
    if (!this.#on) return;
    const seconds = ((this.#clock.now() - this.#startMs) / 1_000).toFixed(3).padStart(9);
    this.lines.push(`${seconds}  ${who.padEnd(8)} ${what}`);
  }

  change({ by, before, after }: Change): void {
    const object = (after ?? before) as KubeObject;
    const name = `${object.kind} ${object.metadata.name}`;
    if (BORING.has(object.kind)) return this.#pods({ by, before, after }, name);
    if (!before) return this.say(by, `+ ${name}: ${told(object)}`);
    if (!after) return this.say(by, `- ${name}`);
    const [was, is] = [told(before), told(after)];
    if (was !== is) this.say(by, `  ${name}: ${is}`);
  }

  #pods({ by, before, after }: Pick<Change, 'by' | 'before' | 'after'>, name: string): void {
    const readiness = (pod: KubeObject | undefined) =>
      pod?.kind === 'Pod' && JSON.stringify(pod['status'])?.includes('"True"');
    if (!before) return this.say(by, `+ ${name} ${after ? imageOf(after) : ''}`);
    if (!after) return this.say(by, `- ${name}`);
    if (after.metadata.deletionTimestamp !== before.metadata.deletionTimestamp)
      return this.say(by, `  ${name} is to go`);
    if (readiness(before) !== readiness(after))
      this.say(by, `  ${name} ${readiness(after) ? 'is ready' : 'is not ready'}`);
  }
}

type Fields = Record<string, unknown>;

/** A value as words: text as it is, everything else as JSON. */
export function text(value: unknown): string {
  if (value instanceof Error) return `${value.name}: ${value.message}`;
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** What of an object matters to a release, in one line. */
function told(object: KubeObject): string {
  const { metadata } = object;
  const spec = (object['spec'] ?? {}) as Fields;
  const status = (object['status'] ?? {}) as Fields;
  const owners = (metadata.ownerReferences ?? []).map(
    ({ kind, name, controller }) => `${kind}/${name}${controller ? '' : ' (no controller)'}`,
  );
  const going = metadata.deletionTimestamp === undefined ? '' : 'DELETING ';
  const tell = KINDS[object.kind] ?? (ROUTE.test(object.apiVersion) ? routed : () => '');
  const facts = tell(spec, status, object);
  return `${going}${facts}${owners.length > 0 ? ` of ${owners.join(', ')}` : ''}`;
}

const SAID = 600;

const ROUTE = /^(?!apps|batch|policy|segue)[a-z].*\..*\//;

function routed(spec: Fields, status: Fields, { metadata }: KubeObject): string {
  const { generation, annotations = {} } = metadata;
  const { conditions = status['parents'] ?? [] } = status;
  const said = JSON.stringify([spec, annotations]).slice(0, SAID);
  return `generation ${generation} ${said} says ${JSON.stringify(conditions).slice(0, SAID)}`;
}

const KINDS: Record<string, (spec: Fields, status: Fields, object: KubeObject) => string> = {
  Deployment: (spec, status, { metadata }) =>
    `${imageOf(spec['template'])} x${text(spec['replicas'])} ${spec['paused'] ? 'paused' : 'RUNNING'} ` +
    `${text((spec['strategy'] as Fields)['type'])} generation ${metadata.generation} ` +
    `seen ${text(status['observedGeneration'] ?? 0)} counts ${text(status['replicas'] ?? 0)} ` +
    JSON.stringify(metadata.labels ?? {}),
  ReplicaSet: (spec, status, { metadata }) =>
    `${imageOf(spec['template'])} x${text(spec['replicas'])} has ${text(status['replicas'] ?? 0)} ` +
    `ready ${text(status['readyReplicas'] ?? 0)} available ${text(status['availableReplicas'] ?? 0)} ` +
    `annotations ${Object.entries(metadata.annotations ?? {})
      .map(([key, value]) => `${key.split('/')[1]}=${value}`)
      .join(' ')}${JSON.stringify(spec['template']).includes('leaving') ? ' LEAVING' : ''}`,
  StatefulSet: (spec, status, { metadata }) =>
    `${imageOf(spec['template'])} x${text(spec['replicas'])} ${JSON.stringify(spec['updateStrategy'])} ` +
    `generation ${metadata.generation} seen ${text(status['observedGeneration'] ?? 0)} ` +
    `current ${text(status['currentRevision'] ?? '')} update ${text(status['updateRevision'] ?? '')} ` +
    `ready ${text(status['readyReplicas'] ?? 0)} updated ${text(status['updatedReplicas'] ?? 0)} ` +
    JSON.stringify(metadata.annotations ?? {}),
  DaemonSet: (spec, status, { metadata }) =>
    `${imageOf(spec['template'])} ${JSON.stringify(spec['updateStrategy'])} ` +
    `generation ${metadata.generation} ${JSON.stringify(status)} ` +
    JSON.stringify(metadata.annotations ?? {}),
  Node: (spec, status, { metadata }) => JSON.stringify([metadata.labels, spec, status]),
  PodDisruptionBudget: (spec) => JSON.stringify(spec),
  Service: (spec) => JSON.stringify(spec['selector']),
  Release: (_, status) =>
    ['step', 'stage', 'towards', 'outcome', 'reason', 'message', 'traffic', 'paused', 'drainSince']
      .filter((key) => status[key] !== undefined)
      .map((key) => `${key}=${JSON.stringify(status[key])}`)
      .join(' '),
  ReleasePolicy: (_, status, { metadata }) =>
    `${JSON.stringify(metadata.finalizers ?? [])} ${((status['conditions'] ?? []) as Fields[])
      .map(
        (c) =>
          `${text(c['type'])}=${text(c['status'])} ${text(c['reason'])}: ${text(c['message'])}`,
      )
      .join(' | ')} target=${JSON.stringify(status['target'])}`,
  ReleaseRequest: (spec) => text(spec['action']),
};
