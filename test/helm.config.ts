/** A real helm on the sandbox. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/helm/**/*.test.ts'],
    testTimeout: 120_000,
    hookTimeout: 180_000,
    maxWorkers: 2,
  },
});
