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

/** Patterns are matched by backtracking, here and for every series of a page: what could take for
 * ever, and what Prometheus' own expressions (RE2) do not know, is refused. */
function patternProblems(pattern: string, field: string): Problem[] {
  const refuse = (message: string, fix: string) => [{ field, message, fix }];
  if (/\)[*+?{]/.test(pattern))
    return refuse(
      `the pattern ${pattern} repeats a group, which can take for ever to match`,
      'repeat single characters or classes only, as in 5[0-9]+',
    );
  if (count(pattern, /[*+{]|(?<!\()\?/g) > MAX_REPEATS || count(pattern, /\(/g) > MAX_GROUPS)
    return refuse(
      `the pattern ${pattern} repeats or groups more than twice, which can take for ever`,
      'write it with fewer of *, +, ? and parentheses',
    );
  if (/\(\?(?!:)|\\[1-9]/.test(pattern) || !isRegExp(pattern.replaceAll('\\\\', '\\')))
    return refuse(
      `${pattern} is not a regular expression as Prometheus has them`,
      'correct it; flags, look-ahead and back references are not supported',
    );
  return [];
}

const MAX_REPEATS = 2;
const MAX_GROUPS = 2;

function count(text: string, what: RegExp): number {
  return text.match(what)?.length ?? 0;
}

function isRegExp(pattern: string): boolean {
  try {
    return RegExp(pattern) instanceof RegExp;
  } catch {
    return false;
  }
}
