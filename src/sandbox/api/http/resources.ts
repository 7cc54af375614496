/** Requests for resources, by verb and subresource. */
import type { KubeObject } from '../../../api/object.ts';
import type { PatchType } from '../../../ports/kube.ts';
import type { Authorizer } from '../access/rbac.ts';
import { answerReview } from '../access/reviews.ts';
import type { Tokens } from '../access/tokens.ts';
import type { Backend, Target, WriteOptions } from '../backend.ts';
import { evict } from '../operations/evict.ts';
import { bind } from '../operations/bind.ts';
import { create } from '../operations/create.ts';
import { readDeleteOptions, remove, type Deleted } from '../operations/delete.ts';
import { PATCH_MEDIA_TYPES, patch, patchFields } from '../operations/patch.ts';
import { ALL_NOW, get, list, type Selection } from '../operations/read.ts';
import { readObject } from '../operations/body.ts';
import { changeScale, getScale } from '../operations/scale.ts';
import { finalizeNamespace, replace } from '../operations/update.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { isFields } from '../schema.ts';
import { badRequest, methodNotAllowed, noSuchPath, notInSandbox, StatusError } from '../status.ts';
import { partial, renderTable } from '../tables/render.ts';
import { objectBody, parseBody } from './body.ts';
import { logs } from './logs.ts';
import {
  NO_PAGE,
  negotiate,
  notAcceptable,
  plain,
  respond,
  type Accepted,
  type ApiRequest,
  type ApiResponse,
} from './message.ts';
import { readListOptions, readWriteOptions } from './options.ts';
import { verbOf, type ResourceRoute } from './route.ts';
import { issueToken } from './token.ts';
import { watchResponse } from './watch.ts';

interface Parts {
  backend: Backend;
  authorizer: Authorizer;
  tokens: Tokens;
}

interface Call extends Parts {
  request: ApiRequest;
  route: ResourceRoute;
  resource: Resource;
  target: Target;
  accepted: Accepted;
}

export async function handleResource(
  parts: Parts,
  request: ApiRequest,
  route: ResourceRoute,
): Promise<ApiResponse> {
  const { group, version, plural, name, subresource } = route;
  const verb = verbOf(request.method, route, request.query);
  const namespace = plural === 'namespaces' && group === '' ? name : route.namespace;
  parts.authorizer.require(request.user, {
    verb,
    group,
    resource: plural,
    subresource,
    name,
    namespace,
  });
  const { registry } = parts.backend;
  if (!registry.serves(group)) return plain(404, NO_PAGE);
  const resource = registry.find(group, version, plural);
  if (resource === undefined || !isInScope(resource, route)) throw noSuchPath();
  const accepted = negotiate(request.headers['accept']);
  if (accepted === undefined && subresource !== 'log') throw notAcceptable(request);
  const target = { resource, namespace: route.namespace, name };
  const call = { ...parts, request, route, resource, target, accepted: accepted ?? AS_JSON };
  const isWhole = subresource === '' || (subresource === 'status' && resource.statusSubresource);
  const response = isWhole ? handleVerb(call, verb) : await handleSubresource(call);
  return withDeprecation(response, resource);
}

function withDeprecation(response: ApiResponse, { deprecation }: Resource): ApiResponse {
  if (deprecation === undefined) return response;
  const own = response.headers['warning'];
  const told = [warningText(deprecation), ...(own === undefined ? [] : [own])].join(', ');
  return { ...response, headers: { ...response.headers, warning: told } };
}

/** For a Warning header. */
function warningText(text: string): string {
  return `299 - "${text.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`)}"`;
}

const AS_JSON: Accepted = { yaml: false, as: undefined, aggregated: false };

/** A namespace is given where the kind has one, and only there. */
function isInScope(resource: Resource, { namespace, name }: ResourceRoute): boolean {
  return resource.namespaced ? namespace !== '' || name === '' : namespace === '';
}

/** Objects are made and deleted in a namespace, made without a name in the path, changed with. */
function isShaped({ resource, route }: Call, verb: string): boolean {
  const { name, namespace } = route;
  if (verb === 'create') return name === '' && (!resource.namespaced || namespace !== '');
  if (verb === 'deletecollection') return !resource.namespaced || namespace !== '';
  return (verb !== 'update' && verb !== 'patch') || name !== '';
}

