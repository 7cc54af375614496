/** Answers requests: who asks, what for, may they, and then the operation. */
import type { Authorizer } from '../access/rbac.ts';
import type { Tokens } from '../access/tokens.ts';
import type { Backend, UserInfo } from '../backend.ts';
import type { Registry } from '../registry.ts';
import { methodNotAllowed, noSuchPath, StatusError } from '../status.ts';
import {
  aggregated,
  coreVersions,
  groupList,
  groupVersionPaths,
  oneGroup,
  resourceList,
  rootPaths,
  VERSION,
} from './discovery.ts';
import {
  NO_PAGE,
  negotiate,
  notAcceptable,
  plain,
  respond,
  type ApiRequest,
  type ApiResponse,
} from './message.ts';
import { encodeOpenApiV2, OPENAPI_V2_PROTOBUF } from './openapi-proto.ts';
import { openApiIndex, openApiV2, openApiV3 } from './openapi.ts';
import { handleResource } from './resources.ts';
import { resourceRoute } from './route.ts';

export interface HandlerParts {
  backend: Backend;
  authorizer: Authorizer;
  tokens: Tokens;
  /** `host:port` for clients. */
  address: () => string;
}

export async function handle(parts: HandlerParts, request: ApiRequest): Promise<ApiResponse> {
  try {
    const user = impersonated(parts.authorizer, request);
    const asked = { ...request, user };
    const route = resourceRoute(request.path);
    if (route !== undefined) return await handleResource(parts, asked, route);
    return handleFixed(parts, asked);
  } catch (error) {
    if (error instanceof StatusError) return failed(error);
    parts.backend.log.error('request failed', { path: request.path, error });
    const message = error instanceof Error ? error.message : String(error);
    return failed(new StatusError(500, 'InternalError', `Internal error occurred: ${message}`, {}));
  }
}

export function failed(error: StatusError): ApiResponse {
  const seconds = error.details?.retryAfterSeconds;
  const headers = seconds === undefined ? {} : { 'retry-after': String(seconds) };
  return respond(error.code, error.body(), undefined, headers);
}

/** `kubectl --as`: another user, for whoever may take that user's place. */
function impersonated(authorizer: Authorizer, { user, headers }: ApiRequest): UserInfo {
  const username = headers['impersonate-user'];
  if (username === undefined) return user;
  const groups = (headers['impersonate-group'] ?? '').split(',').map((group) => group.trim());
  const attributes = { verb: 'impersonate', group: '', subresource: '', namespace: '' };
  authorizer.require(user, { ...attributes, resource: 'users', name: username });
  const named = groups.filter((group) => group !== '');
  for (const name of named) authorizer.require(user, { ...attributes, resource: 'groups', name });
  return { username, groups: [...new Set([...named, ...impliedGroups(username)])] };
}

function impliedGroups(username: string): string[] {
  const [, kind, namespace] = /^system:(serviceaccount):([^:]+):[^:]+$/.exec(username) ?? [];
  if (kind === undefined) return ['system:authenticated'];
  const accounts = 'system:serviceaccounts';
  return [accounts, `${accounts}:${namespace}`, 'system:authenticated'];
}

const HEALTH = new Set(['/healthz', '/livez', '/readyz']);

function handleFixed(parts: HandlerParts, request: ApiRequest): ApiResponse {
  const { path, method, user, headers } = request;
  const attributes = { group: '', resource: '', subresource: '', name: '', namespace: '' };
  parts.authorizer.require(user, { ...attributes, verb: method.toLowerCase(), path });
  const isRead = method === 'GET' || method === 'HEAD';
  if (!isRead) throw isFixed(parts, path) ? methodNotAllowed() : noSuchPath();
  const section = `/${path.split('/')[1] ?? ''}`;
  if (HEALTH.has(section)) return health(request);
  if (section === '/version') return respond(200, VERSION);
  if (path === '/openapi/v2' && headers['accept']?.includes(OPENAPI_V2_PROTOBUF) === true)
    return openApiV2Protobuf(parts.backend.registry);
  const accepted = negotiate(headers['accept']);
  if (accepted === undefined) throw notAcceptable(request);
  if (section === '/openapi') return openApi(parts, path);
  return discovery(parts, path, accepted);
}

function openApiV2Protobuf(registry: Registry): ApiResponse {
  async function* body() {
    yield encodeOpenApiV2(openApiV2(registry));
  }
  const headers = { 'content-type': `${OPENAPI_V2_PROTOBUF}.v1.0+protobuf` };
  return { status: 200, headers, body: body() };
}

function health({ path, query }: ApiRequest): ApiResponse {
  if (!query.has('verbose')) return plain(200, 'ok');
  const name = path.split('/')[1] ?? 'healthz';
  return plain(200, `[+]ping ok\n[+]store ok\n${name} check passed\n`);
}

function openApi({ backend }: HandlerParts, path: string): ApiResponse {
  const { registry } = backend;
  if (path === '/openapi/v2') return respond(200, openApiV2(registry));
  if (path === '/openapi/v3') return respond(200, openApiIndex(registry));
  const resources = groupVersionPaths(registry).get(path.replace('/openapi/v3/', ''));
  if (resources === undefined) throw noSuchPath();
  return respond(200, openApiV3(resources));
}

const AGGREGATED_TYPE = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

function discovery(
  { backend, address }: HandlerParts,
  path: string,
  accepted: { aggregated: boolean; yaml: boolean },
): ApiResponse {
  const { registry } = backend;
  if (accepted.aggregated && (path === '/api' || path === '/apis')) {
    const groups = path === '/api' ? [''] : registry.groups();
    return respond(200, aggregated(registry, groups), undefined, {
      'content-type': AGGREGATED_TYPE,
    });
  }
  const found = discoveryDocument(registry, address(), path);
  if (found !== undefined) return respond(200, found, accepted);
  const [root, group = ''] = path.split('/').filter((part) => part !== '');
  if (root === 'apis' && registry.versions(group).length === 0) return plain(404, NO_PAGE);
  if (root === 'api' || root === 'apis') throw noSuchPath();
  return respond(404, rootPaths(registry));
}

function isFixed({ backend, address }: HandlerParts, path: string): boolean {
  return path === '/version' || discoveryDocument(backend.registry, address(), path) !== undefined;
}

function discoveryDocument(registry: Registry, address: string, path: string) {
  const [root, first, second, ...more] = path.split('/').filter((part) => part !== '');
  if (root === undefined) return rootPaths(registry);
  if (root === 'api' && second === undefined)
    return first === undefined ? coreVersions(address) : resourceList(registry, '', first);
  if (root !== 'apis' || more.length > 0) return undefined;
  if (first === undefined) return groupList(registry);
  return second === undefined ? oneGroup(registry, first) : resourceList(registry, first, second);
}
