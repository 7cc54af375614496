/** Turns what can go wrong with a request into a KubeError that says what was asked and why not. */
import { KubeError } from '../ports/kube.ts';
import type { ClusterConfig } from './kubeconfig.ts';

/** An answer that was read to its end. */
export interface Reply {
  status: number;
  headers: Record<string, string>;
  text: string;
}

/** The fields of `metav1.Status` that are read here. */
interface Status {
  kind?: string;
  code?: number;
  reason?: string;
  message?: string;
  details?: { name?: string; kind?: string; retryAfterSeconds?: number };
}

/** `metav1.StatusReason` of an answer that names none. */
const REASONS: Record<number, string> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Expired',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const RESET_CODES = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

const TIMEOUT_CODES = new Set([
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);

const WHY: Record<string, string> = {
  ECONNREFUSED: 'connection refused; is the API server running?',
  ENOTFOUND: 'the host name is not known',
  EHOSTUNREACH: 'no route to the host',
  ENETUNREACH: 'the network is unreachable',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_DESTROYED: 'this client was closed',
  UND_ERR_CLOSED: 'this client was closed',
};

/** The connection broke, rather than was refused or timed out. */
export function isReset(error: unknown): boolean {
  return RESET_CODES.has(codeOf(error));
}

/** The connection was silent for longer than allowed. */
export function isIdle(error: unknown): boolean {
  return codeOf(error) === 'UND_ERR_BODY_TIMEOUT';
}

/** A 404 that speaks of an object, rather than of a path the server does not know. */
export function isObjectMissing(error: unknown): boolean {
  if (!(error instanceof KubeError) || error.code !== 404) return false;
  const details = (error.body as Status | undefined)?.details;
  return Boolean(details?.name ?? details?.kind);
}

/** A 404 for the resource itself: its CRD or its version is gone since discovery. */
export function isResourceMissing(error: unknown): boolean {
  return error instanceof KubeError && error.code === 404 && !isObjectMissing(error);
}

/** The error of an answer whose status is not a success. */
export function statusError(what: string, reply: Reply, source: string): KubeError {
  const status = parseStatus(reply.text);
  const retryAfter = Number(reply.headers['retry-after'] ?? Number.NaN);
  const asked = status?.details?.retryAfterSeconds;
  const seconds = Number.isFinite(retryAfter) ? retryAfter : asked;
  const hint = reply.status === 401 ? ` (credentials: ${source}; log in again)` : '';
  return new KubeError(`${what}: ${sentence(status, reply)}${hint}`, {
    code: reply.status,
    reason: reasonOf(status?.reason, reply.status),
    body: status,
    ...(seconds !== undefined && { retryAfterSeconds: seconds }),
  });
}

/** The error of an ERROR event of a watch. */
export function watchError(what: string, object: unknown): KubeError {
  const status = (object ?? {}) as Status;
  const code = status.code ?? 500;
  return new KubeError(`${what}: ${status.message ?? 'the server ended the watch with an error'}`, {
    code,
    reason: reasonOf(status.reason, code),
    body: object,
  });
}

export function notServed(what: string, server: string): KubeError {
  return new KubeError(
    `${what}: ${server} does not serve this kind; is its CustomResourceDefinition installed?`,
    { code: 404, reason: 'NotServed' },
  );
}

/** The error of a request that got no answer. An error that is a KubeError already is kept. */
export function connectionError(error: unknown, what: string, config: ClusterConfig): KubeError {
  if (error instanceof KubeError) return error;
  const code = codeOf(error);
  const told = error instanceof Error ? error.message : String(error);
  if (error instanceof Error && error.name === 'AbortError')
    return new KubeError(`${what}: stopped`, { code: 0, reason: 'Aborted' });
  if (TIMEOUT_CODES.has(code))
    return new KubeError(`${what}: no answer from ${config.server} in time (${told})`, {
      code: 0,
      reason: 'Timeout',
    });
  if (/CERT|TLS|SIGNATURE|SSL/.test(code))
    return new KubeError(
      `${what}: the certificates of ${config.server} and this client do not fit: ${told}; check certificate-authority, tls-server-name and the client certificate in ${config.source}`,
      { code: 0, reason: 'TLSFailed' },
    );
  return new KubeError(`${what}: cannot reach ${config.server}: ${WHY[code] ?? told}`, {
    code: 0,
    reason: RESET_CODES.has(code) ? 'ConnectionReset' : 'ConnectionFailed',
  });
}

function codeOf(error: unknown): string {
  const { code, cause } = (error ?? {}) as { code?: unknown; cause?: unknown };
  if (typeof code === 'string') return code;
  return cause === undefined ? '' : codeOf(cause);
}

function reasonOf(reason: string | undefined, code: number): string {
  if (code === 410) return 'Expired';
  return reason || (REASONS[code] ?? 'Unknown');
}

function sentence(status: Status | undefined, reply: Reply): string {
  if (status?.message) return status.message;
  const text = reply.text.trim().slice(0, 300);
  return text === '' ? `HTTP status ${reply.status}` : `HTTP status ${reply.status}: ${text}`;
}

function parseStatus(text: string): Status | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    const body = JSON.parse(text) as Status;
    return body.kind === 'Status' ? body : undefined;
  } catch {
    return undefined;
  }
}
