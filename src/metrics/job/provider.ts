/** Measures the candidate by Jobs of the user's, one after the other: 0 for one that completed, 1 for
 * one that failed. */
import { createHash } from 'node:crypto';
import type { Check } from '../../api/check.ts';
import { parseDuration } from '../../api/duration.ts';
import type { MetricProvider, Reading, VersionContext } from '../../ports/metric-provider.ts';
import type { TaskOutcome, TaskRunner, TaskSubject, TaskWork } from '../../ports/task-runner.ts';
import { Deadline } from '../deadline.ts';

interface JobOptions {
  /** How long a measurement waits for a Job that may end soon; default 5 s. */
  timeoutMs?: number;
}

type Asked = NonNullable<Check['job']>;
type Found = Extract<Reading, { kind: 'Value' }>;

/** The Jobs of one check of a release, as long as it is measured without a break. */
interface Course {
  signal: AbortSignal;
  running?: { ended: Promise<void>; sinceMs: number; said: string } | undefined;
  /** Of the Job that ended last. */
  last?: Found | undefined;
  /** Why the API server let no Job be made, the last time. */
  refused?: string | undefined;
}

const WAIT_MS = 5_000;
const TIMEOUT_MS = 600_000;
/** A Job's name becomes a label of its pods. */
const NAME_MAX = 63;

/**
 * Each measurement begins a Job where none runs. Until it ends the one that ended before it is told
 * again, so that a Job may take longer than an interval. When nobody measures any more the Job that
 * runs is deleted.
 * @param runner carries out tasks that are Jobs
 */
export function jobProvider(
  runner: TaskRunner,
  { timeoutMs = WAIT_MS }: JobOptions = {},
): MetricProvider {
  const courses = new Map<string, Course>();
  return {
    name: 'job',
    async measure(check, version, signal) {
      const { job } = check;
      const { about, role } = version;
      if (!job) return missing(`check ${check.name} does not run a Job`);
      if (role === 'Stable') return missing('a Job tries the candidate only');
      if (!about) return missing('there is no release to run a Job for');
      if (signal.aborted) return missing('the Job was not begun: the measurement was given up');
      const id = `${about.releaseUid}/${check.name}`;
      const known = courses.get(id);
      const course = known?.signal === signal ? known : { signal };
      courses.set(id, course);
      // Nothing is kept of what nobody measures any more.
      if (course !== known)
        signal.addEventListener('abort', () => forget(courses, id, course), { once: true });
      course.running ??= begin(runner, workOf(check, job, { about, version }), course);
      return await outcomeOf(course, { timeoutMs, signal });
    },
  };
}

function forget(courses: Map<string, Course>, id: string, course: Course): void {
  if (courses.get(id) === course) courses.delete(id);
}

async function outcomeOf(
  course: Course,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<Reading> {
  const deadline = new Deadline(limits);
  const { running } = course;
  if (running) await deadline.race(running.ended);
  deadline.end();
  // Which says nothing of the candidate.
  if (course.refused !== undefined) return missing(`the Job was not made: ${course.refused}`);
  if (course.last) return course.last;
  const seconds = Math.round((performance.now() - (running?.sinceMs ?? 0)) / 1_000);
  const said = running?.said ?? '';
  return missing(`the Job has run for ${seconds} s${said === '' ? '' : ` (${said})`}`);
}

function begin(
  runner: TaskRunner,
  work: Omit<TaskWork, 'say'>,
  course: Course,
): NonNullable<Course['running']> {
  const running = { sinceMs: performance.now(), said: '', ended: Promise.resolve() };
  const whole = { ...work, say: (message: string) => void (running.said = message) };
  running.ended = runner
    .run(whole, course.signal)
    .then((outcome) => {
      if (course.signal.aborted) return;
      course.refused = outcome.refused ? outcome.message : undefined;
      if (!outcome.refused) course.last = readingOf(outcome);
    })
    .catch((error: unknown) => void (running.said = String(error)))
    .finally(() => {
      course.running = undefined;
      void runner.end?.(whole);
    });
  return running;
}

function readingOf({ state, message }: TaskOutcome): Found {
  return state === 'Passed'
    ? { kind: 'Value', value: 0, told: `the Job ${message}` }
    : { kind: 'Value', value: 1, told: `the Job failed, ${message}` };
}

function workOf(
  { name }: Check,
  { spec, timeout }: Asked,
  { about, version }: { about: TaskSubject; version: VersionContext },
): Omit<TaskWork, 'say'> {
  return {
    task: {
      name,
      kind: 'Job',
      spec: { spec },
      retries: 0,
      intervalMs: 0,
      timeoutMs: parseDuration(timeout) ?? TIMEOUT_MS,
    },
    key: nameOf(about, name, version.moment?.atMs ?? Date.now()),
    about,
    candidates: () => Promise.resolve([]),
  };
}

/** Another one for each Job, so that what an earlier controller left is not taken for it. */
function nameOf({ release, releaseUid }: TaskSubject, check: string, atMs: number): string {
  const hash = createHash('sha256').update(`${releaseUid}/${check}/${atMs}`).digest('hex');
  const room = NAME_MAX - 9;
  return `${`${release}-${check}`.slice(0, room).replace(/[^a-z0-9]+$/, '')}-${hash.slice(0, 8)}`;
}

function missing(because: string): Reading {
  return { kind: 'Missing', because };
}
