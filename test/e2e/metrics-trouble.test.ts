/** A Prometheus that is down, slow or talks nonsense: never a pass, said in words, and no business of
 * other releases; and when it is back the release goes on. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { type Behaviour, FakePrometheus, vector } from '../../src/testing/fake-prometheus.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
const sources: FakePrometheus[] = [];
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await Promise.all(sources.map((source) => source.close()));
});

/** A canary at 25 % that a Prometheus which behaves like this is to judge. */
async function judged(
  name: string,
  behaviour: Behaviour,
  timeout: string,
): Promise<{ shop: Shop; source: FakePrometheus }> {
  const source = await FakePrometheus.open();
  sources.push(source);
  source.behave(behaviour);
  const shop = await openShop(lab, { name, route: true });
  await shop.attach(shop.canary([{ weight: 25, timeout }], { checks: [source.check()] }));
  await shop.held();
  await shop.setImage('segue-demo:v2');
  return { shop, source };
}

const paused = (status: ReleaseStatus) => status.paused?.reason === 'EvidenceUndecided';

/** The next pause after that of `before`, once something was measured: a busy machine may be late. */
async function pausedAgain(shop: Shop, before: string, what: string): Promise<ReleaseStatus> {
  const again = (s: ReleaseStatus) => paused(s) && s.paused?.since !== before;
  const status = await shop.reach(1, `the pause because of ${what}`, again);
  if (!status.paused?.message.endsWith('not measured yet')) return status;
  await shop.ask('Resume');
  return pausedAgain(shop, status.paused.since, what);
}

const answers = (body: string, status = 200): Behaviour => ({ is: 'Answers', body, status });
const success = (data: object) => JSON.stringify({ status: 'success', data });
const refusal = { status: 'error', errorType: 'execution', error: 'query timed out' };

const NONSENSE: [string, Behaviour, string][] = [
  ['an HTML page', answers('<html>Welcome to nginx!</html>'), 'answered with a page for browsers'],
  ['half a JSON', answers(vector(1_000).slice(0, -9)), 'answered with JSON that breaks off'],
  ['JSON of something else', answers('{"ok":true}'), 'did not answer as the Prometheus HTTP API'],
  ['a connection that breaks off', { is: 'Cut' }, 'cannot be reached'],
  ['404', answers('no such page', 404), 'answered with status 404'],
  ['503', answers('busy', 503), 'answered with status 503'],
  [
    'a query that fails',
    answers(JSON.stringify(refusal), 422),
    'answered with status 422: execution: query timed out',
  ],
  ['no series', answers(vector()), 'found no data'],
  ['several series', answers(vector(1_000, 1_000)), 'answered with 2 series'],
  ['NaN', answers(vector('NaN')), 'answered NaN, not a finite number'],
  ['infinity', answers(vector('+Inf')), 'answered Infinity, not a finite number'],
  ['a matrix', answers(success({ resultType: 'matrix', result: [] })), 'answered with a matrix'],
  [
    'a text',
    answers(success({ resultType: 'string', result: [0, '1000'] })),
    'answered with a string',
  ],
];

describe.concurrent('a Prometheus', () => {
  test('that talks nonsense is undecided in words each time, and goes on when it is well', async () => {
    const { shop, source } = await judged('nonsense', NONSENSE[0]?.[1] ?? { is: 'Cut' }, '1s');
    let before = '';
    for (const [what, behaviour, words] of NONSENSE) {
      source.behave(behaviour);
      if (before !== '') await shop.ask('Resume');
      const status = await pausedAgain(shop, before, what);
      expect(status.paused?.message).toContain(`Prometheus at ${source.url} ${words}`);
      expect(status.evidence).toMatchObject([{ verdict: 'Undecided' }]);
      expect(status).toMatchObject({ step: 'Stage', stage: 0, traffic: { weight: 25 } });
      before = status.paused?.since ?? '';
    }
    source.behave({ is: 'Good' });
    await shop.ask('Resume');
    await shop.end(1, 'Promoted');
  });

  test('that is gone is undecided with its address', async () => {
    const { shop, source } = await judged('gone', { is: 'Cut' }, '2s');
    await shop.reach(1, 'the stage', atGates(0));
    await source.close();
    const status = await shop.reach(1, 'the pause', paused);
    expect(status.paused?.message).toMatch(
      /errors: Prometheus at http:\/\/127.0.0.1:\d+ cannot be reached \(connect ECONNREFUSED/,
    );
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
  });

  test('that never answers holds up nobody else, nor the way back', async () => {
    const { shop, source } = await judged('slow', { is: 'Hangs' }, '11s');
    await until('a question without an answer', async () => source.waiting > 0);
    const other = await judged('prompt', { is: 'Good' }, '1h');
    await other.shop.end(1, 'Promoted');
    expect(await shop.release(1)).toMatchObject({ status: { step: 'Stage', stage: 0 } });
    const status = await shop.reach(1, 'the pause', paused);
    expect(status.paused?.message).toContain('did not answer within 10 s');
    // In the middle of a question that is not answered.
    await shop.ask('Resume');
    await shop.reach(1, 'the release to go on', (s) => s.paused === undefined);
    await until('a question without an answer', async () => source.waiting > 0);
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await until('its questions to be given up', async () => source.waiting === 0);
  });

  test('that was well and shows failures after being down is believed', async () => {
    const { shop, source } = await judged('relapse', { is: 'Cut' }, '1h');
    await shop.reach(1, 'the stage', atGates(0));
    await until('some questions', async () => source.asked > 4);
    source.behave({ is: 'Good', bad: 500 });
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'CheckFailed' });
  });
});

test('after hours without a controller evidence is looked for before anybody is asked', async () => {
  const { shop, source } = await judged('absent', answers(vector()), '2s');
  await shop.reach(1, 'the stage', atGates(0));
  await lab.controller?.stop();
  const { status } = await shop.release(1);
  const sinceMs = Date.parse(status.gateSince ?? status.stepSince ?? '');
  await until('the timeout to be over', async () => Date.now() > sinceMs + 3_000);
  source.behave({ is: 'Good' });
  await lab.startController();
  const { timeline } = await shop.end(1, 'Promoted');
  expect(timeline?.map(({ reason }) => reason)).not.toContain('EvidenceUndecided');
});
