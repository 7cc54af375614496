// npm run sim -- --seed N, or --runs N [--from N]: bundles the simulator and runs it.
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const outdir = resolve('.cache/sim');
await mkdir(outdir, { recursive: true });
await build({
  entryPoints: ['src/simulator/main.ts'],
  outdir,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: 'inline',
});
await import(pathToFileURL(resolve(outdir, 'main.mjs')).href);
