/** The list of situations from the field names tests that exist, and none without one or a reason. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const root = new URL('../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

interface Situation {
  what: string;
  proofs: { file: string; title: string }[];
  /** Why there is no proof, or not of all of it. */
  reasons: string[];
}

const PROOF = /^`(?<file>[^`]+)`: "(?<title>.+)"$/;
const REASON = /^not (?:here|yet): (?<reason>.+)$/;

/** The lines of the list: `- ` is a situation, and under it `  - ` what proves it. */
function situations(text: string): Situation[] {
  const found: Situation[] = [];
  for (const line of text.split('\n')) {
    const [, what] = /^- (.+)$/.exec(line) ?? [];
    if (what !== undefined) found.push({ what, proofs: [], reasons: [] });
    const [, entry] = /^ {2}- (.+)$/.exec(line) ?? [];
    if (entry === undefined) continue;
    const { file, title } = PROOF.exec(entry)?.groups ?? {};
    const { reason } = REASON.exec(entry)?.groups ?? {};
    if (file !== undefined && title !== undefined) found.at(-1)?.proofs.push({ file, title });
    else if (reason !== undefined) found.at(-1)?.reasons.push(reason);
    else throw new Error(`neither a test nor a reason: ${entry}`);
  }
  return found;
}

/** What its tests are called: first arguments of calls that have more. */
function titlesIn(text: string): string[] {
  const calls = text.matchAll(/\(\s*(?<quote>['"`])(?<title>(?:\\.|(?!\k<quote>).)+)\k<quote>,/g);
  return [...calls].map(({ groups }) => (groups?.['title'] ?? '').replaceAll(/\\(.)/g, '$1'));
}

const listed = situations(read('docs/spec/acceptance.md'));

test.each(listed)('$what', ({ proofs, reasons }) => {
  expect(proofs.length + reasons.length).toBeGreaterThan(0);
  for (const { file, title } of proofs) expect(titlesIn(read(file)), file).toContain(title);
});

test('a title that is nowhere is found out', () => {
  const text = "test('one', async () => {});\ntest.each(ROWS)(\n  'two %s',\n  async () => {});";
  expect(titlesIn(text)).toEqual(['one', 'two %s']);
  expect(() => situations('- It works.\n  - sometimes')).toThrow('neither a test nor a reason');
});

test('every test that was made for the list is in it', () => {
  const named = new Set(listed.flatMap(({ proofs }) => proofs.map(({ title }) => title)));
  for (const theme of ['pods', 'routed', 'blue-green']) {
    const text = read(`test/e2e/acceptance-${theme}.test.ts`);
    const made = [...text.matchAll(/ test\('([^']+)'/g)].map(([, title]) => title);
    expect(made.length).toBeGreaterThan(4);
    expect(made.filter((title) => !named.has(title ?? ''))).toEqual([]);
  }
});
