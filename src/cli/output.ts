/** How results are printed: tables for people, JSON and YAML for scripts. */
import type { Output } from './deps.ts';

export type DataFormat = 'json' | 'yaml';

/** Objects as one YAML stream, or one JSON document each. */
export async function printData(
  out: Output,
  format: DataFormat,
  ...documents: unknown[]
): Promise<void> {
  if (format === 'json') {
    for (const document of documents) out.write(`${JSON.stringify(document, null, 2)}\n`);
    return;
  }
  out.write(await yamlText(documents));
}

async function yamlText(documents: readonly unknown[]): Promise<string> {
  const { stringify } = await import('yaml');
  // Written so that YAML 1.1 readers, as kubectl is one, read the same values.
  const options = { version: '1.1', lineWidth: 0, aliasDuplicateObjects: false } as const;
  return documents.map((document) => stringify(document, options)).join('---\n');
}

/** Columns as wide as their widest cell, three spaces apart, nothing after the last. */
export function tableText(header: string[], rows: string[][]): string {
  const all = [header, ...rows];
  const widths = header.map((_, i) =>
    all.reduce((widest, row) => Math.max(widest, row[i]?.length ?? 0), 0),
  );
  return all
    .map((row) =>
      row
        .map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0)))
        .join('   ')
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}

const UNITS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'm'],
] as const;

/** As kubectl writes ages: the largest unit that says enough. */
export function formatAge(sinceIso: string | undefined, nowMs: number): string {
  if (sinceIso === undefined) return '';
  const ms = Math.max(0, nowMs - Date.parse(sinceIso));
  for (const [size, unit] of UNITS) if (ms >= 2 * size) return `${Math.floor(ms / size)}${unit}`;
  return `${Math.floor(ms / 1_000)}s`;
}
