/** Series selectors as Prometheus writes them, `name{a="b",c=~"5.."}`: read, matched, and refused where
 * matching could take for ever. */

export interface Selector {
  name: string;
  matchers: Matcher[];
}

interface Matcher {
  label: string;
  /** Whether a series with this value of the label is meant; a label that is not there is ''. */
  matches: (value: string) => boolean;
}

const SELECTOR = /^\s*([a-zA-Z_:][\w:]*)\s*(?:\{([^]*)\}\s*)?$/;
const MATCHER = /\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*"((?:[^"\\\n]|\\[^\n])*)"\s*(?:,\s*|$)/gy;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|(.))/g;
const ESCAPED: Record<string, string> = { n: '\n', t: '\t', r: '\r' };

/** A label value longer than this matches no pattern, which bounds the work of matching. */
const MAX_PATTERN_VALUE = 256;

/** Undefined when the text is not a selector or has a pattern that is not safe; `checkProblems` refuses
 * those in advance. */
export function parseSelector(text: string): Selector | undefined {
  const [, name, inner = ''] = SELECTOR.exec(text) ?? [];
  if (name === undefined) return undefined;
  const matchers: Matcher[] = [];
  for (const { label, operator, wanted } of partsOf(inner) ?? []) {
    const matches = matcher(operator, wanted);
    if (!matches) return undefined;
    matchers.push({ label, matches });
  }
  return partsOf(inner) ? { name, matchers } : undefined;
}

/** What is wrong with its first pattern that cannot be matched safely; undefined when all can. */
export function patternFault(text: string): PatternFault | undefined {
  const [, , inner = ''] = SELECTOR.exec(text) ?? [];
  for (const { operator, wanted } of partsOf(inner) ?? []) {
    const fault = operator.endsWith('~') ? faultOf(wanted) : undefined;
    if (fault) return fault;
  }
  return undefined;
}

export interface PatternFault {
  message: string;
  fix: string;
}

/** The same for Kubernetes, which knows only `=` and `!=`: a name and a label selector, '' for none.
 * Undefined when the text says more, or is no selector. */
export function labelSelectorOf(text: string): { name: string; labels: string } | undefined {
  const [, name, inner = ''] = SELECTOR.exec(text) ?? [];
  const parts = partsOf(inner);
  if (name === undefined || !parts?.every(({ operator }) => !operator.endsWith('~')))
    return undefined;
  const labels = parts.map(({ label, operator, wanted }) => `${label}${operator}${wanted}`);
  return { name, labels: labels.join(',') };
}

interface Part {
  label: string;
  operator: string;
  wanted: string;
}

/** Undefined when what stands between the braces is no list of matchers. */
function partsOf(inner: string): Part[] | undefined {
  const parts: Part[] = [];
  let end = 0;
  for (const part of inner.trimStart().matchAll(MATCHER)) {
    const [whole, label = '', operator = '', quoted = ''] = part;
    parts.push({ label, operator, wanted: unescape(quoted) });
    end = part.index + whole.length;
  }
  return end === inner.trimStart().length ? parts : undefined;
}

const MAX_REPEATS = 2;
const MAX_GROUPS = 2;

/** Patterns are matched by backtracking, for every series of a page: what could take for ever, and what
 * Prometheus' own expressions (RE2) do not know, is refused. With two repeats at most and no repeated
 * group the work grows with the square of the value, whose length is bounded too. */
function faultOf(pattern: string): PatternFault | undefined {
  if (/\)[*+?{]/.test(pattern))
    return {
      message: `the pattern ${pattern} repeats a group, which can take for ever to match`,
      fix: 'repeat single characters or classes only, as in 5[0-9]+',
    };
  if (count(pattern, /[*+{]|(?<!\()\?/g) > MAX_REPEATS || count(pattern, /\(/g) > MAX_GROUPS)
    return {
      message: `the pattern ${pattern} repeats or groups more than twice, which can take for ever`,
      fix: 'write it with fewer of *, +, ? and parentheses',
    };
  if (/\(\?(?!:)|\\[1-9]/.test(pattern) || !isRegExp(pattern))
    return {
      message: `${pattern} is not a regular expression as Prometheus has them`,
      fix: 'correct it; flags, look-ahead and back references are not supported',
    };
  return undefined;
}

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

/** Whether the series is one that the selector means. */
export function selects(
  { name, matchers }: Selector,
  series: { name: string; labels: ReadonlyMap<string, string> },
): boolean {
  return (
    series.name === name &&
    matchers.every(({ label, matches }) => matches(series.labels.get(label) ?? ''))
  );
}

function matcher(operator: string, wanted: string): ((value: string) => boolean) | undefined {
  if (operator === '=') return (value) => value === wanted;
  if (operator === '!=') return (value) => value !== wanted;
  if (faultOf(wanted)) return undefined;
  const pattern = new RegExp(`^(?:${wanted})$`, 's');
  const matches = (value: string) => value.length <= MAX_PATTERN_VALUE && pattern.test(value);
  return operator === '=~' ? matches : (value) => !matches(value);
}

/** The value of a quoted string; an escape that is none keeps its backslash, as in `"\d"`. */
export function unescape(quoted: string): string {
  return quoted.replaceAll(ESCAPE, (written, hex: string | undefined, character: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return ESCAPED[character] ?? (/["'\\]/.test(character) ? character : written);
  });
}

/** The ranges of a PromQL query, as written: `1m` of `increase(x[1m])`. A bracket in quotes is of a pattern. */
export function rangesOf(query: string): string[] {
  const bare = query.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g, '""');
  return [...bare.matchAll(/\[([^\]]*)\]?/g)].map(([, range = '']) => range.trim());
}
