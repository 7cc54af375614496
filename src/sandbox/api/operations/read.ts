/** Reading: one object, a list, or a stream of changes. */
import type { KubeObject } from '../../../api/object.ts';
import { stored, type Backend, type Target } from '../backend.ts';
import type { Resource } from '../resource.ts';
import {
  fieldMatcher,
  parseFieldSelector,
  parseLabelSelector,
  type ObjectMatcher,
} from '../selectors.ts';
import { asText, isFields } from '../schema.ts';
import { badRequest, notFound, StatusError, unexplained } from '../status.ts';
import type { StoreEvent } from '../store.ts';

/** What is handed out may be the stored object: it must not be changed. */
export function get(backend: Backend, target: Target): KubeObject {
  const object = stored(backend, target);
  if (object === undefined) throw notFound(target.resource, target.name);
  return object;
}

export interface Selection {
  resource: Resource;
  /** Undefined: all. */
  namespace: string | undefined;
  labelSelector: string;
  fieldSelector: string;
}

function matcherFor({ resource, labelSelector, fieldSelector }: Selection): ObjectMatcher {
  const matchesLabels = parseLabelSelector(labelSelector);
  const isPlain = !resource.custom && Object.keys(resource.selectable).length <= 2;
  const matchesFields = fieldMatcher(fieldSelector, resource.selectable, isPlain);
  if (labelSelector === '' && fieldSelector === '') return () => true;
  return (object) => matchesLabels(object.metadata.labels ?? {}) && matchesFields(object);
}

export interface Page {
  items: KubeObject[];
  resourceVersion: string;
  continue: string;
  remaining: number | undefined;
}

export interface Paging {
  limit: number;
  continue: string;
  resourceVersion: string;
  /** `Exact` or `NotOlderThan`; '' leaves it to the server. */
  resourceVersionMatch: string;
}

export const ALL_NOW: Paging = {
  limit: 0,
  continue: '',
  resourceVersion: '',
  resourceVersionMatch: '',
};

export function list(backend: Backend, selection: Selection, paging: Paging): Page {
  const { resource } = selection;
  if (paging.continue !== '' && !['', '0'].includes(paging.resourceVersion))
    throw badRequest('specifying resource version is not allowed when using continue');
  const start = readContinue(paging.continue);
  const revision = start?.revision ?? revisionFor(backend, paging);
  const matches = matcherFor(selection);
  const candidates = candidatesAt(backend, selection, { revision, start });
  let items = candidates.map((object) => resource.convert.fromStored(object)).filter(matches);
  if (start !== undefined) items = items.filter((object) => keyOf(object) > start.key);
  const resourceVersion = String(revision ?? backend.store.revision);
  if (paging.limit <= 0 || items.length <= paging.limit)
    return { items, resourceVersion, continue: '', remaining: undefined };
  const page = items.slice(0, paging.limit);
  const last = page.at(-1);
  const isSelected = selection.labelSelector !== '' || selection.fieldSelector !== '';
  return {
    items: page,
    resourceVersion,
    continue: writeContinue(resourceVersion, last === undefined ? '' : keyOf(last)),
    remaining: isSelected ? undefined : items.length - page.length,
  };
}

/** The revision whose objects are wanted; undefined for those of now. */
function revisionFor(backend: Backend, paging: Paging): number | undefined {
  const { resourceVersion, resourceVersionMatch: match, limit } = paging;
  const wanted = Number(resourceVersion === '' ? 0 : resourceVersion);
  if (!Number.isInteger(wanted)) throw badResourceVersion(resourceVersion);
  if (wanted > backend.store.revision) throw tooLarge(wanted, backend.store.revision);
  const isExact = match === 'Exact' || (match === '' && limit > 0 && wanted > 0);
  return isExact ? wanted : undefined;
}

interface Place {
  revision: number | undefined;
  start: Start | undefined;
}

function candidatesAt(
  backend: Backend,
  selection: Selection,
  { revision, start }: Place,
): KubeObject[] {
  const { resource, namespace } = selection;
  if (revision === undefined)
    return namedOnly(backend, selection) ?? backend.store.list(resource.storage, namespace);
  try {
    return backend.store.listAt(resource.storage, namespace, revision);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 410) throw error;
    throw start === undefined ? new StatusError(410, 'Expired', TOO_OLD) : pageExpired(start);
  }
}

const TOO_OLD = 'The resourceVersion for the provided list is too old.';

/** Told with another token, for clients that would rather go on with what there is now. */
function pageExpired({ key }: Start): StatusError {
  const error = new StatusError(
    410,
    'Expired',
    'The provided continue parameter is too old to display a consistent list result. Start a new list without it, or go on with the continue token of this answer and accept that the rest of the list is newer.',
  );
  error.metadata.continue = writeContinue(LATEST, key);
  return error;
}

