/** `npm run test:faults`: releases under faults, on the sandbox or (SEGUE_LAB=cluster) on a real
 * control plane. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/faults/**/*.test.ts'],
    // A machine that is busy with something else takes its time.
    testTimeout: 600_000,
    hookTimeout: 180_000,
    maxWorkers: 3,
  },
});
