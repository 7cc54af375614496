/** What becomes of a changed configuration, a row for each situation. */
import { expect, test } from 'vitest';
import type { PolicyStatus } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import {
  CONFIG,
  configRelease,
  configured,
  readingOf,
  targetOf,
  templateOf,
  version,
} from '../testing/config-snapshots.ts';
import { policy, reading, snapshot, START_MS } from '../testing/snapshots.ts';
import type { Snapshot } from './snapshot.ts';
import { step } from './step.ts';

type Target = PolicyStatus['target'];

function idle(state: Partial<Snapshot>, target?: Target, config = CONFIG) {
  const held = {
    ...policy({ config }),
    status: { lastRelease: 'web-1', ...(target && { target }) },
  };
  return step(snapshot({ policy: held, now: START_MS, ...state }));
}

const ready = (decision: ReturnType<typeof step>) =>
  decision.policyStatus?.conditions?.find((c) => c.type === 'Ready');
const target = (decision: ReturnType<typeof step>) => decision.policyStatus?.target;

test('adopted it starts nothing, and what is stored is remembered with its content', () => {
  const decision = idle({ workload: configured('v1'), config: readingOf('one') });
  expect(ready(decision)).toMatchObject({ reason: 'Held' });
  expect(decision.workload?.template).toBeUndefined();
  expect(target(decision)?.config).toEqual({ ...version('one'), workload: 'uid-web' });
});

test('until it has been read nothing is decided', () => {
  const config = { version: undefined, missing: [], sinceMs: START_MS - 1_000 };
  for (const image of ['v1', 'v2']) {
    const looked = { workload: configured(image), config };
    const decision = idle(looked, targetOf('one'));
    expect(decision.create ?? decision.policyStatus ?? decision.workload).toBeUndefined();
    expect(decision.wakeAtMs).toBe(START_MS + 9_000);
    const late = idle({ ...looked, now: START_MS + 9_000 }, targetOf('one'));
    expect(ready(late)).toMatchObject({ reason: 'ConfigUnread' });
    expect(late.create).toBeUndefined();
    // What users have is not forgotten by it.
    expect(target(late)?.config?.digest).toBe('config-one');
  }
});

test('a change waits until template and configuration are left alone, then is written, then released', () => {
  const changed = {
    workload: configured('v1'),
    config: readingOf('two', { sinceMs: START_MS - 1_000 }),
  };
  const waits = idle(changed, targetOf('one'));
  expect(ready(waits)).toMatchObject({
    reason: 'Quiet',
    message: 'released when nothing has changed for 5s: ConfigMap web (LEVEL)',
  });
  expect(waits.wakeAtMs).toBe(START_MS + 4_000);
  expect(waits.workload?.template ?? waits.create).toBeUndefined();
  const writes = idle({ ...changed, now: START_MS + 4_000 }, targetOf('one'));
  expect(writes.workload?.template).toEqual(templateOf('v1', 'config-two'));
  expect(target(writes)?.config?.digest).toBe('config-one');
  const begins = idle(
    { workload: configured('v1', 'config-two'), config: readingOf('two') },
    targetOf('one'),
  );
  expect(begins.create?.spec.config).toEqual({ stable: version('one'), candidate: version('two') });
});

test('a changed image waits for the configuration that may come with it', () => {
  const waits = idle(
    { workload: configured('v2'), config: readingOf('one', { sinceMs: START_MS }) },
    targetOf('one'),
  );
  expect(ready(waits)).toMatchObject({ reason: 'Quiet' });
  expect(waits.create).toBeUndefined();
});

test('one that was announced before a restart is not waited for again, and keeps its name', () => {
  const held = { ...policy({ config: CONFIG }) };
  held.status = { target: targetOf('one'), release: 'web-1', releases: 1 };
  const config = readingOf('two', { sinceMs: START_MS });
  const workload = configured('v1', 'config-two');
  const decision = step(snapshot({ policy: held, now: START_MS, workload, config }));
  expect(decision.create?.name).toBe('web-1');
});

test('both changed: the digest is written first, and the release is of both', () => {
  const writes = idle({ workload: configured('v2'), config: readingOf('two') }, targetOf('one'));
  expect(writes.create).toBeUndefined();
  expect(writes.workload?.template).toEqual(templateOf('v2', 'config-two'));
  const begins = idle(
    { workload: configured('v2', 'config-two'), config: readingOf('two') },
    targetOf('one'),
  );
  expect(begins.create?.spec.candidate.images).toEqual(['v2']);
});

