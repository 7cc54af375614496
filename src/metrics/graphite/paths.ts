/** Paths of metrics in targets, and which of them there are.
 * Source: https://graphite.readthedocs.io/en/latest/metrics_api.html */
import * as z from 'zod';
import type { AskedMetric } from '../../ports/metric-provider.ts';

const QUOTED = /"[^"]*"|'[^']*'/g;
/** Nodes parted by dots, each with wildcards, a list of values or of characters. No name of a function. */
const NODE = String.raw`(?:[\w*?:-]|\{[^{}()]*\}|\[[^\]()]*\])+`;
const PATH = new RegExp(String.raw`(?<![\w.])${NODE}(?:\.${NODE})+(?![\w.]|\s*\()`, 'g');
const NUMBER = /^-?[\d.]+$/;
const PATHS_MAX = 4;
const NODES_MAX = 12;

const shape = z.array(z.object({ text: z.string() }));

/** What `/metrics/find` answered to a query, by the last node of each path; undefined where it did not. */
export type Find = (query: string) => Promise<readonly string[] | undefined>;

/** The paths that targets name, each once. */
export function pathsIn(targets: readonly string[]): string[] {
  const found = targets.flatMap((target) =>
    [...target.replaceAll(QUOTED, '').matchAll(PATH)].map(([path]) => path),
  );
  return [...new Set(found)].filter((path) => !NUMBER.test(path)).slice(0, PATHS_MAX);
}

/** @throws what `JSON.parse` throws */
export function nodesIn(text: string): readonly string[] | undefined {
  const found = shape.safeParse(JSON.parse(text));
  return found.success ? [...new Set(found.data.map((node) => node.text))] : undefined;
}

/** Of a path that is not there the part up to the first node that is not, and the nodes beside that. */
export async function foundPath(path: string, find: Find): Promise<AskedMetric | undefined> {
  const whole = await find(path);
  if (!whole) return undefined;
  if (whole.length > 0) return { name: path, exists: true, others: [] };
  const nodes = path.split('.').slice(0, NODES_MAX);
  for (let count = 1; count <= nodes.length; count += 1) {
    const name = nodes.slice(0, count).join('.');
    const here = count === nodes.length ? [] : await find(name);
    if (!here) return undefined;
    if (here.length > 0) continue;
    const above = nodes.slice(0, count - 1);
    const beside = await find([...above, '*'].join('.'));
    return (
      beside && { name, exists: false, others: beside.map((node) => [...above, node].join('.')) }
    );
  }
  return undefined;
}
