/**
 * The full benchmark in pieces, each so many of the runs of every cell, in a file that grows by a line for every cell: what
 * was done is not done again, and any number of whole pieces is a benchmark with fewer runs. Judges that were added later
 * may be run alone, on the same streams.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { place } from '../results.ts';
import { type Range, runCell, runsOf } from './cell-runs.ts';
import type { WorldLimits } from './limits.ts';
import { addedUp, type CellOutcomes, outcomesText, parseOutcomes } from './outcomes.ts';
import { cellsOf, type Spec } from './spec.ts';

const DIR = 'bench/results/canary';
/** What the report keeps: shards that are in it need not be there. */
const KEPT = 'bench/results/canary.json';

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

/** Which of so many runs are in a shard: `of` shards have each of them once. */
export function rangeOf(runs: number, { number, of }: Shard): Range {
  const start = (piece: number) => Math.floor((runs * piece) / of);
  return { from: start(number - 1), to: start(number) };
}

export interface Header {
  shard: Shard;
  version: number;
  /** Those that were asked, "A,B"; all that there were where it is left out. */
  judges?: string | undefined;
  /** SHA-256 of what their counts hang on, in hex. */
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
  /** Those that are asked; all where it is left out. */
  judges?: readonly string[] | undefined;
  resume: boolean;
}

export function runShard(spec: Spec, { limits, shard, judges, resume }: Order): void {
  mkdirSync(DIR, { recursive: true });
  const of = judges ? `-${judges.join('+')}` : '';
  const path = join(DIR, `shard-${shard.number}-of-${shard.of}${of}.jsonl`);
  const digest = digestOf(spec, limits, judges ?? judgesIn(spec));
  if (existsSync(path) && !resume) throw new Error(`${path} is there: go on with it by --resume`);
  if (!existsSync(path)) {
    const seed = `SHA-256 of "canary ${spec.streams} CELL RUN"`;
    append(path, {
      shard,
      version: spec.version,
      judges: judges?.join(),
      digest,
      seed,
      ...place(),
    });
  }
  const { header, outcomes } = readShard(path);
  if (header.digest !== digest) throw new Error(`${path} is of another spec or other limits`);
  for (const cell of cellsOf(spec)) {
    if (outcomes.has(cell.id)) continue;
    const runs = rangeOf(runsOf(cell, spec), shard);
    const order = { spec, limits: limits[cell.world.id] ?? {}, runs, judges };
    append(path, { cell: cell.id, outcomes: outcomesText(runCell(cell, order)) });
    console.log(cell.id);
  }
}

/** "a,b" of judges that the spec has; throws on others. */
export function parseJudges(spec: Spec, text: string): string[] {
  const judges = text.split(',');
  const known = judgesIn(spec);
  const unknown = judges.filter((id) => !known.includes(id));
  if (unknown.length > 0) throw new Error(`--judges ${text}: there is no ${unknown.join(', ')}`);
  return judges;
}

function judgesIn({ judges, tuned, latency }: Spec): string[] {
  return [judges, tuned, latency.judges, latency.tuned].flatMap((all) => Object.keys(all));
}

