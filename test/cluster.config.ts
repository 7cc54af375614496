/** The end-to-end suite on a real control plane, and what needs one. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Two cores carry three control planes, which mostly wait.
    maxWorkers: 3,
  },
});
