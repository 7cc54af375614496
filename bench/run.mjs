// npm run bench [-- NAME]: bundles one benchmark of this folder (default: cutover) and runs it.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const name = process.argv[2] ?? 'cutover';
const outfile = resolve('.cache/bench', `${name}.mjs`);
await mkdir(resolve('.cache/bench'), { recursive: true });
await build({
  entryPoints: [`bench/${name}.ts`],
  outfile,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
});
await import(pathToFileURL(outfile).href);
