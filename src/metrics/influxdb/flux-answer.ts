/** Reads an answer to Flux: CSV, of which the column `_value` counts.
 * Source: https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/ */
import { readJson } from '../asker.ts';
import type { Answer } from '../by-query.ts';
import { onlyValue } from './influxql-answer.ts';

/** A field in quotes, in which quotes are doubled; or one without. And what follows it. */
const FIELD = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/gy;

export function readFlux(text: string): Answer {
  if (/^\s*[{<]/.test(text)) return notCsv(text);
  const values: unknown[] = [];
  for (const [header = [], ...records] of tablesOf(text)) {
    const error = header.indexOf('error');
    if (error >= 0) return { because: `refused: ${records[0]?.[error] ?? 'it does not say why'}` };
    const column = header.indexOf('_value');
    if (column === -1) return { because: 'answered without a column _value: is it InfluxDB?' };
    // A record that breaks off has fewer fields than the header.
    if (records.some((record) => record.length !== header.length))
      return { because: 'answered with CSV that breaks off' };
    values.push(...records.map((record) => numberOf(record[column])));
  }
  return onlyValue(values);
}

/** All that stands in the columns `_value`. */
export function fluxValues(text: string): string[] {
  return tablesOf(text).flatMap(([header = [], ...records]) => {
    const column = header.indexOf('_value');
    return records.flatMap((record) => record[column] ?? []);
  });
}

function notCsv(text: string): { because: string } {
  const read = readJson(text);
  return 'because' in read ? read : { because: `answered with JSON: ${text.trim()}` };
}

/** A value that is not there is empty. */
function numberOf(written = ''): number | string | null {
  if (written.trim() === '') return null;
  const number = Number(written.replace(/^([+-]?)Inf$/, '$1Infinity'));
  return Number.isNaN(number) ? written : number;
}

/** Tables are parted by empty lines, and each begins with its header. */
function tablesOf(text: string): string[][][] {
  const tables: string[][][] = [[]];
  for (const row of rowsOf(text)) {
    if (row.length === 1 && row[0]?.trim() === '') tables.push([]);
    else if (!row[0]?.startsWith('#')) tables.at(-1)?.push(row);
  }
  return tables.filter((table) => table.length > 0);
}

function* rowsOf(text: string): Generator<string[]> {
  let row: string[] = [];
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < text.length) {
    const found = FIELD.exec(text);
    // A quote that is not closed: what is left of the row is given up.
    if (!found) break;
    const [, quoted, plain = '', end = ''] = found;
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ',') continue;
    yield row;
    row = [];
    if (end === '') return;
  }
  if (row.length > 0) yield row;
}
