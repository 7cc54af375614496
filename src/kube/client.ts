/** The Kubernetes client: the verbs of the port, over one transport and discovery. */
import type { GroupKind, KubeObject, ObjectName } from '../api/object.ts';
import {
  type DeleteOptions,
  KubeError,
  type KubeClient,
  type KubeList,
  type ListOptions,
  type Patch,
  type PatchType,
  type PodName,
  type RawRequest,
  type RawResponse,
  type ServedResource,
  type Subresource,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions,
} from '../ports/kube.ts';
import { Discovery } from './discovery.ts';
import {
  deletedObject,
  kindOf,
  needNamespace,
  type VersionedKind,
  withKind,
} from './object-kind.ts';
import {
  connectionError,
  isObjectMissing,
  isResourceMissing,
  notServed,
  type Reply,
  statusError,
} from './request-errors.ts';
import {
  queryText,
  requestName,
  resourcePath,
  selectorQuery,
  writeQuery,
} from './request-paths.ts';
import type { TransportRequest } from './transport.ts';
import { watchResource, type ClientDeps } from './watch-stream.ts';

/** Some objects of a list. `first` says that what was read before is void: a new list begins. */
export interface ListPage {
  first: boolean;
  items: KubeObject[];
  resourceVersion: string;
}

/** A client that also gives lists a page at a time, for those who need not hold all of it. */
export interface PagingClient extends KubeClient {
  listPages(kind: GroupKind, options?: ListOptions): AsyncIterable<ListPage>;
}

const PAGE_SIZE = 500;
const OLD_EVICTION = 'policy/v1beta1';

const PATCH_CONTENT: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  // The body is JSON, which is YAML.
  apply: 'application/apply-patch+yaml',
};

interface RawList {
  metadata?: { resourceVersion?: string; continue?: string };
  items?: KubeObject[] | null;
}

export class HttpKubeClient implements PagingClient {
  readonly #deps: ClientDeps;
  readonly #discovery: Discovery;
  #eviction = 'policy/v1';

  constructor(deps: ClientDeps) {
    this.#deps = deps;
    this.#discovery = new Discovery((path) => this.#document(path), deps.clock);
  }

  resolve(kind: GroupKind): Promise<ServedResource | undefined> {
    return this.#discovery.resolve(kind);
  }

  async get(name: ObjectName): Promise<KubeObject | undefined> {
    try {
      return await this.#onObject('GET', name, {});
    } catch (error) {
      if (isObjectMissing(error)) return undefined;
      throw error;
    }
  }

  async list(kind: GroupKind, options?: ListOptions): Promise<KubeList> {
    const list: KubeList = { items: [], resourceVersion: '' };
    for await (const page of this.listPages(kind, options)) {
      if (page.first) list.items = page.items;
      else for (const item of page.items) list.items.push(item);
      list.resourceVersion = page.resourceVersion;
    }
    return list;
  }

