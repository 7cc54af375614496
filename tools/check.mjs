// npm run check: format, lint, types, folder rule and dead code, side by side, under a minute.
import { spawn } from 'node:child_process';

const checks = {
  format: [
    'prettier',
    '--check',
    '--cache',
    '--cache-strategy=content',
    '--log-level',
    'warn',
    '.',
  ],
  lint: ['oxlint', '--type-aware', '--deny-warnings'],
  types: ['tsc', '-p', 'tsconfig.json'],
  folders: ['depcruise', 'src', '--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
  'dead code': ['knip', '--no-progress'],
};
const only = process.argv.slice(2);
const run = (name, [bin, ...args]) =>
  new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(`node_modules/.bin/${bin}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (d) => (output += d));
    child.stderr.on('data', (d) => (output += d));
    child.on('close', (code) => {
      // A dependency checker that reads nothing finds nothing: that is not a pass.
      const modules = /(\d+) modules/.exec(output);
      const ok = code === 0 && !(name === 'folders' && !(Number(modules?.[1]) > 0));
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
      if (!ok) console.log(output);
      resolve(ok);
    });
  });
const results = [];
const chosen = Object.entries(checks).filter(([name]) => only.length === 0 || only.includes(name));
const queue = [...chosen];
const worker = async () => {
  for (let next = queue.shift(); next; next = queue.shift()) results.push(await run(...next));
};
await Promise.all([worker(), worker()]);
process.exit(results.every(Boolean) ? 0 : 1);
