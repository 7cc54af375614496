/** The KubeClient port without HTTP: the same operations, checks and errors, in process. */
import type { GroupKind, KubeObject, ObjectName } from '../../api/object.ts';
import {
  KubeError,
  type DeleteOptions,
  type KubeClient,
  type KubeList,
  type ListOptions,
  type Patch,
  type PodName,
  type RawRequest,
  type RawResponse,
  type ServedResource,
  type Subresource,
  type WatchEvent,
  type WatchOptions,
  type WriteOptions as ClientWriteOptions,
} from '../../ports/kube.ts';
import type { Authorizer } from './access/rbac.ts';
import type { Backend, Target, UserInfo, WriteOptions } from './backend.ts';
import type { ApiRequest, ApiResponse } from './http/message.ts';
import { create } from './operations/create.ts';
import { remove } from './operations/delete.ts';
import { evict } from './operations/evict.ts';
import { patch, patchFields } from './operations/patch.ts';
import { ALL_NOW, get, list, watch, type Selection } from './operations/read.ts';
import { changeScale } from './operations/scale.ts';
import { replace } from './operations/update.ts';
import { apiVersionOf, type Resource } from './resource.ts';
import { clone } from './schema.ts';
import { StatusError } from './status.ts';

export interface ClientParts {
  backend: Backend;
  authorizer: Authorizer;
  user: UserInfo;
  /** Answers raw requests as it answers those that come by HTTP. */
  handle: (request: ApiRequest) => Promise<ApiResponse>;
}

export class StoreClient implements KubeClient {
  readonly #parts: ClientParts;

  constructor(parts: ClientParts) {
    this.#parts = parts;
  }

  async resolve(kind: GroupKind): Promise<ServedResource | undefined> {
    const resource = this.#parts.backend.registry.findKind(kind.group, kind.kind);
    if (resource === undefined) return undefined;
    const { group, version, plural, namespaced } = resource;
    const apiVersion = apiVersionOf(resource);
    return { group, kind: resource.kind, version, apiVersion, resource: plural, namespaced };
  }

  async get(name: ObjectName): Promise<KubeObject | undefined> {
    return this.#orNothing(() => {
      const target = this.#target('get', name);
      return clone(get(this.#parts.backend, target));
    });
  }

