/**
 * A Deployment, its sets and the two controllers that work on them, in memory and one move at a
 * time. The Deployment controller and Segue see the world through caches that lag, each kind by
 * itself, as informers do: what they write on top of an old version is refused, what does not
 * depend on one is not.
 */
import { KINDS } from '../api/group.ts';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { WorkloadObjects } from '../ports/workload.ts';
import type { Write } from '../ports/write.ts';
import { syncDeployment } from '../sandbox/controllers/deployment/sync.ts';
import type { Deployment, ReplicaSet } from '../sandbox/controllers/kinds.ts';
import type { Write as ControllerWrite } from '../sandbox/controllers/write.ts';
import { ObjectStore } from './apply-writes.ts';

type Kind = 'Deployment' | 'ReplicaSet';

/** What has been stored of one kind, in order. */
interface Stored {
  kind: Kind;
  name: string;
  /** Undefined: deleted. */
  object: KubeObject | undefined;
}

/** The part of what was stored that somebody has seen, kind by kind. */
class Cache {
  readonly #log: readonly Stored[];
  readonly #seen: Record<Kind, number> = { Deployment: 0, ReplicaSet: 0 };
  readonly #objects = new Map<string, KubeObject>();

  constructor(log: readonly Stored[]) {
    this.#log = log;
  }

  /** Takes up to `events` more of this kind. */
  see(kind: Kind, events: number): void {
    const all = this.#log.filter((stored) => stored.kind === kind);
    const next = all.slice(this.#seen[kind], this.#seen[kind] + events);
    this.#seen[kind] += next.length;
    for (const { name, object } of next)
      if (object) this.observe(object);
      else this.#objects.delete(`${kind}/${name}`);
  }

  /** Takes up one object, unless a newer version is known. */
  observe(object: KubeObject): void {
    const known = this.#objects.get(keyOf(object));
    if (!known || version(known) < version(object)) this.#objects.set(keyOf(object), object);
  }

  catchUp(): void {
    for (const kind of ['Deployment', 'ReplicaSet'] as const) this.see(kind, Infinity);
  }

  of(kind: Kind): KubeObject[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }
}

export class LaggingDeployment {
  readonly store: ObjectStore;
  readonly #log: Stored[] = [];
  readonly #before = new Map<string, KubeObject>();
  /** What the Deployment controller and Segue have seen. */
  readonly controller = new Cache(this.#log);
  readonly segue = new Cache(this.#log);
  /** Called after every write that was taken. */
  readonly #check: (world: LaggingDeployment) => void;

  constructor(objects: KubeObject[], check: (world: LaggingDeployment) => void) {
    this.#check = check;
    this.store = new ObjectStore(objects);
    this.#record();
    this.controller.catchUp();
    this.segue.catchUp();
  }

  objects(): WorkloadObjects {
    return workloadObjects(this.store.all());
  }

  /** How many writes were taken so far. */
  get writes(): number {
    return this.#log.length;
  }

  /** As Segue sees it. */
  seen(): WorkloadObjects {
    return workloadObjects([...this.segue.of('Deployment'), ...this.segue.of('ReplicaSet')]);
  }

  /** Somebody edits the Deployment. */
  rival(change: Record<string, unknown>): void {
    const { target } = this.objects();
    if (target)
      this.#edit(KINDS.deployment, target.metadata.name, (object) => {
        Object.assign(specOf(object), change);
      });
  }

