/** Series selectors as Prometheus writes them, `name{a="b",c=~"5.."}`: read and matched. */

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

/** Undefined when the text is not a selector; `checkProblems` refuses those in advance. */
export function parseSelector(text: string): Selector | undefined {
  const [, name, inner = ''] = SELECTOR.exec(text) ?? [];
  if (name === undefined) return undefined;
  const matchers: Matcher[] = [];
  let end = 0;
  for (const part of inner.trimStart().matchAll(MATCHER)) {
    const [whole, label = '', operator = '', quoted = ''] = part;
    const matches = matcher(operator, unescape(quoted));
    if (!matches) return undefined;
    matchers.push({ label, matches });
    end = part.index + whole.length;
  }
  return end === inner.trimStart().length ? { name, matchers } : undefined;
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
  try {
    const pattern = new RegExp(`^(?:${wanted})$`, 's');
    const matches = (value: string) => value.length <= MAX_PATTERN_VALUE && pattern.test(value);
    return operator === '=~' ? matches : (value) => !matches(value);
  } catch {
    return undefined;
  }
}

/** The value of a quoted string; an escape that is none keeps its backslash, as in `"\d"`. */
export function unescape(quoted: string): string {
  return quoted.replaceAll(ESCAPE, (written, hex: string | undefined, character: string) => {
    if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
    return ESCAPED[character] ?? (/["'\\]/.test(character) ? character : written);
  });
}
