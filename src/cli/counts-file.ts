/** Reads numbers out of CSV: a header that names the columns, a row a line, every fault with its line. */

export interface Columns {
  /** Those that are read; others may be there too, in any order. */
  names: readonly string[];
  /** Counts are at least 0. Values are any number, and may be missing (empty or NaN). */
  kind: 'Counts' | 'Values';
  /** Pairs of columns of which the first is a part of the second. */
  parts?: readonly (readonly [part: string, whole: string])[];
  /** What else is read, by what the header has. */
  more?: (header: readonly string[]) => Pick<Columns, 'names' | 'parts'>;
}

export interface CountsFile {
  /** Each row's numbers by column; a missing value is NaN. */
  rows: Record<string, number>[];
  /** `FILE:LINE: what is wrong; what to do`. With any of them `rows` is of no use. */
  faults: string[];
}

interface Line {
  /** From 1, as an editor counts. */
  number: number;
  fields: string[];
}

/**
 * Lines may end in CRLF, fields may be quoted, a byte order mark may go before; empty lines and those that
 * begin with # are passed over.
 */
export function readCountsFile(file: string, text: string, asked: Columns): CountsFile {
  const [header, ...lines] = linesOf(text);
  const names = header?.fields.map((name) => name.toLowerCase()) ?? [];
  const columns = withMore(asked, names);
  const headerFault = checkHeader(names, columns);
  if (headerFault !== undefined)
    return { rows: [], faults: [`${file}:${header?.number ?? 1}: ${headerFault}`] };
  const rows: Record<string, number>[] = [];
  const faults: string[] = [];
  for (const line of lines) {
    const { row, found } = readRow(line, names, columns);
    rows.push(row);
    faults.push(...found.map((fault) => `${file}:${line.number}: ${fault}`));
  }
  return { rows, faults };
}

function withMore(columns: Columns, header: readonly string[]): Columns {
  const { names = [], parts = [] } = columns.more?.(header) ?? {};
  return {
    ...columns,
    names: [...columns.names, ...names],
    parts: [...(columns.parts ?? []), ...parts],
  };
}

function linesOf(text: string): Line[] {
  // trim takes a byte order mark away too.
  return text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ number: i + 1, text: line.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'))
    .map((line) => ({ number: line.number, fields: fieldsOf(line.text) }));
}

/** A quoted field may hold commas, and quotes twice. */
function fieldsOf(line: string): string[] {
  const fields = `,${line}`.matchAll(/,\s*(?:"((?:[^"]|"")*)"\s*(?=,|$)|([^,]*))/g);
  return [...fields].map(([, quoted, plain = '']) =>
    (quoted?.replaceAll('""', '"') ?? plain).trim(),
  );
}

function checkHeader(names: readonly string[], columns: Columns): string | undefined {
  const wanted = columns.names.join(',');
  if (names.length === 0) return `the file is empty; its first line is to be ${wanted}`;
  const missing = columns.names.filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const what = missing.length === 1 ? 'the column' : 'the columns';
    const separator = /[;\t]/.test(names.join(',')) ? 'separate columns by commas, and ' : '';
    return `${what} ${missing.join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing; ${separator}begin the file with ${wanted}`;
  }
  const twice = columns.names.find((name) => names.indexOf(name) !== names.lastIndexOf(name));
  return twice === undefined ? undefined : `the column ${twice} is there twice; leave one`;
}

function readRow(line: Line, names: readonly string[], columns: Columns) {
  const row: Record<string, number> = {};
  const found: string[] = [];
  if (line.fields.length !== names.length)
    return {
      row,
      found: [
        `${line.fields.length} fields where the header names ${names.length}; write numbers without separators of thousands`,
      ],
    };
  for (const name of columns.names) {
    const text = line.fields[names.indexOf(name)] ?? '';
    const fault = checkNumber(text, columns.kind);
    if (fault === undefined) row[name] = text === '' ? NaN : Number(text);
    else found.push(`${name}: ${fault}`);
  }
  for (const [part, whole] of columns.parts ?? []) {
    const [few = 0, all = 0] = [row[part], row[whole]];
    if (found.length === 0 && few > all) found.push(`${part} ${few} is more than ${whole} ${all}`);
  }
  return { row, found };
}

const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)(e[-+]?\d+)?$/i;

function checkNumber(text: string, kind: Columns['kind']): string | undefined {
  if (kind === 'Values' && (text === '' || text.toLowerCase() === 'nan')) return undefined;
  if (text === '') return 'is empty; write a number, 0 for none';
  if (!NUMBER.test(text) || !Number.isFinite(Number(text)))
    return `${JSON.stringify(text)} is not a number`;
  if (kind === 'Values') return undefined;
  if (Number(text) < 0) return `${text} is negative; a count is 0 or more`;
  if (Number(text) > Number.MAX_SAFE_INTEGER) return `${text} is more than can be counted exactly`;
  return undefined;
}
