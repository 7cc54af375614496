/** Outcomes as text, what they come to, and the words about losses, on outcomes made by hand. */
import { describe, expect, test } from 'vitest';
import { duels, harmRatio, whereWeLose } from './comparison.ts';
import {
  addedUp,
  averageCost,
  outcomesText,
  parseOutcomes,
  quantileTick,
  rolledBack,
} from './outcomes.ts';
import { readLimits } from './limits.ts';
import { findings, tables } from './report.ts';
import {
  combined,
  type FullOutcomes,
  parseJudges,
  parseShard,
  piecesOf,
  rangeOf,
  readShards,
} from './shards.ts';
import { cellsOf, readSpec } from './spec.ts';
import { summarize } from './summary.ts';
import { standingsText, targetsOf, targetsText } from './targets.ts';
import { warmUpText } from './warm-up.ts';

const spec = readSpec();
const only = {
  ...spec,
  worlds: { weights: { flat10: [10] }, requestsPerSecond: [20], badPercent: [1] },
};
const outcome = (runs: number, ...at: [number, number][]) => ({ runs, at: new Map(at) });

/** The product, and the judge that it was. */
const alike = (counts: string) => ({
  ours: counts,
  'ours-growing-margin': counts,
  'ours-two-shares': counts,
});
/** What each judge did in good cells and in bad ones. */
function outcomesOf(good: Record<string, string>, bad: Record<string, string>) {
  const text = ({ ours, ...others }: Record<string, string>) =>
    Object.entries(ours === undefined ? others : { ...others, ...alike(ours) })
      .map(([judge, counts]) => `${judge} ${counts}`)
      .join('; ');
  return new Map(
    cellsOf(only).map(({ id, scenario }) => [
      id,
      parseOutcomes(text(scenario.release === 'good' ? good : bad)),
    ]),
  );
}
/** gst harms fewer, argo-doc more, z-peek cannot be used. */
const SUMMARIES = summarize(
  only,
  outcomesOf(
    { ours: '1000: 8x5', gst: '1000: 20x9', 'argo-doc': '1000:', 'z-peek': '1000: 4x160' },
    {
      ours: '1000: 100x1000',
      gst: '1000: 90x900 100x100',
      'argo-doc': '1000:',
      'z-peek': '1000: 4x1000',
    },
  ),
);
const RIVALS = { ours: 'ours', rivals: ['gst', 'argo-doc', 'z-peek'], calibration: 'alike' };

describe('outcomes', () => {
  test('as text and back', () => {
    const text = 'argo-doc 20:; z-peek 20: 4x2 8x1';
    expect(outcomesText(parseOutcomes(text))).toBe(text);
    expect(() => parseOutcomes('z-peek 20: 4')).toThrow('no outcome: z-peek 20: 4');
  });

  test('quantiles are of those that were taken back', () => {
    const some = outcome(100, [40, 5], [8, 5]);
    expect(rolledBack(some)).toBe(10);
    expect(quantileTick(some, 0.5)).toBe(8);
    expect(quantileTick(some, 0.9)).toBe(40);
    expect(quantileTick(outcome(100), 0.5)).toBeNaN();
  });

  test('the cost is of all runs', () => {
    const { mean, halfWidth } = averageCost(outcome(4, [10, 1], [20, 1]), {
      until: (tick) => tick,
      promoted: 240,
    });
    expect(mean).toBe((10 + 20 + 2 * 240) / 4);
    expect(halfWidth).toBeCloseTo(
      (1.96 * Math.sqrt((117.5 ** 2 + 107.5 ** 2 + 2 * 112.5 ** 2) / 4)) / 2,
      9,
    );
  });
});

describe('the comparison', () => {
  test('only with rivals that can be used', () => {
    const all = duels(SUMMARIES, RIVALS);
    expect(new Set(all.map(({ rival }) => rival))).toEqual(new Set(['gst', 'argo-doc']));
    expect(all).toHaveLength(28);
    const x2 = all.find(({ cell, rival }) => cell.endsWith('/x2') && rival === 'argo-doc');
    expect(x2 && harmRatio(x2)).toBeCloseTo(100 / 240, 9);
  });

  test('losses in words', () => {
    const [gst = '', argo = ''] = whereWeLose(duels(SUMMARIES, RIVALS));
    expect(gst).toMatch(
      /^`gst` can be used in 14 bad cells, and less in 14: `flat10\/20rps\/1%` x1.5 14 against 15, x2 27/,
    );
    expect(argo).toBe('`argo-doc` can be used in 14 bad cells, and less in none.');
  });

  test('the same average of more runs is not fewer', () => {
    const bad = { ours: '7: 7x3 9x4', gst: '700: 7x300 9x400' };
    const all = duels(summarize(only, outcomesOf({ gst: '7:' }, bad)), RIVALS);
    expect(all).toHaveLength(14);
    expect(all.map(harmRatio)).toEqual(all.map(() => 1));
  });

  test('as many is not fewer, and few runs may be chance', () => {
    const bad = { ours: '20: 100x20', gst: '20: 100x20', 'argo-doc': '20: 60x12 150x8' };
    const summaries = summarize(only, outcomesOf({ gst: '20:', 'argo-doc': '20:' }, bad));
    const [gst = '', argo = ''] = whereWeLose(duels(summaries, RIVALS));
    expect(gst).toBe('`gst` can be used in 14 bad cells, harms as much in 14, and less in none.');
    expect(argo).toBe(
      '`argo-doc` can be used in 14 bad cells, and less in 12, 12 of them by what may be chance.',
    );
  });
});

