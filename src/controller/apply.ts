/** Sends writes, in order, each with its precondition, and puts the answers into the caches so that
 * the next observation sees them. */
import { FIELD_MANAGER, FINALIZER, KINDS, POLICY_LABEL, API_VERSION } from '../api/group.ts';
import type { KubeObject, ObjectName } from '../api/object.ts';
import type { PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { type DeleteOptions, type KubeClient, KubeError } from '../ports/kube.ts';
import type { Log } from '../ports/log.ts';
import type { DeleteWrite, PatchWrite, Write } from '../ports/write.ts';
import { type Caches, informerOf, kindOf } from './caches.ts';
import { disowning } from './disown.ts';

/** Set by the deletion of an object in the foreground, and of an object without its dependents. */
const OF_THE_GARBAGE_COLLECTOR = new Set(['foregroundDeletion', 'orphan']);

/** Of a write that was made for another state of the world than there is. */
const REFUSALS: ReadonlySet<string | undefined> = new Set(['Conflict', 'AlreadyExists']);

/** More than any cache is ever behind by. */
const GONE_MAX = 1_000;

export class Writer {
  private readonly client: KubeClient;
  private readonly caches: Caches;
  private readonly log: Log;
  /** Writes sent so far, for metrics. */
  written = 0;
  /** By the uid of a pod: why it was not allowed to go when that was asked last. */
  readonly refusedEvictions = new Map<string, string>();
  /** By uid: deleted, whatever the cache says. */
  private readonly gone = new Set<string>();

  constructor(client: KubeClient, caches: Caches, log: Log) {
    this.client = client;
    this.caches = caches;
    this.log = log;
  }

  /** Stops at the first write that fails: those after it may build on it. */
  async send(writes: readonly Write[]): Promise<void> {
    let refused = false;
    for (const write of writes) {
      if (write.op === 'Delete' && this.gone.has(write.uid ?? '')) continue;
      // The others are asked when something has changed, and not all of them each time.
      if (refused && isEviction(write)) continue;
      const target = write.op === 'Create' ? write.object.metadata : write.target;
      this.log.info(write.because, {
        op: write.op,
        kind: write.op === 'Create' ? write.object.kind : write.target.kind,
        namespace: target.namespace,
        name: target.name,
      });
      await this.sendOne(write).catch((error: unknown) => {
        throw error instanceof KubeError ? naming(write, error) : error;
      });
      refused ||= isEviction(write) && this.refusedEvictions.has(write.uid ?? '');
    }
  }

  private async sendOne(write: Write): Promise<void> {
    if (write.op !== 'Delete') this.written++;
    if (write.op === 'Create') {
      if (write.ownedBy) await this.mustBeThere(write.ownedBy);
      const created = this.client.create(write.object, { fieldManager: FIELD_MANAGER });
      this.put(await this.orReadAnew(nameOf(write.object), created));
      return;
    }
    if (write.op === 'Delete') {
      const { target, uid, resourceVersion, seen, propagation = 'Background' } = write;
      if (write.evict) return this.evict(target, uid ?? '');
      if (seen) await this.mustBeAsSeen(seen);
      const deletion = this.delete(target, {
        propagation,
        ...(uid !== undefined && { uid }),
        ...(resourceVersion !== undefined && { resourceVersion }),
      });
      return this.orReadAnew(target, deletion);
    }
    return this.patch(write);
  }

  private async patch(write: PatchWrite): Promise<void> {
    if (write.seen) await this.mustBeAsSeen(write.seen);
    if (write.disowns) return this.disown(write.target);
    const options = {
      fieldManager: FIELD_MANAGER,
      ...(write.subresource !== undefined && { subresource: write.subresource }),
    };
    const patch = { type: write.type, body: withPrecondition(write) };
    const answer = this.client.patch(write.target, patch, options);
    this.put(await this.orReadAnew(write.target, answer));
  }

  /** Its managers are not in the cache as they are stored. */
  private async disown(target: ObjectName): Promise<void> {
    const found = await this.readAnew(target);
    const body = found ? disowning(found) : [];
    if (body.length === 0) return;
    const options = { fieldManager: FIELD_MANAGER };
    const answer = this.client.patch(target, { type: 'json', body }, options);
    this.put(await this.orReadAnew(target, answer));
  }

  /** A budget that refuses is no error: what it says is kept for the next decision. */
  private async evict(target: ObjectName, uid: string): Promise<void> {
    const { name, namespace = '' } = target;
    try {
      const eviction = this.client.evict({ namespace, name }, { uid });
      if (await this.orReadAnew(target, eviction)) this.written++;
      this.refusedEvictions.delete(uid);
      // On its way out, where it takes its time.
      await this.readAnew(target);
    } catch (error) {
      if (!(error instanceof KubeError) || !isRefusal(error)) throw error;
      this.refusedEvictions.set(uid, refusalText(error));
      this.log.debug('a pod is not asked to go', { namespace, name, because: error.message });
    }
  }

  /** @throws KubeError NotFound */
  async mustBeThere({ uid, ...name }: ObjectName & { uid: string }): Promise<void> {
    const found = await this.client.get(name);
    if (found?.metadata.uid === uid) return;
    const message = `${name.kind} ${name.name} is gone, nothing is made for it`;
    throw new KubeError(message, { code: 404, reason: 'NotFound' });
  }

  /** @throws KubeError Conflict when it asks for something else by now, or is being deleted or gone */
  async mustBeAsSeen({ generation, ...name }: NonNullable<PatchWrite['seen']>): Promise<void> {
    const found = await this.readAnew(name);
    const { metadata } = found ?? {};
    if (metadata?.generation === generation && !metadata.deletionTimestamp) return;
    const message = `${name.kind} ${name.name} has changed since it was observed`;
    throw new KubeError(message, { code: 409, reason: 'Conflict' });
  }

  /** What has changed since it was observed, or is there already, is read, so that the next observation
   * does not come to the same refusal, however late the watch is. */
  private async orReadAnew<T>(name: ObjectName, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      const refused = error instanceof KubeError && REFUSALS.has(error.reason);
      if (refused) await this.readAnew(name).catch(() => {});
      throw error;
    }
  }

  private async readAnew(name: ObjectName): Promise<KubeObject | undefined> {
    const found = await this.client.get(name);
    if (found) this.put(found);
    return found;
  }

  async policyStatus(policy: KubeObject, status: PolicyStatus): Promise<void> {
    this.written++;
    this.put(await this.status({ ...policy, status }));
  }

  async releaseStatus(release: KubeObject, status: ReleaseStatus): Promise<KubeObject> {
    this.written++;
    const stored = await this.status({ ...release, status });
    this.put(stored);
    return stored;
  }

  /** The whole status, on this version of the object: somebody else's change is a conflict. */
  private status(object: KubeObject): Promise<KubeObject> {
    const name = nameOf(object);
    const answer = this.client.patch(
      name,
      {
        type: 'json',
        body: [
          precondition(object.metadata.resourceVersion),
          { op: 'add', path: '/status', value: object['status'] },
        ],
      },
      { subresource: 'status', fieldManager: FIELD_MANAGER },
    );
    return this.orReadAnew(name, answer);
  }

  async createRelease(policy: KubeObject, name: string, spec: ReleaseSpec): Promise<void> {
    await this.send([
      {
        op: 'Create',
        because: 'a new revision: begin its release',
        object: {
          apiVersion: API_VERSION,
          kind: 'Release',
          metadata: {
            name,
            namespace: policy.metadata.namespace ?? '',
            labels: { [POLICY_LABEL]: policy.metadata.name },
            finalizers: [FINALIZER],
          },
          spec,
        },
      },
    ]);
  }

  async finalizer(object: KubeObject, change: 'Add' | 'Remove'): Promise<void> {
    const before = object.metadata.finalizers ?? [];
    const has = before.includes(FINALIZER);
    if (has === (change === 'Add')) return;
    const finalizers = has ? before.filter((f) => f !== FINALIZER) : [...before, FINALIZER];
    const because =
      change === 'Add' ? 'put everything back before it goes' : 'everything is put back';
    await this.finalizers(object, finalizers, because);
  }

  /** Somebody deletes a Release in progress with all that belongs to it, or without: it goes when
   * everything is put back, and until then keeps what it has. */
  async keepDependents(release: KubeObject): Promise<void> {
    const before = release.metadata.finalizers ?? [];
    const finalizers = before.filter((finalizer) => !OF_THE_GARBAGE_COLLECTOR.has(finalizer));
    if (finalizers.length === before.length) return;
    await this.finalizers(release, finalizers, 'keep what belongs to it until it has ended');
  }

  private async finalizers(object: KubeObject, finalizers: string[], because: string) {
    await this.send([
      {
        op: 'Patch',
        type: 'merge',
        target: nameOf(object),
        body: { metadata: { finalizers } },
        ...(object.metadata.resourceVersion !== undefined && {
          resourceVersion: object.metadata.resourceVersion,
        }),
        because,
      },
    ]);
  }

  async removeRelease(release: KubeObject): Promise<void> {
    const { uid } = release.metadata;
    this.log.info('an old release is not kept any longer', { name: release.metadata.name });
    await this.delete(nameOf(release), { ...(uid !== undefined && { uid }) });
  }

  async removeRequest(namespace: string, name: string): Promise<void> {
    await this.delete({ ...KINDS.releaseRequest, namespace, name }, {});
  }

  /**
   * What is gone, or was already, is remembered, and what is on its way out is known to be: the cache has it as it
   * was until the watch tells, and would have it deleted again at every look. What was gone counts for nothing.
   */
  private async delete(target: ObjectName, options: DeleteOptions): Promise<void> {
    const { uid } = options;
    const deleted = await this.client.delete(target, options);
    if (deleted) this.written++;
    if (deleted?.metadata.deletionTimestamp !== undefined) return this.put(deleted);
    if (uid === undefined) return;
    if (this.gone.size >= GONE_MAX) this.gone.clear();
    this.gone.add(uid);
  }

  private put(object: KubeObject): void {
    informerOf(this.caches, kindOf(object))?.observe(object);
  }
}

