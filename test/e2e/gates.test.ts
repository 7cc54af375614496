/** What opens a stage: time, evidence and people; and what evidence does that is bad or missing. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PolicySpecInput } from '../../src/api/policy.ts';
import type { CanarySpec } from '../../src/api/strategy.ts';
import { KINDS } from '../../src/api/group.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { routeWeights, shortages } from '../../src/testing/history.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { MetricsPage, type Says } from '../../src/testing/metrics-page.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const pages: MetricsPage[] = [];
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await Promise.all(pages.map((page) => page.close()));
});

type Stages = Partial<CanarySpec['stages'][number]>[];

interface Judged {
  shop: Shop;
  page: MetricsPage;
  /** What the pages say from now on. */
  say: (candidate: Says, stable?: Says) => Promise<void>;
}

/** A shop whose canary is judged by a page of metrics that says nothing yet. */
async function judged(
  name: string,
  stages: Stages,
  rest: Partial<PolicySpecInput> = {},
): Promise<Judged> {
  const page = await MetricsPage.open();
  pages.push(page);
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary(stages, { checks: [page.check()], ...rest }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  const say = async (candidate: Says, stable: Says = 'Good') => {
    const { spec } = await until('the release', () => shop.release(1));
    page.say(spec.candidate.hash, candidate);
    page.say(spec.stable.hash, stable);
  };
  return { shop, page, say };
}

function reachedAt(status: ReleaseStatus, stage: string): number {
  const line = status.timeline?.find((l) => l.reason === 'StageReached' && l.what.includes(stage));
  return Date.parse(line?.at ?? '');
}

const paused = (s: ReleaseStatus) => s.paused !== undefined;

/** The controller has decided about this release since, and stayed where it was. */
async function stays(shop: Shop, at: { stage: number }): Promise<void> {
  const answered = async () => (await shop.release(1)).status.requests?.length ?? 0;
  const before = await answered();
  await shop.ask('Resume');
  await until('the request to be answered', async () => (await answered()) > before);
  const { status } = await shop.release(1);
  expect(status.requests?.at(-1)?.answer).toBe('refused: it is not paused');
  expect(status).toMatchObject({ phase: 'Progressing', ...at });
}

describe.concurrent('a hold', () => {
  test('is a minimum, however good the evidence', async () => {
    const { shop, say } = await judged('least', [{ weight: 5, hold: '1500ms' }, { weight: 50 }]);
    await say('Good');
    const status = await shop.end(1, 'Promoted');
    const heldMs = reachedAt(status, 'weight 50') - reachedAt(status, 'weight 5)');
    expect(heldMs).toBeGreaterThanOrEqual(1_500);
  });

  test('of at most an hour ends as soon as the checks pass', async () => {
    const { shop, say } = await judged('most', [{ weight: 5, hold: { atMost: '1h' } }]);
    await shop.reach(1, 'the stage', atGates(0));
    await stays(shop, { stage: 0 });
    await say('Good');
    const status = await shop.end(1, 'Promoted');
    expect(status.evidence).toMatchObject([{ check: 'errors', verdict: 'Pass' }]);
  });
});

describe.concurrent('an approval', () => {
  test('is waited for, whatever the checks say', async () => {
    const { shop, page, say } = await judged('approval', [{ weight: 5, approval: {} }]);
    await say('Good');
    await shop.reach(1, 'the stage', atGates(0));
    const read = page.read;
    await until('good evidence', async () => page.read > read + 6);
    await stays(shop, { stage: 0 });
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
  });
});

describe.concurrent('undecided evidence', () => {
  const undecided = (name: string) => judged(name, [{ weight: 25, timeout: '1500ms' }]);

  test('pauses after its time and says so; resumed with good evidence it goes on', async () => {
    const { shop, say } = await undecided('resumed');
    const status = await shop.reach(1, 'the pause', paused);
    expect(status.paused?.reason).toBe('EvidenceUndecided');
    expect(status.paused?.message).toMatch(/^evidence still undecided, errors: /);
    expect(status.conditions).toContainEqual(
      expect.objectContaining({ type: 'Paused', status: 'True', reason: 'EvidenceUndecided' }),
    );
    expect(status.traffic).toMatchObject({ route: 'Split', weight: 25 });
    await until('an Event about it', async () => {
      const [message] = await shop.events('EvidenceUndecided');
      return message?.includes('evidence still undecided');
    });
    // Evidence is what it waits for, not somebody who says: go on.
    await shop.ask('Resume');
    await shop.reach(
      1,
      'the second pause',
      (s) => paused(s) && s.paused?.since !== status.paused?.since,
    );
    await say('Good');
    await shop.ask('Resume');
    await shop.end(1, 'Promoted');
  });

  test('can be passed over by a person', async () => {
    const { shop, say } = await undecided('passed');
    await shop.reach(1, 'the pause', paused);
    await shop.ask('Promote');
    // The bake asks the same check; missing evidence is no pass there either.
    await say('Good');
    await shop.end(1, 'Promoted');
  });

  test('can be taken back by a person', async () => {
    const { shop } = await undecided('aborted');
    await shop.reach(1, 'the pause', paused);
    await shop.ask('Abort');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'AbortRequested' });
  });
});

describe.concurrent('bad evidence', () => {
  test('aborts at once, in the middle of a hold', async () => {
    const { shop, say } = await judged('bad', [{ weight: 25, hold: '1h' }]);
    const recorder = await shop.record(KINDS.httpRoute, KINDS.service, KINDS.replicaSet);
    await shop.reach(1, 'the stage', atGates(0));
    await say('Bad');
    const status = await shop.end(1, 'Aborted');
    expect(status.reason).toBe('CheckFailed');
    expect(status.message).toMatch(/^check errors failed: .*% of \d+ requests failed/);
    const recording = await recorder.stop();
    expect(routeWeights(recording, 'bad').slice(-4)).toEqual([0, 25, 0, 'Service']);
    expect(shortages(recording, 'bad', 4)).toEqual([]);
    expect(await shop.sets()).toEqual({
      'segue-demo:v1': { wanted: 4, available: 4, owner: 'Deployment' },
    });
  });

  test('pauses where the policy says so, and pauses again when it is resumed', async () => {
    const onFailure = { action: 'Pause' as const };
    const { shop, say } = await judged('asks', [{ weight: 25, hold: '1h' }], { onFailure });
    await shop.reach(1, 'the stage', atGates(0));
    await say('Bad');
    const first = await shop.reach(1, 'the pause', paused);
    expect(first.paused).toMatchObject({ reason: 'CheckFailed' });
    expect(first.traffic?.weight).toBe(25);
    await shop.ask('Resume');
    await shop.reach(
      1,
      'the next pause',
      (s) => paused(s) && s.paused?.since !== first.paused?.since,
    );
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
  });

  test('of the stable version does not hide a good candidate', async () => {
    const { shop, say } = await judged('relative', [{ weight: 25 }]);
    await say('Good', 'Bad');
    await shop.end(1, 'Promoted');
  });
});
