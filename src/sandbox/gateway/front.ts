/** Takes requests in, decides, forwards, and counts what became of them. */
import type { Duplex } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import { decide, type Answer, type Forward, type RoutingState } from './decision.ts';
import { hostOf } from './hostnames.ts';
import type { Origin } from './origin.ts';
import { type Asked, Exchange, type ExchangeDeps, type Outcome } from './exchange.ts';
import type { Incoming } from './incoming.ts';
import { sendByHttp1 } from './http1-attempt.ts';
import { type AnswerSink, sendByHttp2 } from './http2-attempt.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { requestHeaders } from './proxy-headers.ts';
import type { ProductMetrics } from './product-metrics.ts';
import { answerWith } from './reply.ts';
import { bodyOf, type RequestBody } from './request-body.ts';
import type { TrafficMetrics } from './traffic-metrics.ts';

export interface Front {
  state: RoutingState;
  metrics: TrafficMetrics;
  products: ProductMetrics;
  clock: Clock;
  /** Clients of connections that are passed through: no server closes them for us. */
  tunnels: Set<Duplex>;
}

export function handleRequest(front: Front, origin: Origin, asked: Asked): void {
  const { incoming, reply } = asked;
  const startedMs = performance.now();
  const decision = decide(incoming, origin, front.state);
  if (decision.kind === 'answer') {
    incoming.stream.resume();
    answerWith(incoming, reply, decision);
    countAnswer(front, decision, origin);
    return;
  }
  const body = bodyOf(incoming);
  const start = (body: RequestBody | undefined): void => {
    if (!body) return;
    // Most requests have nobody who asks whether they are over.
    const { timeoutMs, mirrors } = decision;
    const over = timeoutMs !== undefined || mirrors.length > 0 ? new AbortController() : undefined;
    const deps = exchangeDeps(front, incoming, { startedMs, over });
    const exchange = new Exchange(asked, { forward: decision, origin, body }, deps);
    if (over) {
      limitTime(exchange, decision, { clock: front.clock, over: over.signal });
      mirror(front, decision, { asked, body, origin, over: over.signal });
    }
    exchange.send();
  };
  if (body instanceof Promise) void body.then(start);
  else start(body);
}

function limitTime(
  exchange: Exchange,
  { timeoutMs }: Forward,
  { clock, over }: { clock: Clock; over: AbortSignal },
): void {
  if (timeoutMs === undefined) return;
  void clock.sleep(timeoutMs, over).then(() => {
    if (!over.aborted) exchange.fail(504, `no answer within ${timeoutMs} ms`);
  });
}

function exchangeDeps(
  front: Front,
  incoming: Incoming,
  { startedMs, over }: { startedMs: number; over: AbortController | undefined },
): ExchangeDeps {
  const { registry } = front.state;
  return {
    pick: (target, client, tried) => registry.pick(target, client, tried),
    retried: ({ target }, reason) => front.metrics.countRetry(target.service, reason),
    finished: (forward, endpoint, outcome) => {
      over?.abort();
      const seconds = (performance.now() - startedMs) / 1_000;
      observe(front, incoming, { forward, endpoint, ...outcome, seconds });
    },
  };
}

export function observe(
  { metrics, products }: Front,
  { method, headers: { host } }: Incoming,
  result: {
    forward: Forward;
    endpoint: LiveEndpoint | undefined;
    seconds: number;
  } & Outcome,
): void {
  const { forward, endpoint, code, grpcStatus, seconds } = result;
  const { namespace, name } = forward.target;
  const { hash, version } = endpoint?.version ?? { hash: '', version: '' };
  const labels = {
    namespace,
    service: name,
    route: forward.route,
    pod_template_hash: hash,
    version,
    code: String(code),
  };
  metrics.observe(labels, seconds);
  const asked = { method, host: hostOf(typeof host === 'string' ? host : undefined) };
  products.count({ forward, endpoint, code, grpcStatus, ...asked }, seconds);
}

/** Requests that reached no Service count under the Service they came in for, if any. */
function countAnswer({ metrics }: Front, { code, route }: Answer, origin: Origin): void {
  const [namespace = '', service = ''] = origin.kind === 'service' ? origin.service.split('/') : [];
  const none = { pod_template_hash: '', version: '' };
  metrics.observe({ namespace, service, route, ...none, code: String(code) }, 0);
}

interface Mirrored {
  asked: Asked;
  body: RequestBody;
  origin: Origin;
  over: AbortSignal;
}

/** Sends copies whose answers nobody reads. */
function mirror(
  { state }: Front,
  forward: Forward,
  { asked: { incoming }, body, origin, over }: Mirrored,
): void {
  const { method, trailers } = incoming;
  for (const { target, http2 } of forward.mirrors) {
    const endpoint = state.registry.pick(target, '', []);
    if (!endpoint) continue;
    const headers = requestHeaders(incoming, { ...forward, http2 }, origin);
    const request = { method, path: forward.path, headers, body: body.copy(over), trailers };
    try {
      if (http2) sendByHttp2(endpoint.lines.take(), request, NOBODY);
      else sendByHttp1(endpoint.pool, request, NOBODY);
    } catch {
      // What cannot be sent is told to the client, who has no part in copies.
    }
  }
}

const NOBODY: AnswerSink = {
  begin: () => undefined,
  write: () => true,
  complete: () => undefined,
  failed: () => undefined,
};