describe('what was to be reached', () => {
  test('in numbers', () => {
    const all = findings(only, SUMMARIES);
    const found = all.map(({ n, max, reached }) => ({ n, max, reached }));
    const speeds = all.filter(({ unit }) => unit === '/s');
    expect(speeds.map(({ what }) => what.split(': ')[1])).toEqual([
      'errors compared',
      'an objective',
      'response times compared',
    ]);
    for (const { median } of speeds) expect(median).toBeGreaterThan(0);
    expect(found.slice(0, 2)).toEqual([
      { n: 6, max: 0.5, reached: true },
      { n: 14, max: 0.417, reached: true },
    ]);
    const alarmed = summarize(only, outcomesOf({ ours: '1000: 8x11' }, { ours: '1000:' }));
    expect(findings(only, alarmed)[0]).toMatchObject({ max: 1.1, reached: false });
  });

  test('in words, with every cell in which it was not', () => {
    const [alarms = '', harm = ''] = targetsText(targetsOf(only, SUMMARIES)).split('\n');
    expect(alarms).toMatch(
      /^- \*\*Reached\*\*, .*: at most 1 %\. It is 0\.50 % at most in 6 cells\.$/,
    );
    expect(harm).toMatch(/It is less in 14 of 14 comparisons\.$/);
    const good = { ours: '1000: 8x11', 'argo-doc': '1000:' };
    const bad = { ours: '1000: 100x1000', 'argo-doc': '1000: 100x1000' };
    const even = targetsText(targetsOf(only, summarize(only, outcomesOf(good, bad))));
    expect(even).toContain('over it in 6 of 6 cells: `flat10/20rps/1%/alike` 1.10 (0.62-1.96);');
    expect(even).toMatch(
      /\*\*Missed\*\*.* less in 0 of 14 comparisons; as much in 14, in 0 of which neither/,
    );
    const blind = { ours: '1000:', 'argo-doc': '1000: 4x1000' };
    const lost = targetsText(targetsOf(only, summarize(only, outcomesOf(good, blind))));
    expect(lost).toContain(
      'more in 14: against `argo-doc`, 14: `flat10/20rps/1%` x1.5 0.60 against 36, x2 1.2',
    );
  });

  test('of one against another, in how many cells', () => {
    const judges = { judges: ['ours', 'gst'], rivals: ['gst', 'argo-doc', 'z-peek'] };
    expect(standingsText(only, SUMMARIES, judges).split('\n').slice(2)).toEqual([
      '| ours | 0 / 0 / 14 | 14 / 0 / 0 |  |',
      '| gst | 0 / 14 / 0 | 14 / 0 / 0 |  |',
    ]);
  });
});

test('the tables have a line for every cell', () => {
  const text = tables(only, SUMMARIES, 2);
  const after = text.slice(text.indexOf('## As documented'));
  const rows = after.split('\n').filter((line) => line.startsWith('| '));
  expect(rows).toHaveLength(2 * (2 + 17 + 2 + 7));
  expect(after).toContain('| alike | 0.0 (0.0-0.4) |');
  expect(after).toMatch(/\| x2 \| 0\.0 \(0\.0-0\.4\), -\/- min, 72 ± 0\.0 \(792\) \|/);
  expect(text).toContain('| flat10/20rps/1% | 0.50 |');
  expect(text).toContain(
    'Made of 1000 of 10000 runs of each good cell and 1000 of 2000 of each bad one;',
  );
  expect(text).toContain('- By `ours-any-start` nothing of it was asked.');
});

