/** Reads kubeconfig files and merges several of them in the way kubectl does: the first one wins. */
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import { parse } from 'yaml';

export type Fields = Record<string, unknown>;

/** One named entry of a kubeconfig, with the file it came from (relative paths start there). */
export interface Entry {
  name: string;
  file: string;
  fields: Fields;
}

export interface MergedKubeconfig {
  files: string[];
  currentContext: string | undefined;
  clusters: Map<string, Entry>;
  users: Map<string, Entry>;
  contexts: Map<string, Entry>;
}

/** Errors in what the user configured; the message says where and what to do. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
}

/**
 * Reads `files` in order. A missing file is left out (as kubectl does for KUBECONFIG) unless
 * `required`. Throws KubeconfigError for a file that cannot be read or is not a kubeconfig.
 */
export async function readKubeconfigs(
  files: string[],
  required: boolean,
): Promise<MergedKubeconfig> {
  const merged: MergedKubeconfig = {
    files: [],
    currentContext: undefined,
    clusters: new Map(),
    users: new Map(),
    contexts: new Map(),
  };
  for (const file of files) {
    const text = await readText(file, required);
    if (text !== undefined) mergeFile(merged, file, parseFile(file, text));
  }
  return merged;
}

/** A path written in a kubeconfig, which is relative to the file it is written in. */
export function pathBeside(file: string, path: string): string {
  return isAbsolute(path) ? path : resolve(dirname(file), path);
}

/** The text of `fields[key]`, or undefined when it is absent or empty. */
export function textOf(fields: Fields, key: string): string | undefined {
  const value = fields[key];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

async function readText(file: string, required: boolean): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && !required) return undefined;
    const what = code === 'ENOENT' ? 'there is no such file' : message;
    throw new KubeconfigError(`kubeconfig ${file}: cannot be read: ${what}`);
  }
}

function parseFile(file: string, text: string): Fields {
  let content: unknown;
  try {
    content = parse(text) ?? {};
  } catch (error) {
    throw new KubeconfigError(
      `kubeconfig ${file}: is not valid YAML: ${(error as Error).message.split('\n')[0]}`,
    );
  }
  if (!isFields(content) || ('kind' in content && content['kind'] !== 'Config'))
    throw new KubeconfigError(`kubeconfig ${file}: is not a kubeconfig (kind: Config) file`);
  return content;
}

function mergeFile(merged: MergedKubeconfig, file: string, content: Fields): void {
  merged.files.push(file);
  merged.currentContext ??= textOf(content, 'current-context');
  addEntries(merged.clusters, file, { list: content['clusters'], field: 'cluster' });
  addEntries(merged.users, file, { list: content['users'], field: 'user' });
  addEntries(merged.contexts, file, { list: content['contexts'], field: 'context' });
}

function addEntries(
  into: Map<string, Entry>,
  file: string,
  from: { list: unknown; field: string },
): void {
  if (!Array.isArray(from.list)) return;
  for (const item of from.list) {
    const name = isFields(item) ? textOf(item, 'name') : undefined;
    if (!isFields(item) || name === undefined || into.has(name)) continue;
    const fields = item[from.field];
    into.set(name, { name, file, fields: isFields(fields) ? fields : {} });
  }
}
