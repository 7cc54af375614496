/** A previewed plan for people: stages as a table, then what is written and when. */
import { formatDuration } from '../api/duration.ts';
import type { Preview, StagePreview } from '../engine/index.ts';
import { noticingText } from './noticing-view.ts';
import { tableText } from './output.ts';

export function planText(preview: Preview): string {
  const { policy, target, strategy, onFailure } = preview;
  const most = preview.extraPodsMost;
  const summary = [
    ...around(preview),
    ...nobodyServed(preview),
    ...inOrder(preview),
    ...byNodes(preview),
    ...atWorst(preview),
    `at best ${formatDuration(preview.atBestMs)}, and the time that pods, evidence and people take`,
    `at most ${pods(target.replicas + most)}, ${most} more than now`,
    ...besideStable(preview),
    onFailure === 'Abort'
      ? 'what fails is taken back at once'
      : 'what fails pauses the release and waits for a person',
    ...configuration(preview),
    ...goingBack(preview),
    ...fromDefaults(preview),
  ];
  return [
    `${policy}   ${strategy} of ${target.kind} ${target.name} (${pods(target.replicas)})\n`,
    tableText(
      ['STAGE', 'NAME', 'TRAFFIC', 'CANDIDATE', 'STABLE', 'EXTRA', 'LEFT WHEN'],
      rows(preview),
    ),
    ...(preview.checks.length > 0 ? [checksText(preview)] : []),
    ...(preview.noticing ? [noticingText(preview.noticing, preview.stages.length)] : []),
    summary.map((line) => `${line}\n`).join(''),
    tableText(
      ['WHEN', 'OBJECT', 'WRITTEN'],
      preview.writes.map(({ when, object, what }) => [when, object, what]),
    ),
  ].join('\n');
}

/** What comparing with pods of the same age costs. */
function besideStable({ fresh }: Preview): string[] {
  if (!fresh) return [];
  const { checks, podsMost, untilStage } = fresh;
  const more = podsMost === 1 ? '1 more pod' : `${podsMost} more pods`;
  const whose = `${checks.length > 1 ? 'checks' : 'check'} ${checks.join(', ')}`;
  return [
    `among them up to ${more} of the old version until stage ${untilStage}: the fresh baseline of ${whose}`,
  ];
}

function checksText({ checks }: Preview): string {
  return tableText(
    ['CHECK', 'ASKS', 'OTHERWISE'],
    checks.map(({ name, asks, otherwise }) => [name, asks, otherwise]),
  );
}

const pods = (count: number): string => (count === 1 ? '1 pod' : `${count} pods`);

/** What is known of it, and what it is made of. */
function nobodyServed({ strategy, downtime }: Preview): string[] {
  if (strategy !== 'recreate') return [];
  const begin = 'nobody is served from the first pod that stops to the first new one that is ready';
  if (!downtime)
    return [`${begin}; how long is for the Deployment to say: put it into the file, or --cluster`];
  const { atLeastMs, container, endsWithinMs, minReadyMs } = downtime;
  const probes =
    container === undefined
      ? 'no probe has a delay;'
      : `at least ${formatDuration(atLeastMs)} (probes of container ${container}), and`;
  const most = `${formatDuration(endsWithinMs)} at most, terminationGracePeriodSeconds`;
  const rest = `as long as old pods take to end (${most}) and new ones to be scheduled and to start`;
  return [
    `${begin}:`,
    `  ${probes} ${rest}`,
    ...(minReadyMs > 0
      ? [`  then ${formatDuration(minReadyMs)} of minReadySeconds, in which users are served`]
      : []),
  ];
}

function inOrder({ podOrder }: Preview): string[] {
  if (!podOrder) return [];
  const { from, to, eachMostMs, mostMs } = podOrder;
  const each = formatDuration(eachMostMs);
  const which = from === to ? from : `${from} first, ${to} last`;
  return [
    `one pod at a time, each away while it is changed: ${which}`,
    `at most ${formatDuration(mostMs)} for that: a pod that is not ready after ${each} takes it back`,
  ];
}

/** Those that are changed one by one or node by node say it of all of them. */
function atWorst({ podsWithinMs, podOrder, nodeOrder }: Preview): string[] {
  if (podOrder || nodeOrder) return [];
  return [`new pods that are not available within ${formatDuration(podsWithinMs)} take it back`];
}

function byNodes({ nodeOrder, assumed, target }: Preview): string[] {
  if (!nodeOrder) return [];
  const { batch, atOnce, label, eachMostMs, mostMs } = nodeOrder;
  const size = batch === undefined ? 'all nodes of one value' : `batches of ${nodes(batch)}`;
  const order = label === undefined ? '' : `, one value of ${label} after the other`;
  const budgets = 'and as long as disruption budgets keep pods from going';
  return [
    `${size}${order}; ${nodes(atOnce)} without a pod at once, each next batch when all of one are ready`,
    `at most ${formatDuration(mostMs)} for that, ${budgets}: no pod ready for ${formatDuration(eachMostMs)} takes it back`,
    'a pod that is made anew by itself, on a new node, has the new version as soon as the template says it',
    ...(assumed
      ? [
          `planned for ${nodes(target.replicas)}: how many there are the cluster says (--cluster, or --replicas N)`,
        ]
      : []),
  ];
}

