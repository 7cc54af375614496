/** One screen about one policy: the release in progress or the last one. Text only, no I/O. */
import { styleText } from 'node:util';
import { formatDuration } from '../api/duration.ts';
import type { Plan, Stage } from '../api/release.ts';
import { differenceText } from '../engine/index.ts';
import { wordsOf } from '../engine/tasks.ts';
import { gateLines } from './gate-lines.ts';
import { imagesText, type PolicyObject, type ReleaseObject } from './objects.ts';
import { formatAge, tableText } from './output.ts';

export interface StatusFacts {
  policy: PolicyObject;
  release: ReleaseObject | undefined;
  /** Pods of the two sets, where they could be read: `3/3 ready`. */
  pods: { stable?: string; candidate?: string };
  nowMs: number;
  colour: boolean;
  invokedAs: string;
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';
type Paint = (style: Style, text: string) => string;

const TIMELINE_LINES = 8;

export function statusText(facts: StatusFacts): string {
  const paint: Paint = (style, text) =>
    facts.colour ? styleText(style, text, { validateStream: false }) : text;
  const sections = [policyLines(facts, paint)];
  if (facts.release) sections.push(...releaseSections(facts, facts.release, paint));
  else sections.push(['nothing was released yet']);
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => `${lines.join('\n')}\n`)
    .join('\n');
}

function released({ spec: { targetRef, pairRef } }: PolicyObject): string {
  const { kind, name } = targetRef;
  return pairRef ? `${kind} ${name} and ${pairRef.name} in turns` : `${kind} ${name}`;
}

function policyLines(facts: StatusFacts, paint: Paint): string[] {
  const { policy, release, invokedAs } = facts;
  const { metadata, status } = policy;
  const name = paint('bold', `${metadata.namespace}/${metadata.name}`);
  const edited = isReleasing(release) && isEdited(policy);
  return [
    `${name}   releases ${released(policy)}`,
    ...faultLines(facts, paint),
    ...(edited ? [paint('yellow', editedText(invokedAs, release))] : []),
    ...(status?.warnings ?? []).map((warning) => paint('yellow', `warning: ${warning}`)),
  ];
}

function isReleasing(release: ReleaseObject | undefined): release is ReleaseObject {
  return release !== undefined && release.status?.outcome === undefined;
}

function faultLines({ policy, release }: StatusFacts, paint: Paint): string[] {
  // Not ready is what a policy is while it releases; the rest of the screen tells about that.
  const expected = isReleasing(release) ? 'Releasing' : undefined;
  return (policy.status?.conditions ?? [])
    .filter(({ type, status }) => status === 'False' && ['Valid', 'Ready'].includes(type))
    .filter(({ reason }) => reason !== expected)
    .map(({ type, reason, message }) => paint('red', `${type}=False, ${reason}: ${message}`));
}

/** Since its release began, from when on it is looked at no more. */
function isEdited({ metadata: { generation = 0 }, status }: PolicyObject): boolean {
  return generation > (status?.observedGeneration ?? Infinity);
}

function editedText(invokedAs: string, { metadata, spec: { policy } }: ReleaseObject): string {
  return (
    `note: the policy was edited since; ${metadata.name} keeps the plan that it began with, and the next release ` +
    `goes by the new one ('${invokedAs} abort ${policy}', then '${invokedAs} retry ${policy}')`
  );
}

function defaultsLines({ spec }: ReleaseObject, paint: Paint): string[] {
  const { fromDefaults = [] } = spec;
  if (fromDefaults.length === 0) return [];
  return [paint('dim', `from ReleaseDefaults: ${fromDefaults.join(', ')}`)];
}

function releaseSections(facts: StatusFacts, release: ReleaseObject, paint: Paint): string[][] {
  return [
    headLines(facts, release, paint),
    [...versionLines(facts, release), ...configLines(release)],
    [...stageLines(release, paint), ...defaultsLines(release, paint)],
    waitLines(facts, release, paint),
    evidenceLines(release, paint),
    timelineLines(release, paint),
  ];
}

function headLines(
  { nowMs, invokedAs }: StatusFacts,
  release: ReleaseObject,
  paint: Paint,
): string[] {
  const { metadata, spec, status } = release;
  const strategy = spec.strategy === 'none' ? 'first release' : spec.strategy;
  const phase = paint(phaseStyle(status?.phase), status?.phase ?? 'Pending');
  const lines = [`${paint('bold', metadata.name)}   ${strategy}   ${phase}`];
  if (status?.startedAt === undefined) return lines;
  if (status.endedAt === undefined) {
    lines.push(`began ${formatAge(status.startedAt, nowMs)} ago`);
  } else {
    const took = Date.parse(status.endedAt) - Date.parse(status.startedAt);
    lines.push(`ended ${formatAge(status.endedAt, nowMs)} ago, after ${formatDuration(took)}`);
    if (status.message) lines.push(`${status.reason ?? status.outcome}: ${status.message}`);
    if (status.step === 'Keep')
      lines.push(paint('dim', `'${invokedAs} abort ${spec.policy}' goes back to it at once`));
  }
  return lines;
}

function phaseStyle(phase: string | undefined): Style {
  if (phase === 'Promoted') return 'green';
  if (phase === 'Aborted' || phase === 'Aborting') return 'red';
  return phase === 'Paused' ? 'yellow' : 'cyan';
}

