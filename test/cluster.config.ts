/** The end-to-end suite on a real control plane, and what needs one. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cluster/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    // Two cores: two control planes at once is what they carry.
    maxWorkers: 2,
  },
});
