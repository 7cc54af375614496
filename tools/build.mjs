// Bundles the command line into dist/; every command stays a chunk of its own so that help is fast.
import { chmodSync, existsSync, rmSync, symlinkSync } from 'node:fs';
import { build } from 'esbuild';

rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: ['src/main.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  sourcemap: true,
  logLevel: 'warning',
});
chmodSync('dist/main.js', 0o755);

// npm links the commands of dependencies only; with these, node_modules/.bin on the PATH makes
// `segue` and `kubectl segue` work in a checkout.
if (existsSync('node_modules/.bin'))
  for (const name of ['segue', 'kubectl-segue']) {
    rmSync(`node_modules/.bin/${name}`, { force: true });
    symlinkSync('../../dist/main.js', `node_modules/.bin/${name}`);
  }
