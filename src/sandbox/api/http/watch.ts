/** The stream of a watch, one JSON document a line. */
import type { KubeObject } from '../../../api/object.ts';
import type { Backend } from '../backend.ts';
import { watch, type Selection, type Watching } from '../operations/read.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { StatusError } from '../status.ts';
import { partial, renderTable } from '../tables/render.ts';
import type { Accepted, ApiResponse } from './message.ts';

const BOOKMARK_EVERY_MS = 60_000;
const WATCH_SECONDS_MIN = 1_800;

export interface WatchRequest {
  selection: Selection;
  query: URLSearchParams;
  accepted: Accepted;
  includeObject: 'None' | 'Metadata' | 'Object';
  signal: AbortSignal;
}

export function watchResponse(backend: Backend, request: WatchRequest): ApiResponse {
  const { query, selection } = request;
  const from = {
    resourceVersion: query.get('resourceVersion') ?? '',
    sendInitialEvents: query.get('sendInitialEvents') === 'true',
  };
  const headers = { 'content-type': 'application/json', 'transfer-encoding': 'chunked' };
  let watching: Watching;
  try {
    watching = watch(backend, selection, from);
  } catch (error) {
    if (!(error instanceof StatusError) || error.code !== 410) throw error;
    return { status: 200, headers, body: oneLine({ type: 'ERROR', object: error.body() }) };
  }
  return { status: 200, headers, body: lines(backend, watching, request) };
}

async function* oneLine(value: unknown): AsyncGenerator<string> {
  yield `${JSON.stringify(value)}\n`;
}

async function* lines(
  backend: Backend,
  watching: Watching,
  request: WatchRequest,
): AsyncGenerator<string> {
  const { query, selection, signal } = request;
  const write = renderer(backend, request);
  const isMarked = query.get('allowWatchBookmarks') === 'true';
  const asked = Number(query.get('timeoutSeconds') ?? 0);
  const seconds = asked > 0 ? asked : WATCH_SECONDS_MIN * (1 + backend.random());
  const over = new AbortController();
  const end = () => {
    over.abort();
    watching.stop();
  };
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  void backend.clock.sleep(seconds * 1_000, over.signal).then(end);
  try {
    for (const object of watching.initial) yield write('ADDED', object);
    if (isMarked && query.get('sendInitialEvents') === 'true')
      yield bookmark(selection.resource, watching.revision, true);
    if (isMarked) void markRegularly(backend, watching, over.signal);
    for await (const item of watching.changes)
      yield item.type === 'BOOKMARK'
        ? bookmark(selection.resource, item.revision, false)
        : write(item.type, item.object);
  } finally {
    signal.removeEventListener('abort', end);
    end();
  }
}

/** Tells the client from time to time which revision the stream has reached. */
async function markRegularly(
  backend: Backend,
  watching: Watching,
  over: AbortSignal,
): Promise<void> {
  for (;;) {
    await backend.clock.sleep(BOOKMARK_EVERY_MS, over);
    if (over.aborted) return;
    watching.mark();
  }
}

function bookmark(resource: Resource, revision: number, isInitialEnd: boolean): string {
  const annotations = { 'k8s.io/initial-events-end': 'true' };
  const metadata = {
    resourceVersion: String(revision),
    ...(isInitialEnd ? { annotations } : {}),
  };
  const object = { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata };
  return `${JSON.stringify({ type: 'BOOKMARK', object })}\n`;
}

/** Many watches show the same objects: their text is made once. */
const TEXTS = new WeakMap<KubeObject, string>();

function textOf(object: KubeObject): string {
  let text = TEXTS.get(object);
  if (text === undefined) {
    text = JSON.stringify(object);
    TEXTS.set(object, text);
  }
  return text;
}

function renderer(
  backend: Backend,
  { accepted, includeObject, selection }: WatchRequest,
): (type: string, object: KubeObject) => string {
  let withColumns = true;
  return (type, object) => {
    if (accepted.as === undefined) return `{"type":"${type}","object":${textOf(object)}}\n`;
    if (accepted.as === 'PartialObjectMetadata')
      return `${JSON.stringify({ type, object: partial(object) })}\n`;
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
    const options = { includeObject, withColumns, nowMs: backend.clock.now() };
    const table = renderTable(selection.resource, { items: [object], metadata }, options);
    withColumns = false;
    return `${JSON.stringify({ type, object: table })}\n`;
  };
}
