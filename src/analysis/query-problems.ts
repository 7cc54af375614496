/** What is wrong with one query of a check: its variables, the version it names, its syntax. */
import type { Problem } from '../api/problem.ts';
import { parseSelector, patternFault } from '../api/series-selector.ts';

/** What a query may name, as `{{hash}}`. The metric providers put the values in. */
export const TEMPLATE_VARIABLES = [
  'namespace',
  'service',
  'versionService',
  'canary',
  'hash',
  'pods',
  'ips',
  'window',
  'seconds',
] as const;

const VARIABLE = /\{\{([^{}]*)\}\}/g;
export const NAMES_VERSION = /\{\{\s*(?:hash|pods|ips|versionService|canary)\s*\}\}/;

/** A query that asks nothing or names variables that do not exist; queries and selectors alike. */
export function variableProblems(query: string, field: string): Problem[] {
  if (query.trim() === '') return [{ field, message: 'is empty', fix: 'write a query' }];
  const known: readonly string[] = TEMPLATE_VARIABLES;
  return [...query.matchAll(VARIABLE)]
    .map(([, name = '']) => name.trim())
    .filter((name) => !known.includes(name))
    .map((name) => ({
      field,
      message: `{{${name}}} is not a variable`,
      fix: `use one of ${known.map((variable) => `{{${variable}}}`).join(', ')}`,
    }));
}

/** A query that asks about both versions at once: a few bad answers of a small canary drown in the
 * many good ones of the stable version. */
export function mixtureProblems(query: string, field: string): Problem[] {
  if (NAMES_VERSION.test(query)) return [];
  return [
    {
      field,
      message: 'names no version, so that it mixes the stable and the new one',
      fix:
        'select one with {{hash}} (pod-template-hash) or {{pods}} (as in pod=~"{{pods}}"), ' +
        'or say scope: Service to judge the mixture',
    },
  ];
}

/** Syntax of a series selector, which is all that a scrape can ask. */
export function selectorProblems(selector: string, field: string): Problem[] {
  const written = selector.replace(VARIABLE, 'x');
  const fault = patternFault(written);
  if (fault) return [{ field, ...fault }];
  if (parseSelector(written)) return [];
  return [
    {
      field,
      message: 'is not a series selector',
      fix: 'write a metric name with label matchers, as in http_requests_total{code=~"5.."}',
    },
  ];
}
