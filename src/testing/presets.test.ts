/** Presets against series as each product documents them: what a version's own questions find among those of both
 * versions, of a neighbour, and of what is no request. */
import { describe, expect, test } from 'vitest';
import type { Check } from '../api/check.ts';
import { askedOf } from '../api/check-sources/index.ts';
import { type PolicySpec, writtenPolicySpecSchema } from '../api/policy.ts';
import { PRESET_NAMES, type PresetName } from '../api/preset.ts';
import { parseSelector, selects } from '../api/series-selector.ts';
import { checkProblems } from '../analysis/index.ts';
import { effectivePolicy } from '../engine/index.ts';
import { PRESETS } from '../engine/presets.ts';
import { parsePage } from '../metrics/scrape/page.ts';
import { renderQuery } from '../metrics/template.ts';
import type { VersionContext } from '../ports/metric-provider.ts';
import { CANDIDATE, SAMPLES, STABLE } from './preset-samples.ts';

function checksOf(preset: PresetName): PolicySpec['checks'] {
  const written = writtenPolicySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: { rolling: {} },
    metrics: { prometheus: { address: 'http://prometheus:9090' } },
    checks: [{ preset }],
  });
  return effectivePolicy(written).spec.checks;
}

/** The value of all series that a query of one version selects. */
function found(query: string | undefined, version: VersionContext, lines: string): number {
  const selector = parseSelector(renderQuery(query ?? '', version));
  if (!selector) throw new Error(`${query} is no selector`);
  const page = parsePage(lines.trim(), [selector]);
  if ('because' in page) throw new Error(page.because);
  return page.series
    .filter((series) => selects(selector, series))
    .reduce((sum, { value }) => sum + value, 0);
}

const told = PRESET_NAMES.filter((name) => name !== 'kong');

describe.each(told)('preset %s', (name) => {
  const [errors, latency] = checksOf(name) as [Check, Check];
  const page = SAMPLES[name];

  test('makes two checks that are well formed', () => {
    expect([errors.name, latency.name]).toEqual(['errors', 'latency']);
    for (const check of [errors, latency]) expect(checkProblems(check, check.name)).toEqual([]);
  });

  test.each([
    ['stable', STABLE, 1],
    ['the candidate', CANDIDATE, 110],
  ])('finds what %s did, and nothing else', (_which, version, times) => {
    const { total, bad, good } = askedOf(errors);
    const all = found(total, version, page);
    const failed = bad === undefined ? all - found(good, version, page) : found(bad, version, page);
    expect({ all, failed }).toEqual({ all: 4 * times, failed: times });
    const histogram = askedOf(latency).histogram?.replace(/^\w+/, '$&_bucket');
    expect(found(histogram, version, page)).toBe(4 * times);
  });

  test('finds nothing of a version that has no pod and no Service yet', () => {
    const none = { ...CANDIDATE, service: 'api2', pods: [] };
    expect(found(askedOf(errors).total, none, page)).toBe(0);
  });
});

test('every preset either asks or says why it cannot', () => {
  const refused = PRESET_NAMES.filter((name) => 'because' in PRESETS[name]);
  expect(refused).toEqual(['kong']);
});
