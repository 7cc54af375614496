// npm run bench [-- NAME]: bundles the benchmarks of this folder, or one of them, and runs each in a
// process of its own, one after the other. Exits with 1 when one missed what it is to reach.
import { spawnSync } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { build } from 'esbuild';

const ALL = ['start', 'writes', 'rollback', 'cutover', 'latency'];
const names = process.argv.length > 2 ? process.argv.slice(2) : ALL;
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
  const { status } = spawnSync(process.execPath, [outfile], { stdio: 'inherit' });
  missed ||= status !== 0;
}
process.exitCode = missed ? 1 : 0;
