/** Takes requests in, decides, forwards, and counts what became of them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../ports/clock.ts';
import { decide, type Answer, type Forward, type Origin, type RoutingState } from './decision.ts';
import { Exchange, type ExchangeDeps } from './exchange.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { requestHeaders } from './proxy-headers.ts';
import { bodyOf, type RequestBody } from './request-body.ts';
import type { TrafficMetrics } from './traffic-metrics.ts';

export interface Front {
  state: RoutingState;
  metrics: TrafficMetrics;
  clock: Clock;
  /** Clients of connections that are passed through: no server closes them for us. */
  tunnels: Set<Duplex>;
}

export function handleRequest(
  front: Front,
  origin: Origin,
  messages: { request: IncomingMessage; response: ServerResponse },
): void {
  const { request, response } = messages;
  const startedMs = performance.now();
  const decision = decide(request, origin, front.state);
  if (decision.kind === 'answer') {
    respond(decision, request, response);
    countAnswer(front, decision, origin);
    return;
  }
  const body = bodyOf(request);
  const start = (body: RequestBody | undefined): void => {
    if (!body) return;
    const over = new AbortController();
    const deps = exchangeDeps(front, startedMs, over);
    const exchange = new Exchange(messages, { forward: decision, origin, body }, deps);
    limitTime(exchange, decision, { clock: front.clock, over: over.signal });
    mirror(front, decision, { request, body, origin });
    exchange.send();
  };
  if (body instanceof Promise) void body.then(start);
  else start(body);
}

function respond(
  { code, text, headers }: Answer,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  request.resume();
  response.writeHead(code, { 'content-type': 'text/plain', ...headers }).end(text);
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

function exchangeDeps(front: Front, startedMs: number, over: AbortController): ExchangeDeps {
  const { registry } = front.state;
  return {
    pick: (target, client, tried) => registry.pick(target, client, tried),
    retried: ({ target }, reason) => front.metrics.countRetry(target.service, reason),
    finished: (forward, endpoint, code) => {
      over.abort();
      const seconds = (performance.now() - startedMs) / 1_000;
      observe(front, { forward, endpoint, code, seconds });
    },
  };
}

export function observe(
  { metrics }: Front,
  result: {
    forward: Forward;
    endpoint: LiveEndpoint | undefined;
    code: number;
    seconds: number;
  },
): void {
  const { forward, endpoint, code, seconds } = result;
  const { namespace, name } = forward.target;
  const { hash, version } = endpoint?.version ?? { hash: '', version: '' };
  metrics
    .series({
      namespace,
      service: name,
      route: forward.route,
      pod_template_hash: hash,
      version,
      code: String(code),
    })
    .observe(seconds);
}

/** Requests that reached no Service count under the Service they came in for, if any. */
function countAnswer({ metrics }: Front, { code, route }: Answer, origin: Origin): void {
  const [namespace = '', service = ''] = origin.kind === 'service' ? origin.service.split('/') : [];
  const none = { pod_template_hash: '', version: '' };
  metrics.series({ namespace, service, route, ...none, code: String(code) }).observe(0);
}

/** Sends copies whose answers nobody reads; a body that streams through is not copied. */
function mirror(
  { state }: Front,
  forward: Forward,
  { request, body, origin }: { request: IncomingMessage; body: RequestBody; origin: Origin },
): void {
  const { mirrors, path } = forward;
  if (mirrors.length === 0 || !body.replayable) return;
  const { method = 'GET' } = request;
  const headers = requestHeaders(request, forward, origin);
  for (const target of mirrors) {
    const endpoint = state.registry.pick(target, '', []);
    endpoint?.pool
      .request({
        method: method,
        path,
        headers,
        body: body.open(),
      })
      .then((answer) => answer.body.dump())
      .catch(() => undefined);
  }
}
