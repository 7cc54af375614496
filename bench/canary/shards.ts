/** The full benchmark in pieces, each a file that grows by a line for every cell: what was done is not done again. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { place } from '../results.ts';
import { runCell, runsOf } from './cell-runs.ts';
import type { WorldLimits } from './limits.ts';
import { type CellOutcomes, outcomesText, parseOutcomes } from './outcomes.ts';
import { cellsOf, type Spec } from './spec.ts';

const DIR = 'bench/results/canary';

/** From 1 to `of`. */
export interface Shard {
  number: number;
  of: number;
}

/** "2/4"; throws on anything else. */
export function parseShard(text: string): Shard {
  const [, number = 0, of = 0] = (/^(\d+)\/(\d+)$/.exec(text) ?? []).map(Number);
  if (!(number >= 1 && number <= of)) throw new Error(`--shard ${text}: it is to be 1/4 to 4/4`);
  return { number, of };
}

export function isInShard(index: number, { number, of }: Shard): boolean {
  return index % of === number - 1;
}

interface Header {
  version: number;
  /** SHA-256 of the spec and the limits, in hex. */
  digest: string;
  /** How the stream of a run is seeded. */
  seed: string;
  commit: string;
}

/** The outcomes of a cell by its id. */
export type FullOutcomes = Map<string, CellOutcomes>;

interface Order {
  limits: WorldLimits;
  shard: Shard;
  resume: boolean;
}

export function runShard(spec: Spec, { limits, shard, resume }: Order): void {
  mkdirSync(DIR, { recursive: true });
  const path = join(DIR, `shard-${shard.number}-of-${shard.of}.jsonl`);
  const digest = digestOf(spec, limits);
  if (existsSync(path) && !resume) throw new Error(`${path} is there: go on with it by --resume`);
  if (!existsSync(path)) {
    const seed = `SHA-256 of "canary ${spec.version} CELL RUN"`;
    append(path, { version: spec.version, digest, seed, ...place() });
  }
  const { header, outcomes } = readShard(path);
  if (header.digest !== digest) throw new Error(`${path} is of another spec or other limits`);
  for (const [i, cell] of cellsOf(spec).entries()) {
    if (!isInShard(i, shard) || outcomes.has(cell.id)) continue;
    const order = { spec, limits: limits[cell.world.id] ?? {}, runs: runsOf(cell, spec) };
    append(path, { cell: cell.id, outcomes: outcomesText(runCell(cell, order)) });
    console.log(cell.id);
  }
}

function digestOf(spec: Spec, limits: WorldLimits): string {
  return createHash('sha256')
    .update(JSON.stringify([spec, limits]))
    .digest('hex');
}

function append(path: string, line: object): void {
  // A line that was cut off in the middle stays for itself.
  const isCut = existsSync(path) && !readFileSync(path, 'utf8').endsWith('\n');
  appendFileSync(path, `${isCut ? '\n' : ''}${JSON.stringify(line)}\n`);
}

function readShard(path: string): { header: Header; outcomes: FullOutcomes } {
  const [first = '', ...lines] = readFileSync(path, 'utf8').split('\n');
  const outcomes: FullOutcomes = new Map();
  for (const line of lines) {
    if (!line.endsWith('}')) continue;
    const { cell, outcomes: text } = JSON.parse(line) as { cell: string; outcomes: string };
    outcomes.set(cell, parseOutcomes(text));
  }
  return { header: JSON.parse(first) as Header, outcomes };
}

/** Of all shards that are there; throws where they are not of one spec, or where cells are missing. */
export function readShards(spec: Spec, limits: WorldLimits) {
  const files = existsSync(DIR) ? readdirSync(DIR).filter((name) => name.endsWith('.jsonl')) : [];
  const shards = files.sort().map((name) => readShard(join(DIR, name)));
  const digest = digestOf(spec, limits);
  if (shards.some(({ header }) => header.digest !== digest))
    throw new Error(`a shard in ${DIR} is of another spec or other limits`);
  const outcomes: FullOutcomes = new Map(shards.flatMap((shard) => [...shard.outcomes]));
  const missing = cellsOf(spec).filter(({ id }) => !outcomes.has(id));
  if (missing.length > 0)
    throw new Error(
      `${missing.length} cells are missing in ${DIR}, the first is ${missing[0]?.id}`,
    );
  return { headers: shards.map(({ header }) => header), outcomes };
}
