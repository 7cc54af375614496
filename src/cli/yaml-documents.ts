/** YAML as kubectl reads it, with the line of every field. */
import {
  type Document,
  isCollection,
  isMap,
  isScalar,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Tags,
} from 'yaml';

export type FieldPath = readonly (string | number)[];

export interface YamlDocument {
  value: unknown;
  /** The line (from 1) where this field is, or the nearest one around it that exists. */
  lineOf(path: FieldPath): number;
}

export interface YamlFault {
  line: number;
  message: string;
}

/** YAML 1.1 (`yes` and `0644` are no strings), without the types that JSON does not have. */
const NOT_JSON = /timestamp|binary|intTime|floatTime|omap|pairs|set$/;
const isJsonTag = (tag: Tags[number]): boolean =>
  !NOT_JSON.test(typeof tag === 'string' ? tag : `${tag.tag}${timeFormat(tag)}`);

/** The tag of `1:30` as a number in base 60, which kubectl does not know either. */
const timeFormat = (tag: object): string =>
  'format' in tag && tag.format === 'TIME' ? 'intTime' : '';

/** Reads every document; those with faults are left out. JSON is YAML too. */
export function readYaml(text: string): { documents: YamlDocument[]; faults: YamlFault[] } {
  const lineCounter = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter,
    version: '1.1',
    prettyErrors: false,
    customTags: (tags) => tags.filter(isJsonTag),
  });
  const documents: YamlDocument[] = [];
  const faults: YamlFault[] = [];
  for (const document of Array.isArray(parsed) ? parsed : []) {
    for (const error of document.errors)
      faults.push({ line: lineCounter.linePos(error.pos[0]).line, message: error.message });
    if (document.errors.length > 0) continue;
    const value: unknown = document.toJS();
    if (value === null || value === undefined) continue;
    documents.push({
      value,
      lineOf: (path) => lineCounter.linePos(offsetOf(document, path)).line,
    });
  }
  return { documents, faults };
}

function offsetOf(document: Document, path: FieldPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const key of path) {
    if (!isCollection(node)) break;
    const pair = isMap(node)
      ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      : undefined;
    const next: unknown = pair ? pair.value : node.get(key, true);
    const at = startOf(pair?.key) ?? startOf(next);
    if (at === undefined) break;
    offset = at;
    node = next;
  }
  return offset;
}

const startOf = (node: unknown): number | undefined =>
  (node as Node | null | undefined)?.range?.[0];