  /** Segue sends writes in order until one is refused, and sees what it has written. */
  send(writes: readonly Write[]): void {
    for (const write of writes) {
      if (!this.#try(() => this.store.apply(write))) return;
      if (write.op !== 'Patch') continue;
      const written = this.store.get(write.target, write.target.name);
      if (written) this.segue.observe(written);
    }
  }

  /** One sync of the Deployment controller on what it has seen. */
  syncDeployment(): void {
    const [deployment] = this.controller.of('Deployment') as Deployment[];
    if (!deployment) return;
    const sets = this.controller.of('ReplicaSet').filter((set) => controls(deployment, set));
    const snapshot = { deployment, sets: sets as ReplicaSet[], podsBySet: new Map(), nowMs: 0 };
    for (const write of syncDeployment(snapshot).writes) if (!this.#carryOut(write)) return;
  }

  /** One sync of the ReplicaSet controller: first there are as many pods as wanted, then they are
   * ready. */
  syncSet(index: number): void {
    const { sets } = this.objects();
    const set = sets[index % Math.max(1, sets.length)];
    if (!set) return;
    this.#edit(KINDS.replicaSet, set.metadata.name, (object) => {
      const replicas = Number(specOf(object)['replicas']);
      const before = (object['status'] ?? {}) as { replicas?: number };
      const ready = Math.min(replicas, before.replicas ?? 0);
      const { generation: observedGeneration } = object.metadata;
      object['status'] = {
        replicas,
        readyReplicas: ready,
        availableReplicas: ready,
        observedGeneration,
      };
    });
  }

  #carryOut(write: ControllerWrite): boolean {
    if (write.op === 'Create')
      return this.#try(() => this.store.apply({ ...write, because: 'the new set' }));
    if (write.op === 'Delete')
      return this.#try(() => this.store.apply({ ...write, because: 'history' }));
    if (write.op !== 'Update' && write.op !== 'UpdateStatus') return true;
    const { object, op } = write;
    const kind = object.kind === 'Deployment' ? KINDS.deployment : KINDS.replicaSet;
    const stored = this.store.get(kind, object.metadata.name);
    if (stored?.metadata.resourceVersion !== object.metadata.resourceVersion) return false;
    this.#edit(kind, object.metadata.name, (copy) => {
      copy.metadata.annotations = object.metadata.annotations ?? {};
      if (op === 'Update') copy['spec'] = structuredClone(object['spec']);
      else copy['status'] = structuredClone(object['status']);
    });
    return true;
  }

  #edit(kind: GroupKind, name: string, change: (object: KubeObject) => void): void {
    this.store.edit(kind, name, change);
    this.#record();
  }

  #try(write: () => void): boolean {
    try {
      write();
    } catch {
      return false;
    }
    this.#record();
    return true;
  }

  #record(): void {
    const now = new Map(this.store.all().map((object) => [keyOf(object), object]));
    const logged = this.#log.length;
    for (const [key, object] of now)
      if (versionOf(this.#before.get(key)) !== versionOf(object)) this.#append(object, object);
    for (const [key, object] of this.#before) if (!now.has(key)) this.#append(object, undefined);
    this.#before.clear();
    for (const [key, object] of now) this.#before.set(key, object);
    if (this.#log.length > logged) this.#check(this);
  }

  #append({ kind, metadata }: KubeObject, object: KubeObject | undefined): void {
    this.#log.push({ kind: kind as Kind, name: metadata.name, object });
  }
}

function workloadObjects(objects: KubeObject[]): WorkloadObjects {
  return {
    namespace: 'shop',
    target: objects.find((object) => object.kind === 'Deployment'),
    sets: objects.filter((object) => object.kind === 'ReplicaSet'),
  };
}

function versionOf(object: KubeObject | undefined): string | undefined {
  return object && `${object.metadata.uid}/${object.metadata.resourceVersion}`;
}

function version(object: KubeObject): number {
  return Number(object.metadata.resourceVersion);
}

function keyOf(object: KubeObject): string {
  return `${object.kind}/${object.metadata.name}`;
}

function specOf(object: KubeObject): Record<string, unknown> {
  return object['spec'] as Record<string, unknown>;
}

function controls(deployment: KubeObject, set: KubeObject): boolean {
  return (set.metadata.ownerReferences ?? []).some(
    (owner) => owner.controller === true && owner.uid === deployment.metadata.uid,
  );
}
