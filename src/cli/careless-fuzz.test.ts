/** Whatever stands where something else should: a fault with its line, never an error of Segue's own. */
import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { stringify } from 'yaml';
import { previewPlan } from '../engine/preview.ts';
import { validateText } from './validate-text.ts';
import { readYaml } from '../api/yaml-documents.ts';

const folder = new URL('../../examples/', import.meta.url);
const OURS = new Set(['ReleasePolicy', 'ReleaseDefaults']);
const policies = readdirSync(folder).flatMap((file) =>
  readYaml(readFileSync(new URL(file, folder), 'utf8'))
    .documents.map(({ value }) => value as { kind: string })
    .filter(({ kind }) => OURS.has(kind)),
);

const WORDS =
  '|\u0020|yes|5%|10|10m|-10m|1d|99999999h|9999-12-31|0000-00-00|0 0 30 2 *|* * * * *|Europe/Berlin|☃';
const OTHERS = [
  null,
  0,
  -1,
  1.5,
  1e300,
  Number.NaN,
  true,
  [],
  {},
  [[]],
  [null],
  [{}],
  { name: '' },
];
const strange = fc.constantFrom<unknown>(...WORDS.split('|'), ...OTHERS, 'a'.repeat(5_000));
type Change = (value: unknown) => unknown;

/** Somewhere in it a value is another one, is missing, or is there twice. */
const mutation = fc
  .tuple(
    fc.array(fc.nat({ max: 1_000 }), { minLength: 24, maxLength: 24 }),
    strange,
    fc.constantFrom('put', 'drop', 'twice', 'name'),
  )
  .map(([turns, value, how]): Change => {
    let used = 0;
    const turn = () => turns[used++ % turns.length] ?? 0;
    const mutate = (node: unknown, depth: number): unknown => {
      if (typeof node !== 'object' || node === null) return value;
      const keys = Object.keys(node);
      const key = keys[turn() % Math.max(1, keys.length)];
      if (key === undefined || (depth > 1 && turn() % 4 === 0)) return value;
      const copy = structuredClone(node) as Record<string, unknown>;
      if (depth > 2 && how === 'drop') delete copy[key];
      else if (Array.isArray(copy) && how === 'twice') copy.push(copy[Number(key)]);
      else if (depth > 2 && how === 'name') copy[`${key}x`] = value;
      else copy[key] = mutate(copy[key], depth + 1);
      return copy;
    };
    return (node) => mutate(node, 0);
  });

test('what is wrong is said, and what is valid has a plan', () => {
  let refused = 0;
  const changes = fc.array(mutation, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...policies), changes, (policy, all) => {
      const changed = all.reduce<unknown>((value, change) => change(value), policy);
      const { faults, valid } = validateText('a.yaml', stringify(changed));
      for (const fault of faults)
        expect(fault).toMatch(/^a\.yaml:\d+: .*(; \S|must be |is this a template)/s);
      for (const { name, spec } of valid)
        expect(previewPlan(name, spec, { replicas: 3 }).stages).toBeDefined();
      refused += faults.length > 0 ? 1 : 0;
    }),
    { numRuns: 400 },
  );
  expect(refused).toBeGreaterThan(100);
});