test('an image alone costs no write, and its release says that the configuration is the same', () => {
  const decision = idle({ workload: configured('v2'), config: readingOf('one') }, targetOf('one'));
  const { stable, candidate } = decision.create?.spec.config ?? {};
  expect(stable?.digest).toBe(candidate?.digest);
  expect(stable?.objects[0]).not.toHaveProperty('data');
  expect(candidate?.objects[0]).toHaveProperty('data');
});

test('who takes the annotation away, or brings an old one, starts nothing by that', () => {
  for (const digest of [undefined, 'config-old']) {
    const workload = configured('v1', digest, 'config-one');
    const decision = idle({ workload, config: readingOf('one') }, targetOf('one'));
    expect(decision.create).toBeUndefined();
    expect(decision.workload?.template).toEqual(templateOf('v1', 'config-one'));
  }
});

test('put back before its release has begun it is as if nothing had been', () => {
  const workload = configured('v1', 'config-two');
  const decision = idle({ workload, config: readingOf('one') }, targetOf('one'));
  expect(decision.create).toBeUndefined();
  expect(decision.workload?.template).toEqual(templateOf('v1'));
});

test('a digest that the running template happens to have is told from the one it has', () => {
  const workload = configured('v1', 'config-two', 'config-two');
  const writes = idle({ workload, config: readingOf('two') }, targetOf('one'));
  expect(writes.workload?.template).toEqual(templateOf('v1', 'config-two-again'));
});

test.each([
  ['another workload', { ...targetOf('one'), config: { ...version('one'), workload: 'uid-old' } }],
  [
    'other kinds or another key',
    { config: { ...version('one'), scope: 'v1/x', workload: 'uid-web' } },
  ],
])('what is remembered of %s starts nothing', (_, remembered) => {
  const decision = idle({ workload: configured('v1'), config: readingOf('two') }, remembered);
  expect(ready(decision)).toMatchObject({ reason: 'Held' });
  expect(target(decision)?.config?.digest).toBe('config-two');
});

test('watched no more nothing is remembered of it', () => {
  const decision = idle({ workload: configured('v1') }, targetOf('one'), {
    ...CONFIG,
    watch: false,
  });
  expect(target(decision)).not.toHaveProperty('config');
});

test('nothing is released while what pods need is not there', () => {
  const config = readingOf('two', { missing: ['ConfigMap web'] });
  for (const image of ['v1', 'v2']) {
    const decision = idle({ workload: configured(image), config }, targetOf('one'));
    expect(ready(decision)).toMatchObject({ reason: 'ConfigMissing' });
    expect(ready(decision)?.message).toContain('ConfigMap web');
    expect(decision.create ?? decision.workload?.template).toBeUndefined();
    expect(target(decision)?.config?.digest).toBe('config-one');
  }
  const adopting = idle({ workload: configured('v1'), config });
  expect(target(adopting)).not.toHaveProperty('config');
});

test('what may not be read is said, and nothing is released', () => {
  const problem = { field: 'spec.config.secrets', message: 'may not', fix: 'allow it' };
  const config = { version: undefined, missing: [], sinceMs: 0, problem };
  const decision = idle({ workload: configured('v2'), config }, targetOf('one'));
  expect(ready(decision)).toMatchObject({ reason: 'Invalid' });
  expect(decision.create).toBeUndefined();
});

const PROMOTED: ReleaseStatus = {
  step: 'CleanUp',
  towards: 'Promoted',
  startedAt: new Date(START_MS).toISOString(),
};

function during(status: ReleaseStatus, state: Partial<Snapshot>, image = 'v1') {
  const spec = configRelease('one', 'two', image);
  const release = { name: 'web-2', uid: 'uid-web-2', deleting: false, spec, status };
  const held = { ...policy({ config: CONFIG }), status: { target: targetOf('one') } };
  const traffic = reading({ dedicated: 'Absent', route: 'Service', weight: 0 });
  return step(snapshot({ policy: held, release, traffic, now: START_MS, ...state }));
}

test('promoted, its configuration is what users have', () => {
  const decision = during(PROMOTED, { workload: configured('v1', 'config-two') });
  expect(decision.release?.status.outcome).toBe('Promoted');
  expect(target(decision)?.config).toEqual({ ...version('two'), workload: 'uid-web' });
});

