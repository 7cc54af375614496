/** Requests as data, in the order in which they are sent to both servers. */

export interface Exchange {
  /** Unique in its group; what a known difference names. */
  id: string;
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS';
  /** `{name}` stands for what an earlier exchange kept, for each server its own. */
  path: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  /** A text is sent as it is, anything else as JSON. */
  body?: unknown;
  /** Asked again until this holds, on each server. */
  until?: (at: (path: string) => unknown) => boolean;
  /** Names for later exchanges, each with the path of the value in this answer. */
  keep?: Record<string, string>;
  /** A watch: this many events are read, bookmarks included. */
  events?: number;
  /** Beginnings of the paths compared, `body.items`; the whole answer when it is not given. */
  only?: string[];
  /** Beginnings of paths left out: what controllers may or may not have written yet. */
  except?: string[];
  /** metadata.managedFields is compared too. */
  managedFields?: boolean;
  /** Only sent; the answer is another group's business. */
  unchecked?: boolean;
}

type Options = Omit<Exchange, 'id' | 'method' | 'path' | 'body'>;

export function get(id: string, path: string, options: Options = {}): Exchange {
  return { id, method: 'GET', path, ...options };
}

export function post(id: string, path: string, body: unknown, options: Options = {}): Exchange {
  return { id, method: 'POST', path, body, ...options };
}

export function put(id: string, path: string, body: unknown, options: Options = {}): Exchange {
  return { id, method: 'PUT', path, body, ...options };
}

export function del(id: string, path: string, body?: unknown, options: Options = {}): Exchange {
  return { id, method: 'DELETE', path, ...(body !== undefined && { body }), ...options };
}

const PATCHES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface Patch {
  type: keyof typeof PATCHES;
  body: unknown;
}

export function patch(
  id: string,
  path: string,
  { type, body }: Patch,
  options: Options = {},
): Exchange {
  const headers = { 'content-type': PATCHES[type], ...options.headers };
  return { id, method: 'PATCH', path, body, ...options, headers };
}

/** The events of a watch from a version on. */
export function watch(id: string, path: string, events: number, options: Options = {}): Exchange {
  const query = { watch: 'true', timeoutSeconds: '10', ...options.query };
  return { id, method: 'GET', path, events, ...options, query };
}
