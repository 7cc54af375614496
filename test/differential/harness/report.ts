/** What the groups did, added up over all of them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LISTED, NEWER, OLDER, REWORDED } from '../known-differences.ts';

export interface GroupReport {
  group: string;
  requests: number;
  writes: number;
  /** Differences met that are in the list. */
  listed: number;
  /** The general reasons met. */
  general: string[];
}

const GENERAL = [...NEWER, ...OLDER, ...REWORDED];

/** The line to print, and what is wrong when every group of the folder has run. */
export async function summary(folder: string): Promise<{ line: string; problems: string[] }> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json'));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  const reports = texts.map((text) => JSON.parse(text) as GroupReport);
  const sum = (of: (report: GroupReport) => number) => reports.reduce((n, one) => n + of(one), 0);
  const line =
    `${sum((one) => one.requests)} requests (${sum((one) => one.writes)} of them writes) in ` +
    `${reports.length} groups; ${sum((one) => one.listed)} listed differences for ` +
    `${LISTED.length} reasons, and ${GENERAL.length} general ones`;
  const tests = (await readdir(join(import.meta.dirname, '..'))).filter((name) =>
    name.endsWith('.test.ts'),
  );
  const seen = new Set(reports.flatMap(({ general }) => general));
  const groups = new Set(reports.map(({ group }) => group));
  const problems = [
    ...GENERAL.filter(({ why }) => !seen.has(why)).map(({ why }) => `never met: ${why}`),
    ...LISTED.flatMap(({ at }) => at)
      .filter((place) => !groups.has(place.split('/')[0] ?? ''))
      .map((place) => `no such group: ${place}`),
  ];
  return { line, problems: reports.length < tests.length ? [] : problems };
}
