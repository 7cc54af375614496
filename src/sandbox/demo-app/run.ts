/** The demo app: a small HTTP server with a version and, where asked, faults. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';
import { divert } from '../divert.ts';
import { Silent } from '../gateway/first-bytes.ts';
import {
  decideOutcome,
  type DemoSettings,
  type Outcome,
  phaseOf,
  readSettings,
  settingsAt,
} from './faults.ts';
import { answerCall, type GrpcServer, grpcServer } from './grpc.ts';
import { type Life, stream, webSocket } from './long-lived.ts';
import { RequestMetrics } from './request-metrics.ts';

interface App extends Life {
  settings: DemoSettings;
  metrics: RequestMetrics;
  phase: number;
  /** When it began to serve, as `performance.now()`. */
  servesSinceMs: number;
  /** Requests seen on the faulty paths. */
  count: number;
}

/**
 * Runs until SIGTERM, and resolves to the exit code: 64 for settings it does not understand, 1
 * where it was told to crash, otherwise 0. A parent process is told the addresses with the message
 * `{listening: [{address, port}]}`, and the app leaves when that parent goes away.
 */
export async function runDemoApp(
  env: Record<string, string | undefined>,
  argv: string[],
): Promise<number> {
  let settings: DemoSettings;
  try {
    if (argv.length > 0) throw new Error(`${argv.join(' ')}: the demo app takes no arguments`);
    settings = readSettings(env);
  } catch (error) {
    process.stderr.write(`segue-demo: ${(error as Error).message}\n`);
    return 64;
  }
  const leave = new AbortController();
  const onTerm = (): void => leave.abort();
  process.once('SIGTERM', onTerm);
  process.once('SIGINT', onTerm);
  // Without the parent nobody would ever stop this process.
  const onOrphaned = (): never => process.exit(0);
  process.once('disconnect', onOrphaned);
  try {
    return await serve(settings, leave.signal);
  } finally {
    process.off('SIGTERM', onTerm);
    process.off('SIGINT', onTerm);
    process.off('disconnect', onOrphaned);
  }
}

async function serve(settings: DemoSettings, leave: AbortSignal): Promise<number> {
  await pause(settings.startDelayMs, leave);
  if (leave.aborted) return 0;
  const app: App = {
    settings,
    version: settings.version,
    metrics: new RequestMetrics(),
    phase: phaseOf(settings.pod),
    servesSinceMs: performance.now(),
    count: 0,
    leaving: false,
    over: false,
  };
  const servers = await Promise.all(settings.ports.map((port) => listen(app, port)));
  process.send?.({ listening: servers.map(({ server }) => server.address()) });
  say(`${settings.version} on ${settings.pod} listens on ${servers.map(where).join(', ')}`);
  const stopWorking = takeJobs(app);
  const crashed = await pause(settings.crashAfterMs ?? Infinity, leave);
  stopWorking();
  if (crashed) {
    say(`crashes after ${settings.crashAfterMs} ms, as CRASH_AFTER_MS says`);
    for (const { server } of servers) server.closeAllConnections();
    return 1;
  }
  say('told to stop, finishes what is under way');
  app.leaving = true;
  for (const { grpc } of servers) grpc.leave();
  await pause(settings.lameDuckMs, undefined);
  app.over = true;
  await Promise.all(servers.map(close));
  say('stopped');
  return 0;
}

/** One after the other, as from a queue; faults are those of requests. Returns what ends it. */
function takeJobs({ settings, phase, metrics }: App): () => void {
  const { jobsPerSecond } = settings;
  if (jobsPerSecond === 0) return () => {};
  let count = 0;
  const timer = setInterval(() => {
    const { fails } = decideOutcome(settings, count, phase);
    count += 1;
    metrics.job(fails ? 'failed' : 'done');
  }, 1_000 / jobsPerSecond);
  return () => clearInterval(timer);
}

interface Listening {
  server: Server;
  grpc: GrpcServer;
  silent: Silent;
}

