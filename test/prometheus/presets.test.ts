/** What each preset asks, answered by a real Prometheus that has the series which the product documents. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writtenPolicySpecSchema } from '../../src/api/policy.ts';
import { PRESET_NAMES, type PresetName } from '../../src/api/preset.ts';
import { effectivePolicy } from '../../src/engine/index.ts';
import { prometheusProvider } from '../../src/metrics/prometheus/index.ts';
import type { Reading, VersionContext } from '../../src/ports/metric-provider.ts';
import { CANDIDATE, SAMPLES, STABLE } from '../../src/testing/preset-samples.ts';
import { type History, type LocalPrometheus, startPrometheus } from './local-prometheus.ts';

type Asking = Exclude<PresetName, 'kong'>;
const ASKING = PRESET_NAMES.filter((name) => name !== 'kong');

/** Each line is a counter that grows by its value a second. Who scrapes a gateway adds which process it was. */
function historyOf(preset: Asking): History[] {
  const lines = SAMPLES[preset].split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [, series = '', value] = /^(.*) (\d+)$/.exec(line) ?? [];
    const ofPod = series.includes('pod="');
    return {
      series: ofPod ? series : series.replace(/\}$/, ',instance="gateway:9100"}'),
      perSecond: Number(value),
    };
  });
}

const provider = prometheusProvider();
// Contour's clusters are found by `gateway` too, so that each has a server of its own.
const servers: LocalPrometheus[] = [];

beforeAll(async () => {
  const others = ASKING.filter((name) => name !== 'contour');
  servers.push(await startPrometheus(others.flatMap(historyOf)));
  servers.push(await startPrometheus(historyOf('contour')));
}, 120_000);
afterAll(async () => {
  await provider.close();
  for (const server of servers) await server.stop();
});

function checksOf(preset: Asking) {
  const address = servers[preset === 'contour' ? 1 : 0]?.url;
  const written = writtenPolicySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: { rolling: {} },
    metrics: { prometheus: { address } },
    checks: [{ preset }],
  });
  return effectivePolicy(written).spec.checks;
}

function sumOf(reading: Reading): { total: number; bad: number } {
  expect(reading).toMatchObject({ kind: 'Counters' });
  const sources = reading.kind === 'Counters' ? Object.values(reading.sources) : [];
  return sources.reduce(
    (sum, { total, bad }) => ({ total: sum.total + total, bad: sum.bad + bad }),
    { total: 0, bad: 0 },
  );
}

describe.each(ASKING)('preset %s', (preset) => {
  const measured = async (index: number, version: VersionContext) => {
    const check = checksOf(preset)[index];
    if (!check) throw new Error('no such check');
    return sumOf(await provider.measure(check, version, new AbortController().signal));
  };

  test('finds the requests of both versions and the failed ones, and no others', async () => {
    const [stable, candidate] = [await measured(0, STABLE), await measured(0, CANDIDATE)];
    expect(stable.total).toBeGreaterThan(0);
    expect(stable.bad / stable.total).toBeCloseTo(0.25);
    expect(candidate.bad / candidate.total).toBeCloseTo(0.25);
    expect(candidate.total / stable.total).toBeCloseTo(110);
  });

  test('finds their durations', async () => {
    const [stable, candidate] = [await measured(1, STABLE), await measured(1, CANDIDATE)];
    expect(candidate.total / stable.total).toBeCloseTo(110);
  });
});
