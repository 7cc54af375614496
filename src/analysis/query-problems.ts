/** What is wrong with one query of a check: its variables, the version it names, its syntax. */
import type { Problem } from '../api/problem.ts';

/** What a query may name, as `{{hash}}`. The metric providers put the values in. */
export const TEMPLATE_VARIABLES = ['namespace', 'service', 'hash', 'pods', 'window'] as const;

const VARIABLE = /\{\{([^{}]*)\}\}/g;
const NAMES_VERSION = /\{\{\s*(?:hash|pods)\s*\}\}/;

/** A series as Prometheus writes it: `name{label="value",other=~"5.."}`. */
const SELECTOR =
  /^\s*[a-zA-Z_:][\w:]*\s*(?:\{\s*(?:[a-zA-Z_]\w*\s*(?:=~|!~|!=|=)\s*"(?:[^"\\\n]|\\[^\n])*"\s*(?:,\s*(?!$)|(?=\})))*\}\s*)?$/;
const PATTERN = /[=!]~\s*"((?:[^"\\\n]|\\[^\n])*)"/g;

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
  if (!SELECTOR.test(written))
    return [
      {
        field,
        message: 'is not a series selector',
        fix: 'write a metric name with label matchers, as in http_requests_total{code=~"5.."}',
      },
    ];
  return [...written.matchAll(PATTERN)].flatMap(([, pattern = '']) =>
    patternProblems(pattern, field),
  );
}

function patternProblems(pattern: string, field: string): Problem[] {
  if (/\)[*+{]/.test(pattern))
    return [
      {
        field,
        message: `the pattern ${pattern} repeats a group, which can take for ever to match`,
        fix: 'repeat single characters or classes only, as in 5[0-9]+',
      },
    ];
  try {
    RegExp(pattern.replaceAll('\\\\', '\\'));
    return [];
  } catch {
    return [
      {
        field,
        message: `${pattern} is not a regular expression`,
        fix: 'correct it; flags such as (?i) are not supported',
      },
    ];
  }
}
