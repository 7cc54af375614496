/** What differs between any two runs is put out of the way: times, ids, versions, random names. */
import type { Answer } from './side.ts';

const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
const MICRO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const AGE = /^\d+[smhd](\d+[smhd])?$/;
/** In event names. */
const EVENT_SUFFIX = /\.[0-9a-f]{13,16}\b/g;
/** In messages, before the label with the hash was seen. */
const SET_NAME = /(ReplicaSet "[a-z-]+-)[0-9a-z]{8,10}"/g;
const ADDRESS = /\b127\.0\.0\.1:\d+/g;
/** Where messages tell the version of an object, or of the store. */
const VERSION_IN_TEXT = /(in record \(|, current: )\d+/g;
const CLUSTER_IP = /^10\.96\.\d+\.\d+$/;

/** Headers that clients act on. */
const COMPARED_HEADERS = ['content-type', 'warning', 'retry-after', 'allow', 'location'];

export interface MaskOptions {
  managedFields: boolean;
}

/** One for each server: it learns the names that were made up in its earlier answers. */
export class Masks {
  readonly #learnt = new Map<string, string>();

  answer({ status, headers, body }: Answer, options: MaskOptions): unknown {
    this.#learn(body);
    if (status === 422) this.#learnRefused(body);
    const compared = COMPARED_HEADERS.filter((name) => headers[name] !== undefined);
    return {
      status,
      headers: Object.fromEntries(compared.map((name) => [name, this.#text(headers[name] ?? '')])),
      body: this.#masked(body, '', options),
    };
  }

  /** Names made up for objects that were then refused are only in what is said of them. */
  #learnRefused(body: unknown): void {
    const text = JSON.stringify(body);
    const [, prefix] = /metadata\.generateName: Invalid value: \\"([^"\\]*)/.exec(text) ?? [];
    if (prefix === undefined) return;
    const [, suffix] = new RegExp(`"${prefix}(\\w{5})"`).exec(text) ?? [];
    if (suffix !== undefined) this.#learnt.set(suffix, '<random>');
  }

  #learn(value: unknown): void {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      if (name === 'pod-template-hash' && typeof member === 'string')
        this.#learnt.set(member, '<hash>');
      if (name === 'metadata') this.#learnName(member as Record<string, unknown>);
      this.#learn(member);
    }
  }

  #learnName(metadata: Record<string, unknown> | null): void {
    const { name, generateName } = metadata ?? {};
    if (typeof name !== 'string' || typeof generateName !== 'string') return;
    // A long base is cut so that the suffix fits.
    if (name.length > 5 && generateName.startsWith(name.slice(0, -5)))
      this.#learnt.set(name.slice(-5), '<random>');
  }

  #masked(value: unknown, name: string, options: MaskOptions): unknown {
    if (typeof value === 'string') return this.#member(name, value);
    if (Array.isArray(value)) return value.map((one) => this.#masked(one, '', options));
    if (typeof value !== 'object' || value === null) return maskedNumber(name, value);
    const result: Record<string, unknown> = {};
    for (const [key, member] of Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (key === 'managedFields' && !options.managedFields) continue;
      const masked = this.#masked(member, key, options);
      result[this.#text(key)] = key === 'managedFields' ? byManager(masked) : masked;
    }
    return withoutRepeats(sorted(result));
  }

  #member(name: string, value: string): string {
    if (name === 'ca.crt') return '<certificate>';
    if (value === '') return value;
    if (name === 'resourceVersion' && value !== '0') return '<version>';
    if (name === 'continue') return '<continue>';
    if (name === 'clusterIP' || (name === '' && CLUSTER_IP.test(value)))
      return CLUSTER_IP.test(value) ? '<clusterIP>' : value;
    return this.#text(value);
  }

  #text(value: string): string {
    if (TIME.test(value)) return '<time>';
    if (MICRO_TIME.test(value)) return '<microtime>';
    if (AGE.test(value)) return '<age>';
    let text = value
      .replaceAll(UUID, '<uid>')
      .replaceAll(ADDRESS, '<address>')
      .replaceAll(SET_NAME, '$1<hash>"')
      .replaceAll(VERSION_IN_TEXT, '$1<version>')
      .replaceAll(EVENT_SUFFIX, '.<event>');
    for (const [made, mask] of this.#learnt) text = text.replaceAll(made, mask);
    return text;
  }
}

function maskedNumber(name: string, value: unknown): unknown {
  return name === 'nodePort' || name === 'healthCheckNodePort' ? '<port>' : value;
}

/** They are kept in the order of their seconds, which two servers do not share. */
function byManager(entries: unknown): unknown {
  if (!Array.isArray(entries)) return entries;
  const keyOf = ({ manager, operation }: Record<string, unknown>) =>
    `${manager as string} ${operation as string}`;
  return entries.toSorted((a, b) => (keyOf(a as never) < keyOf(b as never) ? -1 : 1));
}

/** The real server tells a cause once for every check that finds it; clients show it once. */
function withoutRepeats(object: Record<string, unknown>): Record<string, unknown> {
  const causes = object['causes'];
  if (!Array.isArray(causes)) return object;
  const texts = [...new Set(causes.map((cause) => JSON.stringify(cause)))];
  // The conflicts of an apply come in any order.
  if (texts.every((text) => text.includes('FieldManagerConflict'))) texts.sort();
  return { ...object, causes: texts.map((text) => JSON.parse(text) as unknown) };
}

/** Lists are in the order of names; where names are random, in the order of what is left. */
function sorted(object: Record<string, unknown>): Record<string, unknown> {
  const items = object['items'];
  if (!Array.isArray(items) || !JSON.stringify(items).includes('<random>')) return object;
  const texts = items.map((item) => [JSON.stringify(item), item as unknown] as const);
  texts.sort(([a], [b]) => (a < b ? -1 : 1));
  return { ...object, items: texts.map(([, item]) => item) };
}
