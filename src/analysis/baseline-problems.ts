/** What keeps a check from being asked about some pods of a version only: a fresh baseline has the hash of all the others. */
import { asksFresh, type Check } from '../api/check.ts';
import { sourceOf, type SourceName } from '../api/check-sources/index.ts';
import type { Problem } from '../api/problem.ts';
import { queries } from './asked-problems.ts';

const NAMES_PODS = /\{\{\s*(?:pods|ips)\s*\}\}/;

export function baselineProblems(check: Check, field: string): Problem[] {
  const source = sourceOf(check);
  // That there is none is said elsewhere.
  if (!asksFresh(check) || source === undefined || readsPods(check)) return [];
  const asked = source === 'prometheus' || source === 'scrape' ? check[source] : undefined;
  if (!asked) return [untold(source, field)];
  return queries(asked)
    .filter(([, query]) => !NAMES_PODS.test(query))
    .map(([name]) => ({
      field: `${field}.${source}.${name}`,
      message:
        'names no pods, and compare.baseline: Fresh is about some pods of the old version only',
      fix: 'select them with {{pods}}, as in pod=~"{{pods}}"; of presets those that are counted in pods do',
    }));
}

/** It is asked pod by pod, whatever the queries say. */
function readsPods({ scrape, kubernetes }: Check): boolean {
  return scrape?.pods !== undefined || kubernetes?.api === 'Pods';
}

function untold(source: SourceName, field: string): Problem {
  return {
    field: `${field}.compare.baseline`,
    message: `Fresh needs a source that tells pods apart, which ${source} ${source === 'kubernetes' ? 'with api: External ' : ''}cannot`,
    fix: 'ask scrape, prometheus (with {{pods}}) or kubernetes with api: Pods, or take baseline out',
  };
}
