/** Smoke tests, webhooks and hooks of a policy as the tasks of a plan: one shape, defaults filled in. */
import type { Hook, SmokeTest, Webhook } from '../api/gates.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { Plan, Stage, Task } from '../api/release.ts';
import { milliseconds } from './hold.ts';
import { compilePull, type NewVersion, triesImages } from './pull.ts';

/** Between two tries of what is not asked again at an interval of its own. */
const RETRY_MS = 2_000;
const LOOK_MS = 5_000;
const JOB_TIMEOUT = '10m';
const REQUEST_TIMEOUT = '10s';

export function compileSmokeTests(tests: readonly SmokeTest[] | undefined): Task[] {
  return (tests ?? []).map(({ name, http, job, retries, timeout }) => ({
    name,
    kind: http ? 'Http' : 'Job',
    spec: http ?? job,
    retries,
    intervalMs: RETRY_MS,
    timeoutMs: milliseconds(timeout ?? (http ? REQUEST_TIMEOUT : JOB_TIMEOUT)),
  }));
}

export function compileWebhooks(webhooks: readonly Webhook[] | undefined): Task[] {
  return (webhooks ?? []).map(({ name, interval, timeout, ...spec }) => ({
    name,
    kind: 'Webhook',
    spec,
    retries: 0,
    intervalMs: milliseconds(interval),
    timeoutMs: milliseconds(timeout),
  }));
}

function compileHooks(hooks: readonly Hook[] | undefined): Task[] {
  return (hooks ?? []).map(({ name, job, webhook, retries, timeout }) => ({
    name,
    kind: job ? 'Job' : 'Webhook',
    spec: job ?? webhook,
    retries,
    intervalMs: webhook ? milliseconds(webhook.interval) : RETRY_MS,
    timeoutMs: milliseconds(timeout),
  }));
}

type Around = Pick<Plan, 'before' | 'after' | 'onAbort'>;

/** What a policy asks for around its stages; nothing where it asks for nothing. */
export function compileAround(spec: PolicySpec, version?: NewVersion): Around {
  const { window, releasedIn, hooks } = spec;
  const elsewhere: Task[] = releasedIn
    ? [
        {
          name: 'released-in',
          kind: 'ReleasedIn',
          spec: releasedIn,
          retries: 0,
          intervalMs: LOOK_MS,
        },
      ]
    : [];
  // A migration is not begun for a version that cannot start.
  const pull = triesImages(spec, version) ? [compilePull(version?.template)] : [];
  const before = [...elsewhere, ...pull, ...compileHooks(hooks?.before)];
  const after = compileHooks(hooks?.after);
  const onAbort = compileHooks(hooks?.onAbort);
  return {
    ...((window || before.length > 0) && { before: { ...(window && { window }), tasks: before } }),
    ...(after.length > 0 && { after }),
    ...(onAbort.length > 0 && { onAbort }),
  };
}

/** The gates of one stage beside hold, approval and checks. */
export function stageGates(gates: {
  window?: Stage['window'];
  tests?: Task[];
  tasks?: Task[];
}): Pick<Stage, 'window' | 'tests' | 'tasks'> {
  const { window, tests = [], tasks = [] } = gates;
  return {
    ...(window && { window }),
    ...(tests.length > 0 && { tests }),
    ...(tasks.length > 0 && { tasks }),
  };
}