describe('a warm-up', () => {
  const warm = (counts: string) => ({
    'ours-growing-margin-warmup-60s': counts,
    'ours-two-shares-warmup-60s': counts,
  });
  const said = (good: Record<string, string>, bad: Record<string, string>) =>
    warmUpText(only, summarize(only, outcomesOf(good, bad))).split('\n');

  test('in words: what it spares', () => {
    const good = { ours: '1000: 3x20', ...warm('1000: 9x4') };
    const bad = { ours: '1000: 4x1000', ...warm('1000: 8x1000') };
    const [errors = '', times = ''] = said(good, bad);
    expect(errors).toMatch(
      /^- Errors: without it more than 1\.00 % .* in 1 of 1 worlds, 2\.00 % in/,
    );
    expect(errors).toContain('`flat10/20rps/1%`; with it in 0, and 0.40 % at most.');
    expect(errors).toContain('requests 0.40 % at most, without it 2.00 %.');
    expect(times).toMatch(/^- Response times: /);
  });

  test('and what it costs: of most faults two minutes are twice as many bad requests as one', () => {
    const good = { ours: '1000:', ...warm('1000:') };
    const [errors = ''] = said(good, { ours: '1000: 4x1000', ...warm('1000: 8x1000') });
    expect(errors).toContain('In 10 bad cells users are harmed 2.00 times as much by median, and');
    expect(errors).toMatch(
      /[\d.]+ times at most, by [\d.]+ bad requests and not [\d.]+, in `[^`]*\/leak`\.$/,
    );
  });
});

describe('pieces', () => {
  const header = (number: number, { digest = 'this', of = 4 } = {}) => ({
    shard: { number, of },
    version: 2,
    digest,
    seed: '',
    commit: '',
  });
  const cell = (text: string) => new Map([['cell', parseOutcomes(text)]]);
  const piece = (numbers: number[], text: string, about = {}) => {
    const [found] = piecesOf(
      numbers.map((number) => header(number, about)),
      cell(text),
    );
    if (!found) throw new Error('no piece');
    return found;
  };
  const texts = ({ outcomes }: { outcomes: FullOutcomes }) =>
    [...outcomes.values()].map(outcomesText);

  test('each shard counts once, and only those of this spec', () => {
    const kept = piece([1, 3], 'ours 20: 4x2');
    const others = [piece([3], 'ours 10: 4x1'), piece([2], 'ours 10: 8x1')];
    const old = piece([4], 'ours 10: 2x9', { digest: 'another' });
    const all = combined([old, kept, ...others], () => 'this');
    expect(all.headers.map(({ shard }) => shard.number)).toEqual([1, 2, 3]);
    expect(texts(all)).toEqual(['ours 30: 4x2 8x1']);
    expect(() => combined([old], () => 'this')).toThrow('no whole shards');
    const ninth = piece([5], 'ours 9:', { of: 9 });
    expect(() => combined([kept, ninth], () => 'this')).toThrow('of so many');
  });

  test('a judge that was added has its own shards, and what the others did stays', () => {
    const first = header(1, { digest: 'ours' });
    const later = { ...header(1, { digest: 'warm' }), judges: 'warm' };
    const digestOf = (judges: readonly string[]) => judges.join(' ');
    const added = piecesOf([later], cell('warm 10: 8x1'));
    const all = combined([...piecesOf([first], cell('ours 10: 4x2')), ...added], digestOf);
    expect(texts(all)).toEqual(['ours 10: 4x2; warm 10: 8x1']);
    const again = piecesOf(all.headers, all.outcomes);
    expect(again.map(({ judges, outcomes }) => [judges, texts({ outcomes })])).toEqual([
      [['ours'], ['ours 10: 4x2']],
      [['warm'], ['warm 10: 8x1']],
    ]);
    expect(texts(combined([...again, ...added], digestOf))).toEqual(texts(all));
  });

  test('what is kept is of this spec, of the judges that were added as well', () => {
    const { judges } = readShards(spec, readLimits(spec));
    expect(judges).toEqual(expect.arrayContaining(Object.keys(spec.judges)));
  });
});

test('shards take every run once, and add up', () => {
  expect(parseShard('2/4')).toEqual({ number: 2, of: 4 });
  for (const text of ['0/4', '5/4', '1', 'a/b']) expect(() => parseShard(text)).toThrow(text);
  expect(parseJudges(spec, 'ours,ours-two-shares')).toEqual(['ours', 'ours-two-shares']);
  expect(() => parseJudges(spec, 'ours,our')).toThrow('there is no our');
  const ranges = [1, 2, 3, 4].map((number) => rangeOf(10, { number, of: 4 }));
  expect(ranges.map(({ from, to }) => [from, to])).toEqual([
    [0, 2],
    [2, 5],
    [5, 7],
    [7, 10],
  ]);
  const pieces = ['a 20: 4x2 8x1; b 20:', 'a 30: 8x2 12x1; b 10: 4x1'].map(parseOutcomes);
  expect(outcomesText(addedUp(pieces))).toBe('a 50: 4x2 8x3 12x1; b 30: 4x1');
});