function versionLines({ pods }: StatusFacts, { spec, status }: ReleaseObject): string[] {
  const split = status?.traffic?.route === 'Split' ? status.traffic.weight : undefined;
  const row = (role: 'stable' | 'candidate', weight: number | undefined) => [
    role,
    imagesText(spec[role].images),
    spec[role].hash,
    pods[role] ?? '',
    weight === undefined ? '' : `${weight}% of the traffic`,
  ];
  const rows = [
    ...(spec.strategy === 'none' ? [] : [row('stable', split === undefined ? split : 100 - split)]),
    row('candidate', split),
  ];
  return tableText(rows[0] ?? [], rows.slice(1))
    .trimEnd()
    .split('\n');
}

/** What is another one in the candidate, and who put back what. */
function configLines({ spec: { config } }: ReleaseObject): string[] {
  if (!config || config.stable.digest === config.candidate.digest) return [];
  const before = new Set(config.stable.objects.map(({ putBack }) => putBack?.at));
  const back = config.candidate.objects.flatMap(({ name, putBack }) =>
    putBack && !before.has(putBack.at)
      ? [
          `${name} was put back by ${putBack.by} at ${putBack.at}, to what it was in ${putBack.from}`,
        ]
      : [],
  );
  return [`configuration: ${differenceText(config.stable, config.candidate)}`, ...back];
}

function stageLines({ spec, status }: ReleaseObject, paint: Paint): string[] {
  const { stages, bakeMs, bakeChecks } = spec.plan;
  const at = position(status?.step, status?.stage);
  const tick = (index: number) => {
    if (status?.outcome === 'Promoted' || index < at) return paint('green', '✔');
    if (index > at || status?.outcome !== undefined) return ' ';
    return status?.towards === 'Aborted' ? paint('red', '✘') : paint('cyan', '▶');
  };
  const { goesBack } = spec.plan;
  const lines = [
    ...(goesBack ? [paint('dim', `without stages: ${goesBack}`)] : []),
    ...stages.map((stage, i) => `${tick(i)} ${i + 1} ${stageText(stage, spec.plan)}`),
  ];
  if (bakeMs > 0 || bakeChecks.length > 0) {
    const checks = bakeChecks.length > 0 ? `, checks ${bakeChecks.join(', ')}` : '';
    lines.push(`${tick(BAKE)}   bake ${formatDuration(bakeMs)}${checks}`);
  }
  return lines;
}

const BAKE = 1_000;

/** Index of the stage it is at; BAKE while it bakes, beyond when that is over. */
function position(step: string | undefined, stage: number | undefined): number {
  if (step === 'Swap') return BAKE - 1;
  if (step === 'Bake') return BAKE;
  if (step === 'Drain') return BAKE + 1;
  return stage ?? -1;
}

function stageText(stage: Stage, { roll }: Plan): string {
  const parts = [stage.name];
  // Pods that the workload's own controller changes have no weight: traffic follows them.
  if (!roll && !stage.name.includes(String(stage.weight))) parts.push(`weight ${stage.weight}`);
  if (stage.holdMs) parts.push(`hold ${formatDuration(stage.holdMs)}`);
  if (stage.holdAtMostMs) parts.push(`hold at most ${formatDuration(stage.holdAtMostMs)}`);
  if (stage.approval) parts.push('approval');
  for (const task of [...(stage.tests ?? []), ...(stage.tasks ?? [])]) parts.push(wordsOf(task));
  if (stage.checks.length > 0) parts.push(`checks ${stage.checks.join(', ')}`);
  if (stage.window) parts.push('window');
  return parts.join(', ');
}

function waitLines(facts: StatusFacts, release: ReleaseObject, paint: Paint): string[] {
  const waiting = gateLines(release, facts.nowMs).filter((line) => !line.open);
  if (waiting.length === 0) return [];
  const name = facts.policy.metadata.name;
  const hint = (gate: string) => {
    if (gate === 'Approval') return paint('dim', `   ${facts.invokedAs} approve ${name}`);
    if (gate === 'Window') return paint('dim', `   ${facts.invokedAs} promote ${name}`);
    if (gate === 'Paused') return paint('dim', `   ${facts.invokedAs} resume ${name}`);
    return '';
  };
  return ['waits for', ...waiting.map(({ gate, text }) => `  ${text}${hint(gate)}`)];
}

function evidenceLines({ status }: ReleaseObject, paint: Paint): string[] {
  const evidence = status?.evidence ?? [];
  if (evidence.length === 0) return [];
  const style = { Pass: 'green', Fail: 'red', Undecided: 'yellow' } as const;
  const width = Math.max(...evidence.map(({ check }) => check.length));
  return [
    'checks',
    ...evidence.map(
      ({ check, verdict, because }) =>
        `  ${check.padEnd(width)}  ${paint(style[verdict], verdict.toLowerCase().padEnd(9))}  ${because}`,
    ),
  ];
}

function timelineLines({ status }: ReleaseObject, paint: Paint): string[] {
  const timeline = status?.timeline ?? [];
  if (timeline.length === 0) return [];
  const shown = timeline.slice(-TIMELINE_LINES);
  const left = timeline.length - shown.length;
  return [
    left > 0 ? `timeline (UTC, ${left} earlier left out)` : 'timeline (UTC)',
    ...shown.map(({ at, what }) => `  ${paint('dim', at.slice(11, 19))}  ${what}`),
  ];
}
