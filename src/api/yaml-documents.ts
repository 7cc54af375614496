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
  visit,
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
    const found = syntaxFault(document, lineCounter) ?? read(document, lineCounter);
    if ('message' in found) faults.push(found);
    if ('message' in found || found.value === null || found.value === undefined) continue;
    const { value } = found;
    documents.push({
      value,
      lineOf: (path) => lineCounter.linePos(offsetOf(document, path)).line,
    });
  }
  return { documents, faults };
}

/** The first one: what comes after it is often its consequence. */
function syntaxFault(document: Document, lines: LineCounter): YamlFault | undefined {
  const [error] = document.errors;
  if (error) {
    const message = `${error.message}${FIXES[error.code] ?? ''}`;
    return { line: lines.linePos(error.pos[0]).line, message };
  }
  let strange: number | undefined;
  visit(document, {
    Pair: (_, { key }) => {
      if (!isCollection(key)) return undefined;
      strange = startOf(key);
      return visit.BREAK;
    },
  });
  if (strange === undefined) return undefined;
  const message = 'a key is no text: is this a template? Render it first (helm template)';
  return { line: lines.linePos(strange).line, message };
}

const FIXES: Partial<Record<string, string>> = {
  TAB_AS_INDENT: '; indent with spaces',
  DUPLICATE_KEY: '; take one of the two out',
  BAD_INDENT: '; look at the indentation and the brackets here and in the line before',
};

/** Aliases may stand for more than anybody writes, or for themselves. */
function read(document: Document, lines: LineCounter): { value: unknown } | YamlFault {
  const { line } = lines.linePos(startOf(document.contents) ?? 0);
  try {
    const value: unknown = document.toJS();
    JSON.stringify(value);
    return { value };
  } catch {
    return { line, message: 'its aliases stand for too much, or for themselves; write it out' };
  }
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