function handleVerb(call: Call, verb: string): ApiResponse {
  const { backend, resource, target } = call;
  if (!resource.verbs.includes(verb) || !isShaped(call, verb)) throw methodNotAllowed();
  switch (verb) {
    case 'get':
      return answer(call, 200, get(backend, target));
    case 'list':
      return answerList(call);
    case 'watch':
      return watchResponse(backend, {
        selection: selectionOf(call),
        query: call.request.query,
        accepted: call.accepted,
        includeObject: includeObject(call),
        signal: call.request.signal,
      });
    case 'create':
      return post(call);
    case 'update': {
      const options = optionsOf(call);
      const object = replace(backend, {
        target,
        body: objectBody(call.request, call.backend.registry, resource.kind),
        options,
      });
      return answer(call, 200, object, options);
    }
    case 'patch':
      return patchAnswer(call);
    case 'delete':
      return deleteOne(call);
    default:
      return deleteMany(call);
  }
}

function post(call: Call): ApiResponse {
  const { backend, resource, target, request } = call;
  const options = optionsOf(call);
  const body = objectBody(request, call.backend.registry, resource.kind);
  if (!resource.verbs.includes('get')) {
    const review = readObject(resource, body, options);
    const answered = answerReview(resource.plural, review, { ...call, user: request.user });
    if (answered === undefined) throw noSuchPath();
    return answer(call, 201, answered, options);
  }
  return answer(call, 201, create(backend, { target, body, options }), options);
}

function optionsOf({ request, route }: Call): WriteOptions {
  return readWriteOptions(request, route.subresource);
}

function patchTypeOf({ headers }: ApiRequest): PatchType {
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim();
  const found = Object.entries(PATCH_MEDIA_TYPES).find(([, media]) => media === type);
  if (found === undefined)
    throw new StatusError(415, 'UnsupportedMediaType', '415: Unsupported Media Type', {});
  return found[0] as PatchType;
}

function patchAnswer(call: Call): ApiResponse {
  const { backend, target, request } = call;
  const type = patchTypeOf(request);
  const options = optionsOf(call);
  if (type === 'apply') options.fieldManager = request.query.get('fieldManager') ?? '';
  const patched = patch(backend, {
    target,
    type,
    body: patchBody(call, type),
    options,
  });
  return answer(call, patched.created ? 201 : 200, patched.object, options);
}

/** What is said before why a patch cannot be read. */
const UNREAD: Record<PatchType, string> = {
  json: 'error decoding patch: ',
  merge: 'error decoding patch: ',
  strategic: '',
  apply: 'error decoding YAML: ',
};

function patchBody({ request, backend }: Call, type: PatchType): unknown {
  const body = parseBody(request, backend.registry, UNREAD[type]);
  if (body === undefined) throw badRequest(`${UNREAD[type]}unexpected end of JSON input`);
  return body;
}

function deleteOne(call: Call): ApiResponse {
  const { backend, target, request } = call;
  const options = readDeleteOptions(parseBody(request, call.backend.registry), request.query);
  return answerDeleted(call, remove(backend, target, options));
}

/** Kinds that answer with the object itself even when it is gone. */
const RETURNS_OBJECT = new Set([
  '/pods',
  '/services',
  '/serviceaccounts',
  '/persistentvolumeclaims',
  '/resourcequotas',
]);

function answerDeleted(call: Call, { object, gone }: Deleted): ApiResponse {
  const { resource } = call;
  if (!gone || RETURNS_OBJECT.has(resource.storage)) return answer(call, 200, object);
  const { name, uid } = object.metadata;
  const group = resource.group === '' ? {} : { group: resource.group };
  const details = { name, ...group, kind: resource.plural, uid };
  const status = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  return respond(200, status, call.accepted);
}

function deleteMany(call: Call): ApiResponse {
  const { backend, resource, request } = call;
  const options = readDeleteOptions(parseBody(request, call.backend.registry), request.query);
  const { items } = list(backend, selectionOf(call), ALL_NOW);
  // Told is what was found, as it was then.
  const deleted = items.filter(({ metadata: { namespace = '', name } }) => {
    const isThere = backend.store.get(resource.storage, namespace, name) !== undefined;
    if (isThere) remove(backend, { resource, namespace, name }, options);
    return isThere;
  });
  return respond(
    200,
    listBody(resource, deleted, { resourceVersion: String(backend.store.revision) }),
    call.accepted,
  );
}

function listBody(resource: Resource, items: KubeObject[], metadata: unknown) {
  const kind = `${resource.kind}List`;
  const shown = resource.custom ? items : items.map(withoutKind);
  return { kind, apiVersion: apiVersionOf(resource), metadata, items: shown };
}

/** In lists of built-in kinds only the list says what its items are. */
function withoutKind(object: KubeObject): Record<string, unknown> {
  const { apiVersion: _version, kind: _kind, ...item } = object;
  return item;
}

function selectionOf({ resource, route, request }: Call): Selection {
  const { query } = request;
  return {
    resource,
    namespace: resource.namespaced && route.namespace !== '' ? route.namespace : undefined,
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
  };
}

