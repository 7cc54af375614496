/** Runs the tasks that a release asks for, and remembers their answers until the release has. */
import { createHash } from 'node:crypto';
import type { ReleaseSpec, Task, TaskRecord } from '../api/release.ts';
import { sameJson } from '../api/same-json.ts';
import type { TaskAnswer, TaskAsk } from '../engine/index.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { TaskRunner, TaskSubject, TaskWork } from '../ports/task-runner.ts';
import type { Caches } from './caches.ts';
import { candidatesBehind, candidateService } from './candidate-pods.ts';

export interface TaskDeps {
  client: KubeClient;
  caches: Caches;
  log: Log;
  runners: ReadonlyMap<Task['kind'], TaskRunner>;
}

export interface TaskedRelease {
  name: string;
  uid: string;
  namespace: string;
  spec: ReleaseSpec;
  /** What was run for it so far. */
  tasks?: readonly TaskRecord[] | undefined;
}

interface Running {
  ask: TaskAsk;
  work: TaskWork;
  answer: TaskAnswer;
  stop: AbortController;
}

export class TaskDriver {
  private readonly running = new Map<string, Map<string, Running>>();
  /** Releases after which a controller before this one may have left something. */
  private readonly swept = new Set<string>();
  private readonly deps: TaskDeps;

  constructor(deps: TaskDeps) {
    this.deps = deps;
  }

  answers(uid: string): TaskAnswer[] {
    return [...(this.running.get(uid)?.values() ?? [])].map(({ answer }) => answer);
  }

  /** Begins what is not running, ends what is not asked for any more. */
  ask(release: TaskedRelease, asks: readonly TaskAsk[], changed: () => void): void {
    const course = this.running.get(release.uid) ?? new Map<string, Running>();
    const wanted = new Set(asks.map(keyOf));
    this.sweep(release, wanted);
    for (const [key, one] of course)
      if (!wanted.has(key)) {
        course.delete(key);
        this.end(one);
      }
    for (const ask of asks)
      if (!course.has(keyOf(ask))) course.set(keyOf(ask), this.begin(release, ask, changed));
    if (course.size > 0) this.running.set(release.uid, course);
    else this.running.delete(release.uid);
  }

  /** The release ended or vanished. */
  forget(uid: string): void {
    for (const one of this.running.get(uid)?.values() ?? []) this.end(one);
    this.running.delete(uid);
    this.swept.delete(uid);
  }

  /** Somebody else goes on: Jobs stay. */
  stop(): void {
    for (const course of this.running.values())
      for (const { stop } of course.values()) stop.abort();
    this.running.clear();
  }

  /** Its result was kept and the controller killed before it was taken away. */
  private sweep(release: TaskedRelease, wanted: ReadonlySet<string>): void {
    if (this.swept.has(release.uid)) return;
    this.swept.add(release.uid);
    const tasks = tasksOf(release.spec.plan);
    for (const { id, round: last } of release.tasks ?? []) {
      const task = tasks.find(({ name, kind }) => id.endsWith(`/${name}`) && this.leaves(kind));
      for (let round = 1; task && round <= last; round++) {
        const ask = { id, round, task };
        if (wanted.has(keyOf(ask))) continue;
        void this.deps.runners.get(task.kind)?.end?.(this.work(release, ask, () => {}));
      }
    }
  }

  private leaves(kind: Task['kind']): boolean {
    return this.deps.runners.get(kind)?.end !== undefined;
  }

  private end({ stop, work, ask }: Running): void {
    stop.abort();
    void this.deps.runners.get(ask.task.kind)?.end?.(work);
  }

  private begin(release: TaskedRelease, ask: TaskAsk, changed: () => void): Running {
    const { id, round } = ask;
    const answer: TaskAnswer = { id, round, state: 'Waiting', message: '' };
    const say = (message: string) => {
      if (one.answer.message === message) return;
      one.answer = { ...one.answer, message };
      changed();
    };
    const one: Running = {
      ask,
      answer,
      stop: new AbortController(),
      work: this.work(release, ask, say),
    };
    this.deps.log.info('a task begins', { release: release.name, task: id, round });
    void this.run(one, changed);
    return one;
  }

  private async run(one: Running, changed: () => void): Promise<void> {
    const { id, round, task } = one.ask;
    const runner = this.deps.runners.get(task.kind);
    const { state, message } = runner
      ? await runner.run(one.work, one.stop.signal).catch((error: unknown) => ({
          state: 'Failed' as const,
          message: String(error),
        }))
      : { state: 'Failed' as const, message: `this Segue cannot run a ${task.kind}` };
    if (one.stop.signal.aborted) return;
    const answer: TaskAnswer = { id, round, state, message };
    if (sameJson(answer, one.answer)) return;
    one.answer = answer;
    changed();
  }

  private work(release: TaskedRelease, ask: TaskAsk, say: (message: string) => void): TaskWork {
    const { client, caches } = this.deps;
    const { namespace, spec } = release;
    const { hash } = spec.candidate;
    const service = candidateService(caches, release.uid, hash);
    // What the workload's own controller changes has no Service of its own: its pods are behind the user's.
    const shared = (spec.plan.roll && spec.traffic?.services[0]) ?? '';
    return {
      task: ask.task,
      key: jobName(release, ask),
      about: taskSubject(release, ask.id.split('/')[0] ?? '', service),
      candidates: (port) =>
        candidatesBehind({ client, caches }, { namespace, service: service || shared, spec }, port),
      say,
    };
  }
}

function tasksOf({ before, stages, after = [], onAbort = [] }: ReleaseSpec['plan']): Task[] {
  const ofStages = stages.flatMap(({ tests = [], tasks = [] }) => [...tests, ...tasks]);
  return [...(before?.tasks ?? []), ...ofStages, ...after, ...onAbort];
}

function keyOf({ id, round }: TaskAsk): string {
  return `${id} ${round}`;
}

/** @param service the candidate's own, '' while there is none */
export function taskSubject(
  { namespace, name, uid, spec }: Omit<TaskedRelease, 'tasks'>,
  moment: string,
  service: string,
): TaskSubject {
  return {
    namespace,
    policy: spec.policy,
    release: name,
    releaseUid: uid,
    moment,
    target: spec.target.name,
    stableImages: spec.stable.images,
    candidateImages: spec.candidate.images,
    candidateHash: spec.candidate.hash,
    candidateService: service,
  };
}

const NAME_MAX = 63;

/** `<release>-<where>-<task>-<hash>`: the hash tells apart what is cut off. */
function jobName({ name, uid }: TaskedRelease, { id, round }: TaskAsk): string {
  const hash = createHash('sha256').update(`${uid}/${id}/${round}`).digest('hex').slice(0, 8);
  const begin = `${name}-${id.replace(/[/.]/g, '-')}`.slice(0, NAME_MAX - hash.length - 1);
  return `${begin.replace(/[-.]+$/, '')}-${hash}`;
}