const nodes = (count: number): string => (count === 1 ? '1 node' : `${count} nodes`);

function configuration({ config }: Preview): string[] {
  if (!config) return [];
  const kinds = config.secrets ? 'a ConfigMap or a Secret' : 'a ConfigMap';
  const { objects } = config;
  const which = objects ? objects.join(', ') || 'none' : 'for the workload to say';
  return [
    `a change of ${kinds} that the template refers to (${which}) is released in the same way;`,
    `  whatever changes is released when template and configuration are left alone for ${config.quiet}`,
  ];
}

function goingBack(preview: Preview): string[] {
  const { rollbackWindow } = preview;
  if (rollbackWindow === undefined) return [];
  const way = 'all pods, all the traffic, then the bake';
  const near = rollbackWindow + marks(preview).rollback;
  return [`back to an earlier version (${near}) it goes without stages: ${way}`];
}

/** Beside what the namespace says, wherever it stands in the plan. */
const MARK = '*';

function fromDefaults({ fromDefaults = [] }: Preview): string[] {
  return fromDefaults.length > 0
    ? [`${MARK} from ReleaseDefaults: ${fromDefaults.join(', ')}`]
    : [];
}

/** The marks of what the namespace says. */
function marks({ fromDefaults = [] }: Preview) {
  const said = (begin: string) => fromDefaults.some((what) => what.startsWith(begin));
  const otherwise = (task: string) =>
    (task.startsWith('a release ') && said('released in ')) ||
    (task.startsWith('the pull ') && said('tryImages '));
  return {
    check: (name: string) => (fromDefaults.includes(`check ${name}`) ? name + MARK : name),
    task: (when: string) => (task: string) =>
      said(`hook ${task.split(' ').at(-1)} (${when})`) || otherwise(task) ? task + MARK : task,
    window: said('freeze ') || said('the window') ? `window${MARK}` : 'window',
    bake: said('bake ') ? MARK : '',
    rollback: said('rollback window ') ? MARK : '',
  };
}

type Marks = ReturnType<typeof marks>;

function around(preview: Preview): string[] {
  const { window, task } = marks(preview);
  const [after, onAbort] = [preview.after.map(task('after')), preview.onAbort.map(task('onAbort'))];
  const { before } = preview;
  const first = [
    ...(before?.window ? [`its ${window}`] : []),
    ...(before?.tasks ?? []).map(task('before')),
  ];
  return [
    ...(first.length > 0 ? [`before anything is touched it waits for ${first.join(', ')}`] : []),
    ...(after.length > 0 ? [`when it was promoted: ${after.join(', ')}`] : []),
    ...(onAbort.length > 0 ? [`when it was taken back: ${onAbort.join(', ')}`] : []),
  ];
}

function rows(preview: Preview): string[][] {
  const { stages, bake, kept, target } = preview;
  const marked = marks(preview);
  // Pods that the workload's own controller changes get their traffic by themselves.
  const tried = preview.strategy === 'rolling' ? 'before the hold' : 'before its traffic';
  const all = stages.map((stage) => [
    String(stage.number),
    stage.name,
    `${stage.sharePercent}%`,
    String(stage.candidatePods),
    String(stage.stablePods),
    `+${stage.extraPods}`,
    gates(stage, marked, tried).join(', ') || 'at once',
  ]);
  const { replicas } = target;
  const whole = `${replicas}`;
  const until = kept?.mostMs === undefined ? '' : `, or ${formatDuration(kept.mostMs)}`;
  const baking = bake && [`${bake.stablePods}`, `+${bake.extraPods}`, bakeText(bake, marked)];
  return [
    ...all,
    ...(baking ? [['', 'bake', '100%', whole, ...baking]] : []),
    ...(kept ? [['', 'kept', '100%', whole, whole, `+${replicas}`, `next release${until}`]] : []),
  ];
}

function bakeText({ leastMs, checks }: NonNullable<Preview['bake']>, marked: Marks): string {
  const asked = checks.length > 0 ? [`checks ${checks.map(marked.check).join(', ')}`] : [];
  return [formatDuration(leastMs) + marked.bake, ...asked].join(', ');
}

function gates(stage: StagePreview, marked: Marks, tried: string): string[] {
  const { holdMs, holdAtMostMs, approval, checks, tests, tasks, window, atEnd } = stage;
  return [
    ...(tests.length > 0 ? [`${tests.join(', ')} (${tried})`] : []),
    ...(holdMs ? [`hold ${formatDuration(holdMs)}`] : []),
    ...(holdAtMostMs ? [`hold at most ${formatDuration(holdAtMostMs)}`] : []),
    ...(approval ? ['approval'] : []),
    ...tasks,
    ...(checks.length > 0 ? [`checks ${checks.map(marked.check).join(', ')}`] : []),
    ...(window ? [marked.window] : []),
    ...(atEnd ? [AT_END[atEnd]] : []),
  ];
}

const AT_END = {
  Ask: 'then a person decides',
  TakeBack: 'then it is taken back',
  Winner: 'then what the goal says is done',
};
