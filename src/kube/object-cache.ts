/** Objects of one kind by name, and by the values of index functions. */
import type { KubeObject } from '../api/object.ts';

type IndexFunction = (object: KubeObject) => string[];

export class ObjectCache {
  readonly #objects = new Map<string, KubeObject>();
  readonly #functions: Record<string, IndexFunction>;
  readonly #indexes = new Map<string, Map<string, Set<string>>>();

  constructor(functions: Record<string, IndexFunction> = {}) {
    this.#functions = functions;
    for (const name of Object.keys(functions)) this.#indexes.set(name, new Map());
  }

  get(key: string): KubeObject | undefined {
    return this.#objects.get(key);
  }

  keys(): string[] {
    return [...this.#objects.keys()];
  }

  list(): KubeObject[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): KubeObject[] {
    const values = this.#indexes.get(index);
    if (!values) throw new Error(`there is no index ${index}`);
    const found: KubeObject[] = [];
    for (const key of values.get(value) ?? []) {
      const object = this.#objects.get(key);
      if (object) found.push(object);
    }
    return found;
  }

  /** Returns what was there before. */
  set(key: string, object: KubeObject): KubeObject | undefined {
    const old = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const [name, values] of this.#indexes) {
      const valuesOf = this.#functions[name] as IndexFunction;
      const wanted = valuesOf(object);
      if (old) unlink(values, key, valuesOf(old), wanted);
      for (const value of wanted) link(values, key, value);
    }
    return old;
  }

  /** Returns what was there. */
  delete(key: string): KubeObject | undefined {
    const old = this.#objects.get(key);
    if (!old) return undefined;
    this.#objects.delete(key);
    for (const [name, values] of this.#indexes)
      unlink(values, key, (this.#functions[name] as IndexFunction)(old), []);
    return old;
  }
}

export function cacheKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

export function keyOf(object: KubeObject): string {
  return cacheKey(object.metadata.namespace, object.metadata.name);
}

function link(values: Map<string, Set<string>>, key: string, value: string): void {
  const keys = values.get(value);
  if (keys) keys.add(key);
  else values.set(value, new Set([key]));
}

function unlink(
  values: Map<string, Set<string>>,
  key: string,
  from: string[],
  except: string[],
): void {
  for (const value of from) {
    if (except.includes(value)) continue;
    const keys = values.get(value);
    keys?.delete(key);
    if (keys?.size === 0) values.delete(value);
  }
}
