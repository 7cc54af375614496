import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'test/e2e/**/*.test.ts'],
    // A busy machine with two cores takes its time; what hangs fails all the same.
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // One more than the two cores it is made for: most of the time its labs wait for something.
    maxWorkers: 3,
  },
});