  /** Follows the server's paging; when a page has expired, gives the whole list anew in one piece,
   * so that a list that changes quickly still ends. */
  async *listPages(kind: GroupKind, options?: ListOptions): AsyncIterable<ListPage> {
    let next: string | undefined;
    let limit: number | undefined = options?.pageSize ?? PAGE_SIZE;
    for (;;) {
      const page = await this.#page(kind, options, { limit, continue: next }).catch(
        (error: unknown) => {
          const expired = error instanceof KubeError && error.code === 410 && next !== undefined;
          if (!expired) throw error;
          return undefined;
        },
      );
      if (!page) limit = undefined;
      else yield page;
      next = page?.next;
      if (page && next === undefined) return;
    }
  }

  async create(object: KubeObject, options?: WriteOptions): Promise<KubeObject> {
    const { namespace } = object.metadata;
    const name = object.metadata.name || `${object.metadata.generateName ?? ''}*`;
    return this.#withResource('POST', kindOf(object), (resource) => {
      const what = requestName('POST', resource, { namespace, name });
      needNamespace(resource, namespace, what);
      return this.#send({
        what,
        method: 'POST',
        path:
          resourcePath(resource, { namespace }) +
          queryText(writeQuery(options, this.#deps.writesAs)),
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...object, apiVersion: resource.apiVersion }),
      });
    });
  }

  async replace(object: KubeObject, options?: WriteOptions & Subresource): Promise<KubeObject> {
    const kind = kindOf(object);
    const { name, namespace } = object.metadata;
    return this.#onObject(
      'PUT',
      { ...kind, name, ...(namespace && { namespace }) },
      {
        version: kind.version,
        subresource: options?.subresource,
        query: writeQuery(options, this.#deps.writesAs),
        contentType: 'application/json',
        body: (resource) => ({ ...object, apiVersion: resource.apiVersion }),
      },
    );
  }

  async patch(
    name: ObjectName,
    patch: Patch,
    options?: WriteOptions & Subresource,
  ): Promise<KubeObject> {
    const apply = patch.type === 'apply' ? (patch.body as KubeObject) : undefined;
    return this.#onObject('PATCH', name, {
      version: apply?.apiVersion ? kindOf({ ...apply, kind: name.kind }).version : undefined,
      subresource: options?.subresource,
      query: {
        ...writeQuery(options, this.#deps.writesAs),
        force: apply && options?.force ? true : undefined,
      },
      contentType: PATCH_CONTENT[patch.type],
      body: (resource) =>
        apply ? { ...apply, apiVersion: resource.apiVersion, kind: resource.kind } : patch.body,
    });
  }

  async delete(name: ObjectName, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    const { propagation, gracePeriodSeconds, uid, resourceVersion } = options;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: propagation,
      gracePeriodSeconds,
      preconditions: uid || resourceVersion ? { uid, resourceVersion } : undefined,
    };
    try {
      const answer = await this.#onObject('DELETE', name, {
        contentType: 'application/json',
        body: () => body,
      });
      return answer.kind === 'Status' ? deletedObject(name, answer) : answer;
    } catch (error) {
      if (isObjectMissing(error)) return undefined;
      throw error;
    }
  }

  /** Servers before 1.22 know the older version only, and say that they cannot read the newer one. */
  async evict(pod: PodName, { uid }: Pick<DeleteOptions, 'uid'> = {}): Promise<boolean> {
    const target: ObjectName = { group: '', kind: 'Pod', ...pod };
    const send = (apiVersion: string) =>
      this.#onObject('POST', target, {
        subresource: 'eviction',
        contentType: 'application/json',
        body: () => ({
          apiVersion,
          kind: 'Eviction',
          metadata: pod,
          deleteOptions: uid === undefined ? undefined : { preconditions: { uid } },
        }),
      });
    try {
      await send(this.#eviction).catch((error: unknown) => {
        const unknown = error instanceof KubeError && error.code === 400;
        if (!unknown || this.#eviction === OLD_EVICTION) throw error;
        this.#eviction = OLD_EVICTION;
        return send(OLD_EVICTION);
      });
      return true;
    } catch (error) {
      if (isObjectMissing(error)) return false;
      throw error;
    }
  }

  async *watch(kind: GroupKind, options: WatchOptions): AsyncIterable<WatchEvent> {
    const resource = await this.#served('WATCH', kind);
    try {
      yield* watchResource(resource, options, this.#deps);
    } catch (error) {
      if (isResourceMissing(error)) this.#discovery.forget(resource);
      throw error;
    }
  }

  async raw(request: RawRequest): Promise<RawResponse> {
    const { method, path, headers, body, signal } = request;
    const what = `${method} ${path.split('?')[0]}`;
    const sent = {
      what,
      method,
      path,
      ...(headers && { headers }),
      ...(body !== undefined && { body }),
    };
    const reply = await this.#deps.transport.open(sent, { idleMs: 0, signal });
    const text = () =>
      reply.body.text().catch((error: unknown) => {
        throw connectionError(error, what, this.#deps.config);
      });
    return { ...reply, text };
  }

  close(): Promise<void> {
    return this.#deps.transport.close();
  }

  async #page(
    kind: GroupKind,
    options: ListOptions | undefined,
    paging: { limit: number | undefined; continue: string | undefined },
  ): Promise<ListPage & { next: string | undefined }> {
    return this.#withResource('LIST', { ...kind, version: undefined }, async (resource) => {
      const list = (await this.#send({
        what: requestName('LIST', resource, { namespace: options?.namespace }),
        method: 'GET',
        path:
          resourcePath(resource, { namespace: options?.namespace }) +
          queryText({ ...selectorQuery(options), ...paging }),
      })) as RawList;
      return {
        first: paging.continue === undefined,
        items: (list.items ?? []).map((item) => withKind(item, resource)),
        resourceVersion: list.metadata?.resourceVersion ?? '',
        next: list.metadata?.continue || undefined,
      };
    });
  }

  async #onObject(
    method: string,
    name: ObjectName,
    request: {
      version?: string | undefined;
      subresource?: string | undefined;
      query?: Parameters<typeof queryText>[0];
      contentType?: string;
      body?: (resource: ServedResource) => unknown;
    },
  ): Promise<KubeObject> {
    const kind = { group: name.group, kind: name.kind, version: request.version };
    return this.#withResource(method, kind, (resource) => {
      const { subresource } = request;
      const what = requestName(method, resource, { ...name, subresource });
      needNamespace(resource, name.namespace, what);
      return this.#send({
        what,
        method,
        path: resourcePath(resource, { ...name, subresource }) + queryText(request.query ?? {}),
        ...(request.contentType && { headers: { 'content-type': request.contentType } }),
        ...(request.body && { body: JSON.stringify(request.body(resource)) }),
      });
    });
  }

  /** Uses the served resource; when the server no longer knows that path, discovers once more. */
  async #withResource<T>(
    method: string,
    kind: VersionedKind,
    use: (resource: ServedResource) => Promise<T>,
  ): Promise<T> {
    const resource = await this.#served(method, kind);
    try {
      return await use(resource);
    } catch (error) {
      if (!isResourceMissing(error)) throw error;
      this.#discovery.forget(resource);
      const now = await this.#served(method, kind);
      if (now.apiVersion === resource.apiVersion) throw error;
      return use(now);
    }
  }

  async #served(
    method: string,
    kind: GroupKind & { version?: string | undefined },
  ): Promise<ServedResource> {
    const { version, group } = kind;
    const resource = version
      ? await this.#discovery.resolveVersion(group ? `${group}/${version}` : version, kind.kind)
      : await this.#discovery.resolve({ group, kind: kind.kind });
    if (resource) return resource;
    const wanted = version ? `${requestName(method, kind)} ${version}` : requestName(method, kind);
    throw notServed(wanted, this.#deps.transport.server);
  }

  async #send(request: TransportRequest): Promise<KubeObject> {
    const reply = await this.#deps.transport.send(request);
    if (reply.status >= 300) throw this.#failure(request.what, reply);
    return parseJson(request.what, reply);
  }

  async #document(path: string): Promise<unknown> {
    const what = `GET ${path}`;
    const reply = await this.#deps.transport.send({ what, method: 'GET', path });
    if (reply.status === 404) return undefined;
    if (reply.status >= 300) throw this.#failure(what, reply);
    return parseJson(what, reply);
  }

  #failure(what: string, reply: Reply): KubeError {
    return statusError(what, reply, this.#deps.config.source);
  }
}

function parseJson(what: string, reply: Reply): KubeObject {
  try {
    return JSON.parse(reply.text) as KubeObject;
  } catch {
    const text = reply.text.trim().slice(0, 200);
    throw new KubeError(`${what}: the answer is not JSON (is this a Kubernetes API?): ${text}`, {
      code: reply.status,
      reason: 'InvalidAnswer',
    });
  }
}
