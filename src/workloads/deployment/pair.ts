/**
 * Two Deployments that take turns, each with its own sets, and a Service that leads to one of them. Nothing
 * changes owners here: the new version is all of the idle Deployment, which its own controller fills.
 */
import type {
  PairIntent,
  PairSide,
  PairState,
  ReleaseSets,
  SetState,
  SideIntent,
  WorkloadObjects,
  WorkloadState,
} from '../../ports/workload.ts';
import type { Write } from '../../ports/write.ts';
import { fields, text } from '../fields.ts';
import { observe } from './observe.ts';
import { canonicalTemplate, templateHash } from '../template.ts';
import { type TargetView, viewOf } from './view.ts';
import { patchTarget } from './writes.ts';

type Pair = NonNullable<WorkloadObjects['pair']>;

/** Undefined when neither of the two is there. */
export function observePair(
  { pair, ...objects }: WorkloadObjects & { pair: Pair },
  release: ReleaseSets | undefined,
): WorkloadState | undefined {
  const idleObjects = { ...objects, target: pair.idle };
  const live = observe(objects, undefined);
  const idle = observe(idleObjects, undefined);
  const base = live ?? idle;
  if (!base) return undefined;
  return {
    ...base,
    ...written(idle),
    // One that is gone was not resumed.
    held: !live || live.held,
    stable: setNamed(live, release?.stable),
    candidate: setNamed(idle, release?.candidate),
    // Neither is ever given away: who carries the traffic is for the Services to say.
    carrier: 'Stable',
    swapClean: true,
    swapWaitsFor: '',
    strays: [],
    pair: {
      live: live && sideOf(objects, live),
      idle: idle && sideOf(idleObjects, idle),
      idleName: pair.name,
      colours: coloursOf(objects.target, pair.idle),
    },
  };
}

function setNamed(state: WorkloadState | undefined, name: string | undefined) {
  return state?.owned.find((set) => set.name === name);
}

/** What is to be released is what the idle one says, in the set that its controller has made of it. */
function written(
  idle: WorkloadState | undefined,
): Pick<WorkloadState, 'template' | 'templateHash' | 'images' | 'next'> {
  if (!idle) return { template: {}, templateHash: '', images: [], next: { name: '', hash: '' } };
  const { template, templateHash: hash, images } = idle;
  const { name, hash: label } = setOfTemplate(idle) ?? idle.next;
  return { template, templateHash: hash, images, next: { name, hash: label } };
}

function sideOf({ target }: WorkloadObjects, state: WorkloadState): PairSide {
  const { uid, generation, held, replicas, images, running, unsettledBecause } = state;
  return {
    name: target?.metadata.name ?? '',
    uid,
    generation,
    paused: held,
    replicas,
    templateHash: state.templateHash,
    images,
    set: setOfTemplate(state),
    running,
    unsettledBecause,
  };
}

function setOfTemplate({ owned, templateHash: wanted }: WorkloadState): SetState | undefined {
  return owned.find((set) => set.templateHash === wanted);
}

/** By their selectors, which nobody can change: the labels of a template can be. */
function coloursOf(
  live: WorkloadObjects['target'],
  idle: WorkloadObjects['target'],
): PairState['colours'] {
  const [ours, theirs] = [matchLabels(live), matchLabels(idle)];
  const keys = Object.keys(ours).filter((key) => key in theirs && ours[key] !== theirs[key]);
  const only = (labels: Record<string, string>) =>
    Object.fromEntries(keys.map((key) => [key, text(labels[key])]));
  return { live: only(ours), idle: only(theirs) };
}

function matchLabels(object: WorkloadObjects['target']): Record<string, string> {
  const selector = fields(fields(object?.['spec'])['selector']);
  return fields(selector['matchLabels']) as Record<string, string>;
}

/** One write for each of the two at most, on what was observed. */
export function renderPair(
  intent: PairIntent,
  { pair, ...objects }: WorkloadObjects & { pair: Pair },
): Write[] {
  return [
    ...sideWrites(intent.idle, { ...objects, target: pair.idle }),
    ...sideWrites(intent.live, objects),
  ];
}

/** Where a template is put back it is so before the Deployment is resumed. */
function sideWrites(wanted: SideIntent, objects: WorkloadObjects): Write[] {
  const target = viewOf(objects)?.target;
  if (!target) return [];
  const { template } = wanted;
  if (template && templateHash(template) !== target.templateHash) {
    const value = canonicalTemplate(template);
    const body = [{ op: 'replace', path: '/spec/template', value }];
    const because = `Deployment ${target.name}: what it runs is put back into its template`;
    return [{ ...patchTarget(target, body, because), type: 'json' }];
  }
  const spec = changes(wanted, target);
  if (Object.keys(spec).length === 0) return [];
  return [patchTarget(target, { spec }, sayWhat(target, spec))];
}

interface Changes {
  paused?: boolean;
  replicas?: number;
}

function changes({ paused, replicas }: SideIntent, target: TargetView): Changes {
  return {
    ...(paused !== undefined && paused !== target.paused && { paused }),
    ...(replicas !== undefined && replicas !== target.replicas && { replicas }),
  };
}

function sayWhat({ name, replicas: from }: TargetView, { paused, replicas }: Changes): string {
  const held = paused === undefined ? [] : [paused ? 'paused' : 'resumed'];
  const sized = replicas === undefined ? [] : [`scaled from ${from} to ${replicas}`];
  return `Deployment ${name} ${[...held, ...sized].join(' and ')}`;
}
