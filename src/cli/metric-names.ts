/** Names of metrics in queries, and those that somebody may have meant. */
import { distance } from './closest.ts';

const QUOTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/g;
/** Labels, ranges, and lists of labels. */
const BETWEEN = /\{[^{}]*\}|\[[^\]]*\]/g;
const LABELS = /\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^()]*\)/gi;
const OFFSET = /\boffset\s+-?\w+|@\s*\S+/gi;
const NAME = /(?<![\w:.])[a-zA-Z_:][\w:]*(?![\w:]|\s*\()/g;
const WORDS = new Set(
  'and or unless bool by without on ignoring group_left group_right inf nan'.split(' '),
);

/** The metrics that PromQL, or a selector, names; each once. */
export function metricsIn(query: string): string[] {
  const bare = query
    .replaceAll(QUOTED, '')
    .replaceAll(BETWEEN, ' ')
    .replaceAll(LABELS, ' ')
    .replaceAll(OFFSET, ' ');
  const names = [...bare.matchAll(NAME)].map(([name]) => name);
  return [...new Set(names.filter((name) => !WORDS.has(name.toLowerCase())))];
}

const NEAR_MAX = 3;
/** Of their letters so many may differ. */
const FAR = 0.4;

/** The same of names with dots: what they have in common before the last one makes nothing nearer. */
export function nearestPaths(name: string, names: readonly string[]): string[] {
  const above = name.slice(0, name.lastIndexOf('.') + 1);
  const beside = names.filter((other) => other.startsWith(above));
  const tails = beside.map((other) => other.slice(above.length));
  return nearestNames(name.slice(above.length), tails).map((tail) => above + tail);
}

/** Those that differ least, nearest first; `http_requests_total` for `http_request_total`. */
export function nearestNames(name: string, names: readonly string[]): string[] {
  return names
    .flatMap((other) => {
      const longer = Math.max(name.length, other.length);
      if (Math.abs(name.length - other.length) > FAR * longer) return [];
      const far = distance(name.toLowerCase(), other.toLowerCase()) / longer;
      return far <= FAR ? [{ other, far }] : [];
    })
    .toSorted((a, b) => a.far - b.far || (a.other < b.other ? -1 : 1))
    .slice(0, NEAR_MAX)
    .map(({ other }) => other);
}
