/** What every metric provider must do, proved against a scripted server on loopback: its errors are in
 * metric-provider-errors.ts. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { checkProblems } from '../analysis/index.ts';
import type { Check } from '../api/check.ts';
import { SOURCE_NAMES } from '../api/check-sources/index.ts';
import { describeMetricErrors } from './metric-provider-errors.ts';
import {
  CANDIDATE,
  type ConformanceOptions,
  COUNTS,
  type MetricConformance,
  type Provider,
  secrets,
  STABLE,
} from './metric-provider-fixture.ts';
import { ScriptedServer } from './scripted-server.ts';

/** Further tries come at once. */
const AT_ONCE = [1, 1];

export function metricConformance(conformance: MetricConformance): void {
  describe(`${conformance.name} is a metric provider`, () => {
    const server = new ScriptedServer();
    let provider: Provider;
    const patient = new AbortController().signal;
    const create = (options: Partial<ConformanceOptions> = {}) =>
      conformance.create({ timeoutMs: 5_000, retryMs: AT_ONCE, objects: secrets, ...options });
    const because = async (check: Check, signal = patient) => {
      const reading = await provider.measure(check, CANDIDATE, signal);
      expect(reading).toMatchObject({ kind: 'Missing' });
      return reading.kind === 'Missing' ? reading.because : '';
    };
    const answersWell = () => {
      server.script = (request, response) => response.end(conformance.good(request, COUNTS));
    };
    const named = () => conformance.named ?? server.url;
    const idle = async () =>
      await vi.waitFor(async () => expect(await server.connections()).toBe(0));

    beforeEach(async () => {
      server.script = (_request, response) => response.end();
      await server.start();
      provider = create();
    });
    afterEach(async () => {
      await provider.close();
      await idle();
      await server.stop();
    });

    test('its check is well formed', () => {
      expect(checkProblems(conformance.check(server.url), 'spec.checks[0]')).toEqual([]);
    });

    test('counts each version by itself', async () => {
      answersWell();
      const check = conformance.check(server.url);
      for (const version of [STABLE, CANDIDATE]) {
        const reading = await provider.measure(check, version, patient);
        const found =
          reading.kind === 'Counters'
            ? Object.values(reading.sources)
            : [Reflect.get(reading, 'counts') ?? reading];
        expect(found).toEqual([COUNTS[version.hash]]);
      }
      expect(server.requests).toHaveLength(2 * (conformance.requests ?? 2));
    });

    test.each([
      ['no answer', () => {}],
      ['an answer that never ends', (response: ServerResponse) => void response.write('# ')],
    ])('%s is missing after the deadline, and is let go', async (_what, answer) => {
      await provider.close();
      provider = create({ timeoutMs: 30 });
      server.script = (_request, response) => answer(response);
      const said = await because(conformance.check(server.url));
      expect(said).toContain(named());
      expect(said).toContain('within 0.03 s');
      await idle();
    });

    test('an endless answer is missing, and is let go', async () => {
      const line = `# ${'x'.repeat(65_534)}\n`;
      server.script = (_request, response) => {
        const pour = () => {
          while (!response.closed && response.write(line));
        };
        response.on('drain', pour);
        pour();
      };
      const said = await because(conformance.check(server.url));
      expect(said).toContain(named());
      expect(said).toContain('MiB');
      await idle();
    });

    test('an abort is respected, before and during the request', async () => {
      const check = conformance.check(server.url);
      expect(await because(check, AbortSignal.abort())).toContain(named());
      expect(server.requests).toHaveLength(0);
      const stop = new AbortController();
      server.script = () => stop.abort();
      expect(await because(check, stop.signal)).toContain(named());
      await idle();
    });

    test('sources that hang delay neither another source nor another namespace', async () => {
      const hanging = new ScriptedServer();
      await hanging.start();
      let [open, most] = [0, 0];
      hanging.script = (_request, response) => {
        most = Math.max(most, (open += 1));
        response.once('close', () => (open -= 1));
      };
      const stop = new AbortController();
      const slow = Array.from({ length: 40 }, () =>
        provider.measure(conformance.check(hanging.url), CANDIDATE, stop.signal),
      );
      await vi.waitFor(() => expect(hanging.requests.length).toBeGreaterThan(0));
      if (conformance.oneServer === undefined) {
        answersWell();
        await provider.measure(conformance.check(server.url), CANDIDATE, patient);
        expect(server.requests).toHaveLength(conformance.requests ?? 2);
      }
      hanging.script = (request, response) => response.end(conformance.good(request, COUNTS));
      const other = { ...CANDIDATE, namespace: 'other' };
      const reading = await provider.measure(conformance.check(hanging.url), other, patient);
      expect(reading.kind).toMatch(/^Count/);
      // Of 40 that want to ask at once.
      expect(most).toBeGreaterThan(1);
      expect(most).toBeLessThan(30);
      stop.abort();
      expect((await Promise.all(slow)).every(({ kind }) => kind === 'Missing')).toBe(true);
      await hanging.stop();
    });

    test('a check of another provider is missing', async () => {
      const check = conformance.check(server.url);
      const others = Object.entries(check).filter(
        ([name]) => !SOURCE_NAMES.includes(name as never),
      );
      expect(await because(Object.fromEntries(others) as Check)).toContain(check.name);
    });

    describeMetricErrors(conformance, { server, create });
  });
}
