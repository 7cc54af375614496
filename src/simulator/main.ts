/** npm run sim: replays one seed with its trace, or tries many. */
import { parseArgs } from 'node:util';
import { formatDuration, parseDuration } from '../api/duration.ts';
import { type RunResult, simulate } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    runs: { type: 'string' },
    from: { type: 'string', default: '1' },
    for: { type: 'string' },
    strategy: { type: 'string' },
    all: { type: 'boolean', default: false },
  },
});
/** After so many seeds a line says how far it has come. */
const PROGRESS = 500;

const { strategy } = values;
const only = strategy === undefined ? '' : ` --strategy ${strategy}`;
const say = (line: string) => process.stdout.write(`${line}\n`);

function told({ seed, violation, scenario }: RunResult): string {
  if (!violation) return `seed ${seed}: nothing found`;
  const { invariant, seen, atMs } = violation;
  const name = typeof invariant === 'number' ? `invariant ${invariant}` : invariant;
  return (
    `seed ${seed}: ${name} at ${formatDuration(atMs)}: ${seen}\n` +
    `  acts: ${JSON.stringify(scenario.acts)}\n  replay: npm run sim -- --seed ${seed}${only}`
  );
}

async function one(seed: number): Promise<boolean> {
  const result = await simulate(seed, { traced: true, strategy });
  const { acts, ...rest } = result.scenario;
  say(JSON.stringify({ ...rest, writeFaults: [...rest.writeFaults] }));
  for (const act of acts) say(`  ${JSON.stringify(act)}`);
  for (const line of result.trace) say(line);
  say(told(result));
  return result.violation === undefined;
}

async function many(from: number, runs: number): Promise<boolean> {
  const started = performance.now();
  const tookMs = () => performance.now() - started;
  const endMs = parseDuration(values.for ?? '') ?? Infinity;
  let failed = 0;
  let tried = 0;
  const sum = () =>
    say(`${tried} seeds from ${from}, ${failed} failed, in ${formatDuration(tookMs())}`);
  for (; tried < runs && tookMs() < endMs; tried++) {
    if (tried > 0 && tried % PROGRESS === 0) sum();
    const result = await simulate(from + tried, { strategy });
    if (!result.violation) continue;
    failed += 1;
    say(told(result));
    if (!values.all) break;
  }
  sum();
  return failed === 0;
}

const fine =
  values.seed === undefined
    ? await many(Number(values.from), Number(values.runs ?? 100))
    : await one(Number(values.seed));
process.exitCode = fine ? 0 : 1;
