// npm run bench [-- NAME... [--OPTION...]]: bundles the benchmarks of this folder, or those that are named, and
// runs each in a process of its own, one after the other. Options are the benchmark's own. Exits with 1 when one
// missed what it is to reach. `canary` takes hours, and is run when it is named.
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const ALL = ['start', 'writes', 'rollback', 'cutover', 'latency'];
const args = process.argv.slice(2);
const firstOption = args.findIndex((arg) => arg.startsWith('-'));
const named = firstOption < 0 ? args : args.slice(0, firstOption);
const options = firstOption < 0 ? [] : args.slice(firstOption);
const names = named.length > 0 ? named : ALL;
await mkdir(resolve('.cache/bench'), { recursive: true });
let missed = false;
for (const name of names) {
  const outfile = resolve('.cache/bench', `${name}.mjs`);
  await build({
    entryPoints: [`bench/${name}.ts`],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
  });
  console.log(`\n${name}`);
  const { status } = spawnSync(process.execPath, [outfile, ...options], { stdio: 'inherit' });
  missed ||= status !== 0;
}
process.exitCode = missed ? 1 : 0;
