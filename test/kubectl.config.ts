/** A real kubectl on the sandbox. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/kubectl/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