function listen(app: App, port: number): Promise<Listening> {
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    void answer(app, request, response);
  });
  server.on('upgrade', (request, socket) => webSocket(app, request, socket));
  const grpc = grpcServer((stream) => void workOnCall(app, stream));
  const silent = new Silent();
  divert(server, (socket, back) => {
    silent.listenTo(socket, ({ kind }) => {
      if (kind === 'http2') grpc.http2.emit('connection', socket);
      else back();
    });
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, app.settings.host, 1_024, () => resolve({ server, grpc, silent }));
  });
}

function nextOutcome(app: App): Outcome {
  const { settings, phase, servesSinceMs } = app;
  const now = settingsAt(settings, performance.now() - servesSinceMs);
  return decideOutcome(now, app.count++, phase);
}

/** Subject to faults and counted, as requests are. */
async function workOnCall(app: App, stream: ServerHttp2Stream): Promise<void> {
  const startedMs = performance.now();
  const { fails, delayMs } = nextOutcome(app);
  if (delayMs > 0) await pause(delayMs, undefined);
  if (!stream.destroyed) await answerCall(stream, { version: app.version, fails });
  const seconds = (performance.now() - startedMs) / 1_000;
  app.metrics.call(fails ? 'Unavailable' : 'OK', seconds);
  app.metrics.observe(fails ? 500 : 200, seconds);
}

async function answer(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = (request.url ?? '/').split('?')[0];
  if (app.leaving) response.setHeader('connection', 'close');
  switch (path) {
    case '/healthz':
      return send(response, 200, 'ok\n');
    case '/readyz':
      return app.leaving ? send(response, 503, 'leaving\n') : send(response, 200, 'ok\n');
    case '/metrics':
      return send(response, 200, app.metrics.render());
    case '/stream':
      return stream(app, response);
    default:
      return work(app, request, response);
  }
}

/** Everything but the paths for operators: subject to faults, and counted. */
async function work(app: App, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const startedMs = performance.now();
  const outcome = nextOutcome(app);
  const bodyBytes = await drain(request);
  if (outcome.delayMs > 0) await pause(outcome.delayMs, undefined);
  const { version, pod } = app.settings;
  const { method, url, headers } = request;
  const code = outcome.fails ? 500 : 200;
  response.setHeader('x-segue-version', version);
  if (url?.startsWith('/echo'))
    sendJson(response, code, { version, pod, method, url, headers, bodyBytes });
  else if (headers.accept?.includes('application/json'))
    sendJson(response, code, { version, pod, ...(outcome.fails && { error: 'FAULT_PERCENT' }) });
  else send(response, code, `${outcome.fails ? 'fault in ' : ''}segue-demo ${version} on ${pod}\n`);
  if (url?.startsWith('/order') && !outcome.fails) app.metrics.order();
  app.metrics.observe(code, (performance.now() - startedMs) / 1_000);
}

/** Bytes of the body, once it is all there; a client that went away ends it too. */
function drain(request: IncomingMessage): Promise<number> {
  let bytes = 0;
  return new Promise((resolve) => {
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.once('close', () => resolve(bytes));
    request.once('end', () => resolve(bytes));
  });
}

function send(response: ServerResponse, code: number, text: string): void {
  const headers = { 'content-type': 'text/plain', 'content-length': Buffer.byteLength(text) };
  response.writeHead(code, headers).end(text);
}

function sendJson(response: ServerResponse, code: number, body: unknown): void {
  const text = `${JSON.stringify(body)}\n`;
  const length = Buffer.byteLength(text);
  response
    .writeHead(code, { 'content-type': 'application/json', 'content-length': length })
    .end(text);
}

/** True after `ms`, false when told to leave before that. */
function pause(ms: number, leave: AbortSignal | undefined): Promise<boolean> {
  if (ms <= 0) return Promise.resolve(true);
  if (leave?.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const timer = ms === Infinity ? undefined : setTimeout(() => resolve(true), ms);
    leave?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve(false);
    });
  });
}

function close({ server, grpc, silent }: Listening): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    grpc.leave();
    silent.destroy();
    server.closeIdleConnections();
  });
}

function where({ server }: Listening): string {
  const address = server.address();
  return typeof address === 'object' && address ? `${address.address}:${address.port}` : '';
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
