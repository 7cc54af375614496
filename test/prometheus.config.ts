/** `npm run test:prometheus`: the checks against a real Prometheus, InfluxDB and Graphite. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: { include: ['test/prometheus/**/*.test.ts'], testTimeout: 20_000, hookTimeout: 60_000 },
});
