/** Going back: which earlier version a new one is, and whether it is near enough to be released without
 * the stages of the policy. */
import { formatDuration } from '../api/duration.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Plan, ReleaseSpec, ReleaseStatus, Stage } from '../api/release.ts';
import { milliseconds } from './hold.ts';
import { type RollbackWindow, windowText } from './rollback-window.ts';
import type { PodTemplate } from '../ports/workload.ts';
import type { EndedRelease } from './snapshot.ts';

/** What a release that has ended says of the versions there were. */
export function endedRelease(
  name: string,
  { number, strategy, origin, candidate, stable, target }: ReleaseSpec,
  { outcome, endedAt }: ReleaseStatus,
): EndedRelease {
  return {
    name,
    number,
    strategy,
    outcome,
    origin,
    endedAt,
    templateHash: candidate.templateHash,
    template: candidate.template as PodTemplate,
    stableTemplateHash: stable.templateHash,
    target: target.uid,
  };
}

export interface Return {
  /** Hashes of templates: what is to be released, and what runs. */
  candidate: string;
  running: string;
  /** uid of the workload: releases of another of its name say nothing. */
  target: string;
  history: readonly EndedRelease[];
  nowMs: number;
}

export interface Rollback {
  /** Whether it goes without stages. */
  skips: boolean;
  /** Why, or why not, for people; '' where there is nothing to say. */
  because: string;
}

/**
 * When a template was first seen, as a number of a release: the order of versions, which releasing one
 * of them again does not change. What a release found running is from before it.
 */
function ageOf(hash: string, releases: readonly EndedRelease[]): number | undefined {
  const ages = releases.flatMap(({ number, origin, outcome, templateHash, stableTemplateHash }) => [
    ...(stableTemplateHash === hash ? [number - 0.5] : []),
    ...(templateHash === hash && outcome === 'Promoted' ? [origin ?? number] : []),
  ]);
  return ages.length > 0 ? Math.min(...ages) : undefined;
}

/** Kept in each release of a template that is not new, so that the order outlives the older ones. */
export function originOf(back: Return): number | undefined {
  const age = ageOf(back.candidate, ofTarget(back));
  return age === undefined ? undefined : Math.floor(age);
}

function ofTarget({ history, target }: Return): EndedRelease[] {
  const own = history.filter((release) => release.target === target);
  return own.toSorted((a, b) => a.number - b.number);
}

/** Only what this policy has promoted, and is older than what runs: to go forward again to what was
 * left, as GitOps does with an undo that is not in Git, takes all stages. */
export function rollbackOf(window: PolicySpec['rollbackWindow'], back: Return): Rollback {
  const releases = ofTarget(back);
  const { candidate, running } = back;
  const age = ageOf(candidate, releases);
  if (!window || age === undefined || candidate === running) return { skips: false, because: '' };
  const refused = notProven(candidate, releases);
  if (refused !== '') return { skips: false, because: refused };
  if (age >= (ageOf(running, releases) ?? Infinity))
    return { skips: false, because: 'it is newer than what runs' };
  return nearEnough(window, { back, releases, age });
}

function notProven(candidate: string, releases: readonly EndedRelease[]): string {
  const own = releases.filter(({ templateHash }) => templateHash === candidate);
  if (!own.some(isProven)) return 'this policy has not promoted it through its stages';
  const last = own.at(-1);
  return last?.outcome === 'Promoted' ? '' : `its last release, ${last?.name}, was taken back`;
}

/** Where nothing ran there were no stages. */
function isProven({ outcome, strategy }: EndedRelease): boolean {
  return outcome === 'Promoted' && strategy !== 'none';
}

interface Found {
  back: Return;
  /** Of the workload, oldest first. */
  releases: EndedRelease[];
  age: number;
}

function nearEnough({ revisions, within }: RollbackWindow, found: Found): Rollback {
  const steps = stepsBack(found);
  const agoMs = replacedAgoMs(found);
  const ago = agoMs === undefined ? '' : `replaced ${agoText(agoMs)}`;
  const far = steps === 1 ? '1 revision back' : `${steps} revisions back`;
  const which = found.releases.findLast(
    ({ templateHash }) => templateHash === found.back.candidate,
  );
  if (revisions !== undefined && steps > revisions)
    return { skips: false, because: `it is ${far}, and the rollback window is ${revisions}` };
  if (within !== undefined && (agoMs ?? 0) > milliseconds(within))
    return { skips: false, because: `it was ${ago}, and the rollback window is ${within}` };
  const facts = [far, ...(ago === '' ? [] : [ago])].join(', ');
  const because = `${which?.name} is ${facts}, inside of the rollback window (${windowText({ revisions, within })})`;
  return { skips: true, because };
}

/** Over the versions in between, each once. */
function stepsBack({ back: { running }, releases, age }: Found): number {
  const newest = ageOf(running, releases) ?? Infinity;
  const between = releases
    .filter(isProven)
    .map(({ templateHash }) => templateHash)
    .filter((hash) => {
      const of = ageOf(hash, releases) ?? Infinity;
      return of > age && of < newest;
    });
  return new Set(between).size + 1;
}

/** Since when users have another version; undefined where no release says so. */
function replacedAgoMs({ back: { candidate, nowMs }, releases }: Found): number | undefined {
  const promoted = releases.filter(({ outcome }) => outcome === 'Promoted');
  const last = promoted.findLastIndex(({ templateHash }) => templateHash === candidate);
  const { endedAt } = promoted[last + 1] ?? {};
  return endedAt === undefined ? undefined : Math.max(0, nowMs - Date.parse(endedAt));
}

function agoText(ms: number): string {
  return ms < 1_000 ? 'a moment ago' : `${formatDuration(ms - (ms % 1_000))} ago`;
}

/** Capacity, all the traffic, and the bake as always: nothing else is waited for. Going back is never
 * kept waiting by a window. */
export function withoutStages(plan: Plan, because: string): Plan {
  const { before, ...rest } = plan;
  const last = plan.stages.at(-1) as Stage;
  const whole: Stage = {
    name: last.name,
    weight: 100,
    capacityPercent: 100,
    approval: false,
    checks: [],
    timeoutMs: last.timeoutMs,
  };
  const tasks = (before?.tasks ?? []).filter(({ kind }) => kind !== 'ReleasedIn');
  return {
    ...rest,
    stages: [whole],
    ...(tasks.length > 0 && { before: { tasks } }),
    goesBack: because,
  };
}