  async list(kind: GroupKind, options: ListOptions = {}): Promise<KubeList> {
    return this.#do(() => {
      const selection = this.#select('list', kind, options);
      const page = list(this.#parts.backend, selection, ALL_NOW);
      return { items: page.items.map(clone), resourceVersion: page.resourceVersion };
    });
  }

  async create(object: KubeObject, options: ClientWriteOptions = {}): Promise<KubeObject> {
    return this.#do(() => {
      const { resource, body } = this.#bodyFor(object);
      const namespace = resource.namespaced ? (object.metadata.namespace ?? 'default') : '';
      const target = { resource, namespace, name: object.metadata.name ?? '' };
      this.#authorize('create', { ...target, name: '' }, '');
      return clone(create(this.#parts.backend, { target, body, options: writeOptions(options) }));
    });
  }

  async replace(
    object: KubeObject,
    options: ClientWriteOptions & Subresource = {},
  ): Promise<KubeObject> {
    return this.#do(() => {
      const { resource, body } = this.#bodyFor(object);
      const { namespace = '', name } = object.metadata;
      const target = { resource, namespace: resource.namespaced ? namespace : '', name };
      this.#authorize('update', target, options.subresource ?? '');
      const change = { target, options: writeOptions(options) };
      const written = replace(this.#parts.backend, { ...change, body });
      return clone(written);
    });
  }

  async patch(
    name: ObjectName,
    { type, body }: Patch,
    options: ClientWriteOptions & Subresource = {},
  ): Promise<KubeObject> {
    return this.#do(() => {
      const target = this.#target('patch', name, options.subresource);
      const { backend } = this.#parts;
      const change = { target, options: writeOptions(options) };
      if (options.subresource === 'scale')
        return changeScale(backend, { ...change, isPatch: true }, (scale) =>
          patchFields(target.resource, scale, { type, body }),
        );
      return clone(patch(backend, { ...change, type, body }).object);
    });
  }

  async delete(name: ObjectName, options: DeleteOptions = {}): Promise<KubeObject | undefined> {
    return this.#orNothing(() => {
      const target = this.#target('delete', name);
      return clone(remove(this.#parts.backend, target, options).object);
    });
  }

  async evict(pod: PodName, { uid }: Pick<DeleteOptions, 'uid'> = {}): Promise<boolean> {
    const evicted = this.#orNothing(() => {
      const target = this.#target('create', { group: '', kind: 'Pod', ...pod }, 'eviction');
      const deleteOptions = uid === undefined ? {} : { preconditions: { uid } };
      return evict(this.#parts.backend, target, { deleteOptions });
    });
    return evicted !== undefined;
  }

  async *watch(kind: GroupKind, options: WatchOptions): AsyncGenerator<WatchEvent> {
    const { backend } = this.#parts;
    const watching = this.#do(() => {
      const from = { resourceVersion: options.resourceVersion, sendInitialEvents: false };
      return watch(backend, this.#select('watch', kind, options), from);
    });
    const { signal } = options;
    options.onOpen?.();
    if (signal?.aborted === true) watching.stop();
    signal?.addEventListener('abort', watching.stop, { once: true });
    try {
      for (const object of watching.initial) yield { type: 'ADDED', object: clone(object) };
      for await (const change of watching.changes) {
        if (signal?.aborted === true) return;
        if (change.type === 'BOOKMARK') continue;
        yield { type: change.type, object: clone(change.object) };
      }
    } finally {
      signal?.removeEventListener('abort', watching.stop);
      watching.stop();
    }
  }

  async raw(request: RawRequest): Promise<RawResponse> {
    const headers = Object.fromEntries(
      Object.entries(request.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const url = new URL(request.path, 'https://kubernetes.default.svc');
    const response = await this.#parts.handle({
      method: request.method.toUpperCase(),
      path: url.pathname,
      query: url.searchParams,
      headers,
      body: Buffer.from(request.body ?? ''),
      user: this.#parts.user,
      signal: request.signal ?? new AbortController().signal,
    });
    const body = bytes(response.body);
    return {
      status: response.status,
      headers: response.headers,
      body,
      text: async () => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(chunk);
        return Buffer.concat(chunks).toString();
      },
    };
  }

  async close(): Promise<void> {
    // There are no connections.
  }

  #resource(kind: GroupKind, version?: string): Resource {
    const resource = this.#parts.backend.registry.findKind(kind.group, kind.kind, version);
    if (resource !== undefined) return resource;
    const group = kind.group === '' ? 'the core group' : kind.group;
    throw new KubeError(`the server does not serve ${kind.kind} of ${group}`, {
      code: 404,
      reason: 'NotServed',
    });
  }

  #target(verb: string, name: ObjectName, subresource = ''): Target {
    const resource = this.#resource(name);
    const namespace = resource.namespaced ? (name.namespace ?? 'default') : '';
    const target = { resource, namespace, name: name.name };
    this.#authorize(verb, target, subresource);
    return target;
  }

  #select(verb: string, kind: GroupKind, options: ListOptions): Selection {
    const resource = this.#resource(kind);
    const namespace = resource.namespaced ? options.namespace : undefined;
    this.#authorize(verb, { resource, namespace: namespace ?? '', name: '' }, '');
    return {
      resource,
      namespace,
      labelSelector: options.labelSelector ?? '',
      fieldSelector: options.fieldSelector ?? '',
    };
  }

  #authorize(verb: string, { resource, namespace, name }: Target, subresource: string): void {
    this.#parts.authorizer.require(this.#parts.user, {
      verb,
      subresource,
      name,
      namespace,
      group: resource.group,
      resource: resource.plural,
    });
  }

  /** `apps/` leaves the version to discovery. */
  #bodyFor(object: KubeObject): { resource: Resource; body: KubeObject } {
    const slash = object.apiVersion.indexOf('/');
    const group = slash < 0 ? '' : object.apiVersion.slice(0, slash);
    const version = slash < 0 ? object.apiVersion : object.apiVersion.slice(slash + 1);
    const isOpen = slash >= 0 && version === '';
    if (object.kind === 'Scale' || object.kind === 'Binding')
      throw new KubeError(`${object.kind} is written through the raw request of its object`, {
        code: 400,
        reason: 'BadRequest',
      });
    const resource = this.#resource(
      { group, kind: object.kind },
      isOpen ? undefined : version || 'v1',
    );
    return { resource, body: { ...object, apiVersion: apiVersionOf(resource) } };
  }

  #do<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof StatusError ? kubeError(error) : error;
    }
  }

  #orNothing<T>(work: () => T): T | undefined {
    try {
      return this.#do(work);
    } catch (error) {
      if (error instanceof KubeError && error.reason === 'NotFound') return undefined;
      throw error;
    }
  }
}

function kubeError(error: StatusError): KubeError {
  const seconds = error.details?.retryAfterSeconds;
  return new KubeError(error.message, {
    code: error.code,
    reason: error.reason,
    body: error.body(),
    ...(seconds === undefined ? {} : { retryAfterSeconds: seconds }),
  });
}

/** Who writes in process and does not say who it is: most often a controller of the sandbox. */
const IN_PROCESS = 'kube-controller-manager';

function writeOptions(options: ClientWriteOptions & Subresource): WriteOptions {
  return {
    dryRun: options.dryRun ?? false,
    fieldManager: options.fieldManager ?? IN_PROCESS,
    fieldValidation: 'Warn',
    force: options.force ?? false,
    subresource: options.subresource ?? '',
    warnings: [],
  };
}

async function* bytes(body: ApiResponse['body']): AsyncGenerator<Uint8Array> {
  if (typeof body === 'string') {
    yield Buffer.from(body);
    return;
  }
  for await (const chunk of body) yield typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
}
