/** The end-to-end suite on a real control plane, and what needs one. CLUSTER_HALF=0 or 1 takes every second file of the
 * end-to-end suite, the first or the other ones: all of them run on the sandbox at every commit, too. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

const half = process.env['CLUSTER_HALF'];
const files = readdirSync(join(import.meta.dirname, 'e2e'))
  .filter((file) => file.endsWith('.test.ts'))
  .toSorted()
  .filter((_, i) => half === undefined || i % 2 === Number(half));

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts', ...files.map((file) => `test/e2e/${file}`)],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Two cores carry three control planes, which mostly wait.
    maxWorkers: 3,
  },
});
