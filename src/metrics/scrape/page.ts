/** Reads a page of metrics in the Prometheus text format; OpenMetrics is read as far as the two
 * agree. Source: https://prometheus.io/docs/instrumenting/exposition_formats/ */
import { selects, unescape, type Selector } from '../../api/series-selector.ts';
import type { Series } from '../series.ts';

export interface Page {
  series: Series[];
  /** Names the page speaks of, those that have no series yet included. */
  names: ReadonlySet<string>;
}

const COMMENT = /^#\s*(?:TYPE|HELP)\s+(\S+)/;
const NAME = /^[a-zA-Z_:][\w:]*(?=[{\s])/;
const QUOTED_NAME = /^\{\s*"(?:[^"\\]|\\.)*"\s*[,}]/;
const LABEL =
  /\s*(?:([a-zA-Z_][\w.]*)|"((?:[^"\\]|\\.)*)")\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/gy;
/** A value, and perhaps a timestamp and an exemplar. */
const VALUE = /^\s*([-+]?[\w.+-]+)(?:\s+-?[\d.]+(?:e[-+]?\d+)?)?\s*(?:#\s.*)?$/i;

/** The series that one of the selectors means, or what is wrong with the page. Series of other
 * names are only looked at as far as it takes to see that this is a page of metrics. */
export function parsePage(
  text: string,
  selectors: readonly Selector[],
): Page | { because: string } {
  const wanted = new Set(selectors.map(({ name }) => name));
  const names = new Set<string>();
  const series: Series[] = [];
  let number = 0;
  for (const line of linesOf(text)) {
    number += 1;
    const read = line.startsWith('#') ? commentName(line) : readLine(line, wanted);
    if (read === undefined) return { because: notMetrics(line, number) };
    names.add(typeof read === 'string' ? read : read.name);
    if (typeof read !== 'string' && selectors.some((selector) => selects(selector, read)))
      series.push(read);
  }
  return { series, names };
}

function notMetrics(line: string, number: number): string {
  const start = JSON.stringify(line.slice(0, 60));
  return `answered with something else than metrics: line ${number} is ${start}`;
}

/** One at a time: a page of 16 MiB need not be held twice. */
function* linesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length;) {
    const found = text.indexOf('\n', start);
    const end = found === -1 ? text.length : found;
    yield text.slice(start, end).trim();
    start = end + 1;
  }
}

/** '' for a comment that names nothing. */
function commentName(line: string): string {
  return COMMENT.exec(line)?.[1] ?? '';
}

/** A wanted series, the name of another one, '' for a line to pass over, undefined for garbage. */
function readLine(line: string, wanted: ReadonlySet<string>): Series | string | undefined {
  // A quoted name, which newer servers write for names a selector cannot have.
  if (line === '' || QUOTED_NAME.test(line)) return '';
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  const rest = line.slice(name.length).trimStart();
  if (!wanted.has(name)) return looksLikeSeries(rest) ? name : undefined;
  const labels = readLabels(rest);
  const value = labels && readValue(rest.slice(labels.end));
  return labels && value !== undefined ? { name, labels: labels.labels, value } : undefined;
}

/** What follows the name of a series that nobody asked for. */
function looksLikeSeries(rest: string): boolean {
  return rest.startsWith('{') ? rest.includes('}') : readValue(rest) !== undefined;
}

function readLabels(rest: string): { labels: Map<string, string>; end: number } | undefined {
  const labels = new Map<string, string>();
  if (!rest.startsWith('{')) return { labels, end: 0 };
  LABEL.lastIndex = 1;
  let end = 1;
  for (let part = LABEL.exec(rest); part; part = LABEL.exec(rest)) {
    const [, name, quotedName = '', value = ''] = part;
    labels.set(name ?? unescape(quotedName), unescape(value));
    end = LABEL.lastIndex;
  }
  const close = /^\s*\}/.exec(rest.slice(end));
  return close ? { labels, end: end + close[0].length } : undefined;
}

function readValue(rest: string): number | undefined {
  const written = VALUE.exec(rest)?.[1];
  if (written === undefined) return undefined;
  if (/^[-+]?inf(inity)?$/i.test(written)) return written.startsWith('-') ? -Infinity : Infinity;
  if (/^nan$/i.test(written)) return NaN;
  const value = Number(written);
  return Number.isNaN(value) ? undefined : value;
}
