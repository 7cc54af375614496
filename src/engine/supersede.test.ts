/** A newer template, whatever gate the release before it waits at: it does not wait for it. */
import { describe, expect, test } from 'vitest';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import { reading, release, setOf, snapshot, START_MS, workload } from '../testing/snapshots.ts';
import { step } from './step.ts';

const at = new Date(START_MS - 60_000).toISOString();
/** START_MS is midnight. */
const window = { open: [{ from: '09:00', to: '17:00' }] };
const http = { path: '/', status: '2xx' };
const try1 = { name: 'try', http, retries: 0, timeout: '1h', interval: '1s' };
const ask1 = { name: 'ask', url: 'https://gate', timeout: '1h', interval: '30s' };
const job = { spec: { template: { spec: { containers: [{ name: 'a', image: 'a' }] } } } };
const errors = { name: 'errors', scope: 'Version', interval: '10s', window: '1m', max: 0.01 };

const BEFORE: Record<string, Partial<PolicySpec>> = {
  window: { window },
  'a hook': { hooks: { before: [{ name: 'migrate', job, retries: 0, timeout: '10m' }] } },
  'a release elsewhere': { releasedIn: { namespace: 'staging' } },
};
const AT_STAGE: Record<string, Record<string, unknown>> = {
  hold: { hold: '1h' },
  approval: { approval: {} },
  'a check': { checks: ['errors'] },
  window: { window },
  'a webhook': { webhooks: [ask1] },
  'a smoke test': { smokeTests: [try1] },
};

function canary(gates: Record<string, unknown>): Partial<PolicySpec> {
  const stages = [{ weight: 5, checks: [], ...gates }, { weight: 50 }];
  return {
    strategy: { canary: { stages, timeout: '1h' } },
    checks: [errors],
  } as Partial<PolicySpec>;
}

function decide(status: ReleaseStatus, spec: Partial<PolicySpec>, image: string) {
  const traffic = reading({ route: 'Split', weight: status.traffic?.weight ?? 0 });
  const candidate = setOf('v2', { replicas: 1, owner: 'Release' });
  const state = workload(image, { candidate: status.step === 'Wait' ? undefined : candidate });
  return step(snapshot({ release: release(status, spec), workload: state, traffic })).release
    ?.status;
}

const begun = { startedAt: at, stepSince: at };
const at5 = { dedicated: true, route: 'Split' as const, weight: 5, since: at, readBackAt: at };

describe('taken back at once, whatever it waits for', () => {
  test.each(Object.entries(BEFORE))('before it begins: %s', (_, spec) => {
    const waiting: ReleaseStatus = { ...begun, step: 'Wait' };
    expect(decide(waiting, spec, 'v2')).toMatchObject({ step: 'Wait' });
    expect(decide(waiting, spec, 'v3')).toMatchObject({ towards: 'Aborted', reason: 'Superseded' });
  });

  test.each(Object.entries(AT_STAGE))('at a stage: %s', (what, gates) => {
    const gate = what === 'a smoke test' ? {} : { gateSince: at };
    const traffic = what === 'a smoke test' ? { ...at5, weight: 0 } : at5;
    const staying: ReleaseStatus = { ...begun, step: 'Stage', stage: 0, traffic, ...gate };
    const stays = decide(staying, canary(gates), 'v2');
    expect(stays).toMatchObject({ step: 'Stage', stage: 0, traffic: { weight: traffic.weight } });
    const left = decide(staying, canary(gates), 'v3');
    expect(left).toMatchObject({ towards: 'Aborted', reason: 'Superseded' });
    // And if a person has stopped it there.
    const paused = { since: at, reason: 'PauseRequested', message: 'wait' };
    expect(decide({ ...staying, paused }, canary(gates), 'v3')).toMatchObject({
      reason: 'Superseded',
    });
  });
});