const aborting = (reason: string): ReleaseStatus => ({
  ...PROMOTED,
  towards: 'Aborted',
  reason,
  because: reason,
});

test.each(['CheckFailed', 'TemplateReverted'])(
  '%s: it is not tried again until it changes',
  (reason) => {
    const decision = during(aborting(reason), { workload: configured('v1') });
    const after = target(decision) ?? {};
    expect(after).toMatchObject({ rejectedConfig: 'config-two', config: { digest: 'config-one' } });
    const { rejected: _, ...remembered } = after;
    const again = idle({ workload: configured('v1'), config: readingOf('two') }, remembered);
    expect(ready(again)).toMatchObject({ reason: 'ReleaseAborted' });
    expect(ready(again)?.message).toMatch(
      /ConfigMap web \(LEVEL\)\. What is stored is still that one/,
    );
    expect(again.create ?? again.workload?.template).toBeUndefined();
    const third = idle({ workload: configured('v1'), config: readingOf('three') }, remembered);
    expect(third.workload?.template).toEqual(templateOf('v1', 'config-three'));
    const back = idle({ workload: configured('v1'), config: readingOf('one') }, remembered);
    expect(ready(back)).toMatchObject({ reason: 'Held' });
    expect(target(back)).not.toHaveProperty('rejectedConfig');
  },
);

test.each(['Superseded', 'ConfigReverted'])('%s rejects nothing', (reason) => {
  const decision = during(aborting(reason), { workload: configured('v1') });
  expect(target(decision)).not.toHaveProperty('rejectedConfig');
});

test('taken back with its image, the template that carries both is not tried again', () => {
  const workload = configured('v2', 'config-two');
  const rejected = {
    ...targetOf('one'),
    rejected: workload.templateHash,
    rejectedConfig: 'config-two',
  };
  // Nor is it waited for, after a restart: that would be a write for nothing.
  const config = readingOf('two', { sinceMs: START_MS });
  const decision = idle({ workload, config }, rejected);
  expect(ready(decision)).toMatchObject({ reason: 'ReleaseAborted' });
  expect(decision.create).toBeUndefined();
  // Another configuration is another try, also that of stable.
  const other = idle({ workload, config: readingOf('one') }, rejected);
  expect(other.workload?.template).toEqual(templateOf('v2'));
});

const STAGE: ReleaseStatus = {
  step: 'Stage',
  stage: 0,
  stepSince: new Date(START_MS).toISOString(),
  startedAt: new Date(START_MS).toISOString(),
};

const towards = (decision: ReturnType<typeof step>) => decision.release?.status;

test('half way: another configuration supersedes it once it is left alone', () => {
  const workload = configured('v1', 'config-two');
  const fresh = during(STAGE, { workload, config: readingOf('three', { sinceMs: START_MS }) });
  expect(towards(fresh)?.towards).toBeUndefined();
  expect(fresh.wakeAtMs).toBeLessThanOrEqual(START_MS + 5_000);
  const quiet = during(STAGE, { workload, config: readingOf('three') });
  expect(towards(quiet)).toMatchObject({
    towards: 'Aborted',
    reason: 'Superseded',
    because: 'the configuration has changed: ConfigMap web (LEVEL)',
  });
});

test('half way: back to what stable has takes it back, unless the image is another one too', () => {
  const config = readingOf('one');
  const reverted = during(STAGE, { workload: configured('v1', 'config-two'), config });
  expect(towards(reverted)).toMatchObject({ towards: 'Aborted', reason: 'ConfigReverted' });
  const both = during(STAGE, { workload: configured('v2', 'config-two'), config }, 'v2');
  expect(towards(both)).toMatchObject({ towards: 'Aborted', reason: 'Superseded' });
});

test.each([
  ['the same', readingOf('two')],
  ['not read', { version: undefined, missing: [], sinceMs: 0 }],
  ['not there', readingOf('gone', { missing: ['ConfigMap web'] })],
  ['of another scope', { ...readingOf('three'), version: { ...version('three'), scope: 'v1/x' } }],
])('half way: %s is no news', (_, config) => {
  const decision = during(STAGE, { workload: configured('v1', 'config-two'), config });
  expect(towards(decision)?.towards).toBeUndefined();
});
