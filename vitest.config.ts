import { defineConfig } from 'vitest/config';

// A busy machine with two cores takes its time; what hangs fails all the same.
const PATIENT = { testTimeout: 120_000, hookTimeout: 120_000 };

const SIMULATOR = 'src/simulator/**/*.test.ts';

export default defineConfig({
  test: {
    // One more than the two cores it is made for: most of the time its labs wait for something.
    maxWorkers: 3,
    projects: [
      {
        test: {
          ...PATIENT,
          name: 'unit',
          include: ['src/**/*.test.ts', 'tools/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude: [SIMULATOR],
          // Nothing of theirs outlives a test; to load everything again for each file took as long as
          // to run it.
          isolate: false,
        },
      },
      { test: { ...PATIENT, name: 'simulator', include: [SIMULATOR] } },
      { test: { ...PATIENT, name: 'e2e', include: ['test/e2e/**/*.test.ts'] } },
    ],
  },
});
