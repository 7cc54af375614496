/** What metrics say of the versions, and a record of what was asked and answered. */
import type { MeasuredCheck } from '../api/release.ts';
import type { MetricProvider, Reading, VersionContext } from '../ports/metric-provider.ts';
import type { Process } from './process.ts';
import type { ImageWays } from './scenario.ts';

export interface Measured {
  atMs: number;
  check: string;
  hash: string;
  role: VersionContext['role'];
  kind: Reading['kind'];
}

export interface MetricsDeps {
  startMs: number;
  /** How the version with this pod-template-hash behaves; undefined when there is none. */
  version: (hash: string) => ImageWays | undefined;
  measured: (one: Measured) => void;
}

const FLAPPING_MS = 30_000;

export function metricProviders(deps: MetricsDeps, process: Process): Map<string, MetricProvider> {
  const measure = async (check: MeasuredCheck, context: VersionContext): Promise<Reading> => {
    await process.clock.sleep(20);
    const atMs = process.clock.now();
    const reading = readingOf(deps, check, { context, atMs });
    const { hash, role } = context;
    deps.measured({ atMs, check: check.name, hash, role, kind: reading.kind });
    return reading;
  };
  return new Map(['prometheus', 'scrape'].map((name) => [name, { name, measure }]));
}

function readingOf(
  { version, startMs }: MetricsDeps,
  check: MeasuredCheck,
  { context, atMs }: { context: VersionContext; atMs: number },
): Reading {
  const ways = version(context.hash);
  if (!ways || ways.metrics === 'Missing')
    return { kind: 'Missing', because: 'the metrics page answers 404' };
  const flaps = ways.metrics === 'Flapping' && Math.floor(atMs / FLAPPING_MS) % 2 === 1;
  if (flaps) return { kind: 'Missing', because: 'the metrics page does not answer' };
  const bad = ways.metrics === 'Bad';
  if (check.prometheus) return { kind: 'Value', value: bad ? 4 : 0.2 };
  if (context.pods.length === 0) return { kind: 'Missing', because: 'no pod is ready' };
  const total = Math.floor((atMs - startMs) / 50);
  // Of a goal the bad ones are those who did not reach it.
  const missed = check.goal ? Math.floor(total * 0.9) : 0;
  const counts = { total, bad: bad ? Math.floor(total / 3) : missed };
  return {
    kind: 'Counters',
    sources: Object.fromEntries(context.pods.map(({ name }) => [name, counts])),
  };
}
