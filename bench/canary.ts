/**
 * npm run bench -- canary: how often does each judge take back a good release, miss a bad one, and how many requests
 * are bad before it acts? bench/canary/spec.json says in which worlds, by which rules and how often.
 *
 *   --quick            runs 0 to 19 of every cell; fails where they are not those of bench/canary/runs-0-to-19.json
 *   --quick --write    keeps them there instead: for a new version of the spec
 *   --shard 1/40       the first fortieth of the runs of every cell; kept in bench/results/canary
 *   --judges A,B       these alone, that were added after the others were run; the report takes both
 *   --resume           goes on where a shard was interrupted
 *   --report           the tables and what was to be reached, from the whole shards that are there
 *   --calibrate        the limits of the tuned judges; with --shard for some of the worlds
 */
import { parseArgs } from 'node:util';
import { calibrateWorlds, readLimits } from './canary/limits.ts';
import { compareQuick, runQuick, writeQuick } from './canary/quick.ts';
import { writeReport } from './canary/report.ts';
import { parseJudges, parseShard, runShard } from './canary/shards.ts';
import { readSpec } from './canary/spec.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    shard: { type: 'string', default: '1/1' },
    judges: { type: 'string' },
    resume: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
    calibrate: { type: 'boolean', default: false },
  },
});
const spec = readSpec();
const shard = parseShard(values.shard);
if (values.calibrate) calibrateWorlds(spec, shard);
else if (values.report) writeReport(spec);
else if (values.quick) {
  const seen = runQuick(spec, readLimits(spec));
  if (values.write) writeQuick(spec, seen);
  else if (!compareQuick(spec, seen)) process.exitCode = 1;
} else {
  const judges = values.judges === undefined ? undefined : parseJudges(spec, values.judges);
  runShard(spec, { limits: readLimits(spec), shard, judges, resume: values.resume });
}
