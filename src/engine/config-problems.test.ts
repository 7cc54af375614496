/** What of the configuration is refused, and what is warned of. */
import { expect, test } from 'vitest';
import { CONFIG } from '../testing/config-snapshots.ts';
import { policySpec } from '../testing/snapshots.ts';
import { configProblems, configWarnings } from './config-problems.ts';

const fields = (spec: Parameters<typeof policySpec>[0]) =>
  configProblems(policySpec(spec)).map(({ field }) => field);

test('a pair, and Secrets without a watch', () => {
  expect(fields({})).toEqual([]);
  expect(fields({ config: CONFIG })).toEqual([]);
  expect(fields({ config: { ...CONFIG, secrets: true } })).toEqual([]);
  expect(fields({ config: CONFIG, pairRef: { name: 'green' } })).toEqual(['spec.config.watch']);
  expect(fields({ config: { ...CONFIG, watch: false }, pairRef: { name: 'green' } })).toEqual([]);
  const secrets = { ...CONFIG, watch: false, secrets: true };
  expect(fields({ config: secrets })).toEqual(['spec.config.secrets']);
});

test('a template that refers to nothing, or to Secrets that are not watched', () => {
  const spec = policySpec({ config: CONFIG });
  const volume = (of: Record<string, unknown>) => ({ spec: { volumes: [of] } });
  const messages = (template: Record<string, unknown>, of = spec) =>
    configWarnings(of, template).map(({ message }) => message);
  expect(messages({})).toEqual(['the pod template refers to no ConfigMap and no Secret']);
  const secret = volume({ secret: { secretName: 'tls' } });
  expect(messages(secret)[0]).toMatch(/Secrets only/);
  expect(messages(secret, policySpec({ config: { ...CONFIG, secrets: true } }))).toEqual([]);
  expect(messages(volume({ configMap: { name: 'web' } }))).toEqual([]);
  expect(messages({}, policySpec())).toEqual([]);
});
