/** Reads the newline-delimited JSON of a watch. */
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../ports/clock.ts';
import type { ServedResource, WatchEvent, WatchOptions } from '../ports/kube.ts';
import type { ClusterConfig } from './kubeconfig.ts';
import { connectionError, isIdle, statusError, watchError } from './request-errors.ts';
import { queryText, requestName, resourcePath, selectorQuery } from './request-paths.ts';
import type { OpenReply, Transport } from './transport.ts';

/** A server sends a bookmark about once a minute; a watch that is silent for two is dead. */
const WATCH_IDLE_MS = 120_000;

/** Watches are asked to end after five to ten minutes, not all at once. */
const WATCH_SECONDS = 300;

/** What a client is made of. */
export interface ClientDeps {
  config: ClusterConfig;
  transport: Transport;
  clock: Clock;
  /** At least 0 and less than 1. */
  random: () => number;
  /** The field manager of writes that name none; Segue's by default. */
  writesAs?: string;
}

/** One watch from its request to its end: see `KubeClient.watch`. */
export async function* watchResource(
  resource: ServedResource,
  options: WatchOptions,
  deps: ClientDeps,
): AsyncIterable<WatchEvent> {
  const { signal } = options;
  if (signal?.aborted) return;
  const what = requestName('WATCH', resource, options);
  const timeoutSeconds = WATCH_SECONDS + Math.floor(deps.random() * WATCH_SECONDS);
  const ended = new AbortController();
  const end = () => ended.abort();
  signal?.addEventListener('abort', end, { once: true });
  // The server is trusted to end it by itself, but not for ever.
  void deps.clock.sleep((timeoutSeconds + 15) * 1_000, ended.signal).then(end);
  try {
    const path = watchPath(resource, options, timeoutSeconds);
    const reply = await deps.transport.open(
      { what, method: 'GET', path },
      { idleMs: WATCH_IDLE_MS, signal: ended.signal },
    );
    if (reply.status >= 300) throw await refusal(what, reply, deps.config);
    options.onOpen?.();
    for await (const line of lines(reply.body)) {
      const event = parseEvent(line, what);
      if (event) yield event;
    }
  } catch (error) {
    if (ended.signal.aborted || isIdle(error)) return;
    throw connectionError(error, what, deps.config);
  } finally {
    signal?.removeEventListener('abort', end);
    end();
  }
}

function watchPath(
  resource: ServedResource,
  options: WatchOptions,
  timeoutSeconds: number,
): string {
  const query = {
    watch: true,
    allowWatchBookmarks: true,
    resourceVersion: options.resourceVersion,
    timeoutSeconds,
    ...selectorQuery(options),
  };
  return resourcePath(resource, { namespace: options.namespace }) + queryText(query);
}

async function refusal(what: string, reply: OpenReply, config: ClusterConfig): Promise<Error> {
  return statusError(what, { ...reply, text: await reply.body.text() }, config.source);
}

/** The lines of a stream, however it is cut into pieces. */
async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      const line = rest + text.slice(start, end);
      rest = '';
      start = end + 1;
      if (line.trim() !== '') yield line;
    }
    rest += text.slice(start);
  }
  // A last line without its newline was cut off: the watch resumes before it.
}

/** One event. An ERROR event is thrown as KubeError; `what` names the watch in its message. */
function parseEvent(line: string, what: string): WatchEvent | undefined {
  const event = JSON.parse(line) as { type: string; object: KubeObject };
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: event.object };
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion ?? '' };
    case 'ERROR':
      throw watchError(what, event.object);
    default:
      return undefined;
  }
}
