import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    // A busy machine with two cores takes its time; what hangs fails all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores is what the suite is made for: its labs are several processes each.
    maxWorkers: 2,
  },
});
