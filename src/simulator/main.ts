/** npm run sim: replays one seed with its trace, or tries many. */
import { parseArgs } from 'node:util';
import { formatDuration, parseDuration } from '../api/duration.ts';
import { type RunResult, simulate } from './run.ts';
import type { Scenario } from './scenario.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string' },
    from: { type: 'string', default: '1' },
    for: { type: 'string' },
    strategy: { type: 'string' },
    router: { type: 'string' },
    'no-evidence': { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
  },
});
/** After so many seeds a line says how far it has come. */
const PROGRESS = 500;

const { strategy, router, 'no-evidence': limitsOnly } = values;
const given = { strategy, router, evidence: !limitsOnly };
const only =
  Object.entries({ strategy, router })
    .map(([name, value]) => (value === undefined ? '' : ` --${name} ${value}`))
    .join('') + (limitsOnly ? ' --no-evidence' : '');
const say = (line: string) => process.stdout.write(`${line}\n`);

/** The routes that were drawn. */
function by({ routes }: Scenario): string {
  return routes.length === 0 ? '' : ` by ${routes.map((one) => one.by).join('+')}`;
}

function told({ seed, violation, scenario }: RunResult): string {
  if (!violation) return `seed ${seed}: nothing found`;
  const { invariant, seen, atMs } = violation;
  const name = typeof invariant === 'number' ? `invariant ${invariant}` : invariant;
  return (
    `seed ${seed}: ${name} at ${formatDuration(atMs)}${by(scenario)}: ${seen}\n` +
    `  acts: ${JSON.stringify(scenario.acts)}\n  replay: npm run sim -- --seed ${seed}${only}`
  );
}

async function one(seed: number): Promise<boolean> {
  const result = await simulate(seed, { traced: true, ...given });
  const { acts, ...rest } = result.scenario;
  say(JSON.stringify({ ...rest, writeFaults: [...rest.writeFaults] }));
  for (const act of acts) say(`  ${JSON.stringify(act)}`);
  for (const line of result.trace) say(line);
  say(told(result));
  return result.violation === undefined;
}

/** How many seeds had which routes: none of them may be drawn in vain. */
function count(
  counted: Map<string, { seeds: number; releases: number }>,
  { scenario, releases }: RunResult,
): void {
  const routes = scenario.routes.map((one) => one.by).join('+') || 'no route';
  const known = counted.get(routes) ?? { seeds: 0, releases: 0 };
  counted.set(routes, { seeds: known.seeds + 1, releases: known.releases + releases });
}

const byName = ([one]: [string, unknown], [other]: [string, unknown]) => one.localeCompare(other);

async function many(from: number, runs: number): Promise<boolean> {
  const started = performance.now();
  const tookMs = () => performance.now() - started;
  const endMs = parseDuration(values.for ?? '') ?? Infinity;
  let failed = 0;
  let tried = 0;
  const counted = new Map<string, { seeds: number; releases: number }>();
  const sum = () =>
    say(`${tried} seeds from ${from}, ${failed} failed, in ${formatDuration(tookMs())}`);
  for (; tried < runs && tookMs() < endMs; tried++) {
    if (tried > 0 && tried % PROGRESS === 0) sum();
    const result = await simulate(from + tried, given);
    count(counted, result);
    if (!result.violation) continue;
    failed += 1;
    say(told(result));
    if (!values.all) break;
  }
  sum();
  for (const [routes, { seeds, releases }] of [...counted].toSorted(byName))
    say(`  ${routes}: ${seeds} seeds, ${releases} releases`);
  return failed === 0;
}

const fine =
  values.seed === undefined
    ? await many(Number(values.from), Number(values.runs ?? 100))
    : await one(Number(values.seed));
process.exitCode = fine ? 0 : 1;