/** Of the spec as it would be with these judges alone, in the version that had their streams first. */
function digestOf(spec: Spec, limits: WorldLimits, asked: readonly string[]): string {
  const { streams, latency, ...rest } = spec;
  const only = <T>(all: Record<string, T>) =>
    Object.fromEntries(Object.entries(all).filter(([id]) => asked.includes(id)));
  const theirs = {
    ...rest,
    version: streams,
    judges: only(spec.judges),
    tuned: only(spec.tuned),
    latency: { ...latency, judges: only(latency.judges), tuned: only(latency.tuned) },
  };
  return createHash('sha256')
    .update(JSON.stringify([theirs, limits]))
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

/** Some of the runs of every cell: of one shard, or of several added up. */
export interface Piece {
  /** Who was asked in all of them. */
  judges: readonly string[];
  headers: readonly Header[];
  outcomes: FullOutcomes;
}

/** Of what the last report was made of, and of all whole shards that are there. */
export function readShards(spec: Spec, limits: WorldLimits): Piece {
  const files = existsSync(DIR) ? readdirSync(DIR).filter((name) => name.endsWith('.jsonl')) : [];
  const cells = cellsOf(spec);
  const all = files.map((name) => ({ name, ...readShard(join(DIR, name)) }));
  const whole = all.filter(({ outcomes }) => cells.every(({ id }) => outcomes.has(id)));
  for (const { name } of all.filter((shard) => !whole.includes(shard)))
    console.log(`${name} is not whole, and left out`);
  const shards = whole.flatMap(({ header, outcomes }) => piecesOf([header], outcomes));
  return combined([...keptPieces(), ...shards], (judges) => digestOf(spec, limits, judges));
}

/** What bench/results/canary.json has: the sums of the shards that it names. */
function keptPieces(): Piece[] {
  if (!existsSync(KEPT)) return [];
  const { shards, cells } = JSON.parse(readFileSync(KEPT, 'utf8')) as {
    shards: Header[];
    cells: Record<string, string>;
  };
  const outcomes = Object.entries(cells).map(([id, text]) => [id, parseOutcomes(text)] as const);
  return piecesOf(shards, new Map(outcomes));
}

/** Shards that asked the same judges are a piece; those that name none asked all that no other names. */
export function piecesOf(headers: readonly Header[], outcomes: FullOutcomes): Piece[] {
  const seen = new Set([...outcomes.values()].flatMap((cell) => [...cell.keys()]));
  const named = new Set(headers.flatMap(({ judges }) => judges?.split(',') ?? []));
  const others = [...seen].filter((id) => !named.has(id));
  const groups = new Map<string, Piece>();
  for (const header of headers) {
    const key = header.judges ?? '';
    const judges = header.judges?.split(',') ?? others;
    const group = groups.get(key);
    const all = [...(group?.headers ?? []), header];
    groups.set(key, {
      judges,
      headers: all,
      outcomes: group?.outcomes ?? ofJudges(outcomes, judges),
    });
  }
  return [...groups.values()];
}

function ofJudges(outcomes: FullOutcomes, judges: readonly string[]): FullOutcomes {
  return new Map(
    [...outcomes].map(([id, cell]) => [
      id,
      new Map([...cell].filter(([judge]) => judges.includes(judge))),
    ]),
  );
}

/**
 * Each shard of a judge once, the first piece that has it counts; what is of another spec or other limits is left out.
 * Throws where nothing is left, or where shards are not all of so many.
 *
 * @param digestOf what the counts of these judges hang on at present
 */
export function combined(
  pieces: readonly Piece[],
  digestOf: (judges: readonly string[]) => string,
): Piece {
  const taken = new Set<string>();
  const parts: Piece[] = [];
  for (const piece of pieces) {
    const { judges, headers } = piece;
    const isOther = headers.some(({ digest }) => digest !== digestOf(judges));
    const keys = headers.flatMap(({ shard }) => judges.map((id) => `${id} ${shard.number}`));
    if (isOther || keys.some((key) => taken.has(key))) continue;
    for (const key of keys) taken.add(key);
    parts.push(piece);
  }
  const headers = parts
    .flatMap((part) => part.headers)
    .sort((a, b) => a.shard.number - b.shard.number);
  if (new Set(headers.map(({ shard }) => shard.of)).size !== 1)
    throw new Error(`of this spec there are no whole shards in ${DIR}, or not all of so many`);
  const ids = [...(parts[0]?.outcomes.keys() ?? [])];
  const outcomes: FullOutcomes = new Map(
    ids.map((id) => [id, addedUp(parts.map((part) => part.outcomes.get(id) ?? new Map()))]),
  );
  return { judges: [...new Set(parts.flatMap(({ judges }) => judges))], headers, outcomes };
}