/** The shortcut for a list of one name, which is what watches of single objects begin with. */
function namedOnly(backend: Backend, selection: Selection): KubeObject[] | undefined {
  if (!selection.fieldSelector.includes('metadata.name=')) return undefined;
  const { resource, namespace } = selection;
  if (resource.namespaced && namespace === undefined) return undefined;
  const term = parseFieldSelector(selection.fieldSelector).find(
    (one) => one.field === 'metadata.name' && one.equal,
  );
  if (term === undefined) return undefined;
  const object = backend.store.get(resource.storage, namespace ?? '', term.value);
  return object === undefined ? [] : [object];
}

/** Objects are listed by namespace, then name; a NUL sorts before everything else. */
function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace ?? ''}\0${object.metadata.name}`;
}

/** In a token: the state of now, whatever it is by then. */
const LATEST = '-1';

interface Start {
  revision: number | undefined;
  /** The last object of the page before. */
  key: string;
}

function writeContinue(resourceVersion: string, key: string): string {
  return Buffer.from(JSON.stringify({ resourceVersion, key })).toString('base64url');
}

function readContinue(token: string): Start | undefined {
  if (token === '') return undefined;
  try {
    const read: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (isFields(read) && typeof read['key'] === 'string') {
      const resourceVersion = asText(read['resourceVersion']);
      const revision = resourceVersion === LATEST ? undefined : Number(resourceVersion);
      return { revision, key: read['key'] };
    }
  } catch {
    // told below
  }
  throw badRequest('invalid continue token: continue key is not valid');
}

function badResourceVersion(value: string): StatusError {
  const text = JSON.stringify(value);
  const why = `strconv.ParseUint: parsing ${text}: invalid syntax`;
  return unexplained(`resourceVersion: Invalid value: ${text}: ${why}`);
}

function tooLarge(wanted: number, current: number): StatusError {
  return new StatusError(
    504,
    'Timeout',
    `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    {
      causes: [
        { reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' },
      ],
      retryAfterSeconds: 1,
    },
  );
}

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  object: KubeObject;
}

/** Says that all changes up to a revision have been told. */
export interface Mark {
  type: 'BOOKMARK';
  revision: number;
}

export interface Watching {
  /** Objects to tell of as ADDED before anything else. */
  initial: KubeObject[];
  /** The revision of `initial`. */
  revision: number;
  changes: AsyncIterable<Change | Mark>;
  /** Puts a bookmark into the stream, behind the changes so far. */
  mark: () => void;
  stop: () => void;
}

/** `resourceVersion` '' and '0' begin with what there is; any other continues after it. */
export function watch(
  backend: Backend,
  selection: Selection,
  from: { resourceVersion: string; sendInitialEvents: boolean },
): Watching {
  const { resource } = selection;
  const begin = Number(from.resourceVersion === '' ? 0 : from.resourceVersion);
  if (!Number.isInteger(begin)) throw badResourceVersion(from.resourceVersion);
  const fresh = begin === 0 || from.sendInitialEvents;
  const revision = fresh ? backend.store.revision : begin;
  const initial = fresh ? list(backend, selection, ALL_NOW).items : [];
  const stream = backend.store.watch(resource.storage, revision);
  const matches = matcherFor(selection);
  const read = (object: KubeObject) => resource.convert.fromStored(object);
  const inScope = (event: StoreEvent) =>
    selection.namespace === undefined || event.object.metadata.namespace === selection.namespace;
  async function* changes(): AsyncGenerator<Change | Mark> {
    for await (const event of stream) {
      if (event.type === 'BOOKMARK') yield event;
      if (event.type === 'BOOKMARK' || !inScope(event)) continue;
      const change = changeFor(event, { matches, read });
      if (change !== undefined) yield change;
    }
  }
  const mark = () => stream.push({ type: 'BOOKMARK', revision: backend.store.revision });
  return { initial, revision, changes: changes(), mark, stop: () => stream.end() };
}

/** What a selector makes of an event: objects come into it and go out of it. */
function changeFor(
  event: StoreEvent,
  { matches, read }: { matches: ObjectMatcher; read: (object: KubeObject) => KubeObject },
): Change | undefined {
  const object = read(event.object);
  const now = matches(object);
  if (event.type !== 'MODIFIED') return now ? { type: event.type, object } : undefined;
  const previous = event.previous === undefined ? undefined : read(event.previous);
  const before = previous !== undefined && matches(previous);
  if (now) return { type: before ? 'MODIFIED' : 'ADDED', object };
  if (!before) return undefined;
  // Who selects is told of the last state that was selected, at the version that ended it.
  const { resourceVersion = '' } = object.metadata;
  return {
    type: 'DELETED',
    object: { ...previous, metadata: { ...previous.metadata, resourceVersion } },
  };
}