function answerList(call: Call): ApiResponse {
  const { backend, resource, request, accepted } = call;
  const page = list(backend, selectionOf(call), readListOptions(request.query));
  const metadata = {
    resourceVersion: page.resourceVersion,
    ...(page.continue === '' ? {} : { continue: page.continue }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  if (accepted.as === 'Table') {
    const options = {
      includeObject: includeObject(call),
      withColumns: true,
      nowMs: backend.clock.now(),
    };
    return respond(200, renderTable(resource, { items: page.items, metadata }, options), accepted);
  }
  if (accepted.as === 'PartialObjectMetadata') {
    const kind = 'PartialObjectMetadataList';
    const items = page.items.map(partial);
    return respond(200, { kind, apiVersion: 'meta.k8s.io/v1', metadata, items }, accepted);
  }
  return respond(200, listBody(resource, page.items, metadata), accepted);
}

function includeObject({ request }: Call): 'None' | 'Metadata' | 'Object' {
  const asked = request.query.get('includeObject');
  return asked === 'None' || asked === 'Object' ? asked : 'Metadata';
}

function answer(
  call: Call,
  status: number,
  object: KubeObject,
  options?: WriteOptions,
): ApiResponse {
  const { accepted, backend, resource } = call;
  const warnings = (options?.warnings ?? []).map(warningText);
  const headers: Record<string, string> =
    warnings.length > 0 ? { warning: warnings.join(', ') } : {};
  if (accepted.as === 'Table' && object.kind === resource.kind) {
    const metadata = { resourceVersion: object.metadata.resourceVersion ?? '' };
    const shape = {
      includeObject: includeObject(call),
      withColumns: true,
      nowMs: backend.clock.now(),
    };
    const table = renderTable(resource, { items: [object], metadata }, shape);
    return respond(status, table, accepted, headers);
  }
  const body = accepted.as === 'PartialObjectMetadata' ? partial(object) : object;
  return respond(status, body, accepted, headers);
}

/** Left out on purpose, each in words people know. */
const LEFT_OUT: Record<string, string> = {
  attach: 'kubectl attach',
  exec: 'kubectl exec',
  portforward: 'kubectl port-forward',
  proxy: 'kubectl proxy to pods, services and nodes',
  ephemeralcontainers: 'kubectl debug',
};

async function handleSubresource(call: Call): Promise<ApiResponse> {
  const { backend, resource, route, request, target } = call;
  const { subresource } = route;
  const leftOut = LEFT_OUT[subresource];
  if (leftOut !== undefined) throw notInSandbox(leftOut);
  if (subresource === 'scale') return scaleAnswer(call);
  switch (`${request.method} ${resource.storage}/${subresource}`) {
    case 'GET /pods/log':
      return logs(backend, target, request);
    case 'POST /pods/binding':
      bind(backend, target, objectBody(request, call.backend.registry, 'Binding'));
      return respond(201, {
        kind: 'Status',
        apiVersion: 'v1',
        metadata: {},
        status: 'Success',
        code: 201,
      });
    case 'POST /pods/eviction':
      return respond(201, evict(backend, target, parseBody(request, call.backend.registry)));
    case 'POST /serviceaccounts/token':
      return respond(
        201,
        issueToken(call, target, parseBody(request, call.backend.registry)),
        call.accepted,
      );
    case 'PUT /namespaces/finalize':
      return answer(
        call,
        200,
        finalizeNamespace(backend, target, objectBody(request, call.backend.registry, 'Namespace')),
      );
    default:
      throw resource.subresources.some(({ name }) => name === subresource)
        ? methodNotAllowed()
        : noSuchPath();
  }
}

function scaleAnswer(call: Call): ApiResponse {
  const { backend, target, request, resource } = call;
  const options = optionsOf(call);
  const change = { target, options, isPatch: request.method === 'PATCH' };
  const isWrite = request.method === 'PUT' || request.method === 'PATCH';
  if (!isWrite) return respond(200, getScale(backend, target), call.accepted);
  if (request.method === 'PUT') {
    const body = parseBody(request, backend.registry);
    if (!isFields(body)) throw badRequest('the body of the request must be a Scale');
    return respond(
      200,
      changeScale(backend, change, () => body),
      call.accepted,
    );
  }
  const type = patchTypeOf(request);
  if (type === 'apply') throw notInSandbox('server-side apply of a scale');
  const merged = type === 'strategic' ? 'merge' : type;
  const body = patchBody(call, type);
  const scale = changeScale(backend, change, (old) =>
    patchFields(resource, old, { type: merged, body }),
  );
  return respond(200, scale, call.accepted);
}