function isEviction(write: Write): write is DeleteWrite {
  return write.op === 'Delete' && write.evict === true;
}

/** Or what only people can mend: more than one budget for a pod is an internal error of the server, and rights
 * may be from before Segue released DaemonSets. */
/** What was to be written comes first: an admission webhook need not say it. */
function naming(write: Write, { message, ...details }: KubeError): KubeError {
  const { kind, name } =
    write.op === 'Create'
      ? { kind: write.object.kind, name: write.object.metadata.name }
      : write.target;
  const { code, reason, body } = details;
  return new KubeError(`${write.op.toLowerCase()} ${kind} ${name}: ${message}`, {
    code,
    reason,
    body,
  });
}

function isRefusal({ code, message }: KubeError): boolean {
  return code === 429 || code === 403 || (code === 500 && message.includes('PodDisruptionBudget'));
}

/** Which budget it is stands among the causes. */
function refusalText({ body, message, code }: KubeError): string {
  if (code === 403) return `${message}; apply all that \`segue install\` prints`;
  const { details } = (body ?? {}) as { details?: { causes?: { message?: string }[] } };
  return details?.causes?.find((cause) => cause.message)?.message ?? message;
}

function nameOf(object: KubeObject): ObjectName {
  const { name, namespace } = object.metadata;
  return { ...kindOf(object), name, ...(namespace !== undefined && { namespace }) };
}

/** The precondition in the form that this kind of patch carries it. */
function withPrecondition(write: PatchWrite): unknown {
  const { resourceVersion } = write;
  if (resourceVersion === undefined) return write.body;
  if (write.type === 'json') return [precondition(resourceVersion), ...(write.body as unknown[])];
  const body = write.body as { metadata?: Record<string, unknown> };
  return { ...body, metadata: { ...body.metadata, resourceVersion } };
}

/** `replace`, not `test`: the API server answers an outdated version with Conflict, a failed test
 * with Invalid. */
function precondition(resourceVersion: string | undefined) {
  return { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion };
}
