/** What somebody wrote in files: the objects of their documents, and where each part of them is. */
import type { FieldPath, YamlDocument } from '../api/yaml-documents.ts';
import type { Fault } from './schema-faults.ts';

export interface Found {
  file: string;
  object: Record<string, unknown>;
  /** Where the object is in its document: empty, or `items`, n. */
  path: FieldPath;
  document: YamlDocument;
}

export interface Told {
  file: string;
  line: number;
  text: string;
}

export function told({ file, document, path }: Found, fault: Fault): Told {
  return { file, line: document.lineOf([...path, ...fault.path]), text: fault.text };
}

/** The objects of a document, and the places where none is. */
export function objectsOf(file: string, document: YamlDocument): (Found | Told)[] {
  const { value } = document;
  const items = isObject(value) && value['kind'] === 'List' ? value['items'] : undefined;
  const all: { object: unknown; path: FieldPath }[] = Array.isArray(items)
    ? items.map((object: unknown, i) => ({ object, path: ['items', i] }))
    : [{ object: value, path: [] }];
  return all.map(({ object, path }) =>
    isObject(object)
      ? { file, object, path, document }
      : { file, line: document.lineOf(path), text: NO_OBJECT },
  );
}

const NO_OBJECT = 'is no Kubernetes object; write apiVersion, kind, metadata and spec';

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function metadataOf({ object }: Found): { name?: unknown; namespace?: unknown } {
  const { metadata } = object;
  return isObject(metadata) ? metadata : {};
}

export function namespaceOf(found: Found): string | undefined {
  const { namespace } = metadataOf(found);
  return typeof namespace === 'string' ? namespace : undefined;
}

/** One that names no namespace is applied to the one that is asked for, as its neighbours are. */
export function isBeside(first: Found, second: Found): boolean {
  const [one, other] = [namespaceOf(first), namespaceOf(second)];
  return one === undefined || other === undefined || one === other;
}
