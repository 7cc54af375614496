/** Reads the configuration that the template of a target refers to, and since when it has been left alone. */
import type { ConfigKind, ConfigSpec, ConfigVersion } from '../api/config.ts';
import { ABSENT } from '../api/config-marks.ts';
import { KINDS } from '../api/group.ts';
import type { Problem } from '../api/problem.ts';
import {
  type ConfigReading,
  type ConfigReference,
  configReferences,
  type Snapshot,
  watchesConfig,
  withoutConfig,
} from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubeClient } from '../ports/kube.ts';
import type { PodTemplate } from '../ports/workload.ts';
import type { Caches } from './caches.ts';
import { type Read, withContent } from './config-content.ts';
import { digestOf, recorded, trimConfig } from './config-digest.ts';
import { ConfigKey, type ConfigKeyPlace } from './config-key.ts';
import { type ConfigChange, ConfigWatches } from './config-watches.ts';

interface Deps {
  cluster: Pick<Cluster, 'client' | 'informer'>;
  clock: Clock;
  /** Absent: Secrets are not released. */
  place: ConfigKeyPlace | undefined;
  changed: (change: ConfigChange) => void;
}

type Looked = Pick<Snapshot, 'policy' | 'workload' | 'release'>;

/** What was found at a moment. */
interface Found {
  version: ConfigVersion | undefined;
  problem?: Problem;
  references: ConfigReference[];
}

/** How it was when it was looked at last, and since when it is so. */
interface Seen {
  what: string;
  sinceMs: number;
  /** With content, while it is not the one that users have. */
  full?: ConfigVersion | undefined;
}

/** A change of how digests are made must not look like one of the configuration. */
const SCHEME = 'v1';

/** More than a Release may list; the digest is of all of them. */
const OBJECTS_MAX = 256;

export class ConfigReader {
  readonly #client: KubeClient;
  readonly #clock: Clock;
  readonly #watches: ConfigWatches;
  readonly #key: ConfigKey;
  readonly #seen = new Map<string, Seen>();

  constructor({ cluster, clock, place, changed }: Deps) {
    this.#client = cluster.client;
    this.#clock = clock;
    this.#watches = new ConfigWatches(cluster, changed);
    this.#key = new ConfigKey(cluster.client, place);
  }

  /** Until then; nothing is watched or kept of a policy that is gone, or asks for it no more. */
  start(signal: AbortSignal, caches: Caches): void {
    this.#watches.start(signal);
    caches.policies.onChange(({ old, object }) => {
      const { namespace = '', name } = (object ?? old)?.metadata ?? {};
      if (!object) this.#seen.delete(`${namespace}/${name}`);
      this.#watches.sweep(caches, namespace);
    });
  }

  ended(): Promise<void> {
    return this.#watches.ended();
  }

  async read(namespace: string, looked: Looked): Promise<ConfigReading | undefined> {
    const { policy, workload } = looked;
    if (!policy) return undefined;
    const at = `${namespace}/${policy.name}`;
    const { config } = policy.spec;
    if (!config || !watchesConfig(policy.spec) || policy.deleting || !workload) {
      this.#seen.delete(at);
      return undefined;
    }
    const found = await this.#find(namespace, config, workload.template);
    const { version, references, problem } = found;
    if (!version) return this.#unread(at, problem);
    const seen = this.#see(at, `${plainDigest(workload.template)}/${version.digest}`);
    const reading = { missing: missingOf(references, version), sinceMs: seen.sinceMs };
    if (!needsContent(looked, version)) {
      delete seen.full;
      return { version, ...reading };
    }
    seen.full ??= await this.#full(namespace, version, references);
    // It has changed in this very moment, which is told of.
    const sinceMs = seen.full ? seen.sinceMs : this.#clock.now();
    return { ...reading, version: seen.full, sinceMs };
  }

  #unread(at: string, problem: Problem | undefined): ConfigReading {
    const { sinceMs } = this.#see(at, 'unread');
    return { version: undefined, missing: [], sinceMs, ...(problem && { problem }) };
  }

  #see(at: string, what: string): Seen {
    const known = this.#seen.get(at);
    if (known?.what === what) return known;
    const seen = { what, sinceMs: this.#clock.now() };
    this.#seen.set(at, seen);
    return seen;
  }

  async #find(namespace: string, config: ConfigSpec, template: PodTemplate): Promise<Found> {
    const kinds: ConfigKind[] = config.secrets ? ['ConfigMap', 'Secret'] : ['ConfigMap'];
    const references = configReferences(template).filter(({ kind }) => kinds.includes(kind));
    const nothing = { version: undefined, references };
    const caches = kinds.map((kind) => ({ kind, cache: this.#watches.of(kind, namespace) }));
    if (caches.some(({ cache }) => !cache.synced)) return nothing;
    for (const { kind, cache } of caches)
      if (cache.refusal !== undefined)
        return { ...nothing, problem: refused(kind, namespace, cache.refusal) };
    const known = config.secrets ? await this.#key.read() : undefined;
    if (typeof known === 'string') return { ...nothing, problem: keyless(known) };
    const objects = references.map((reference) => {
      const { kind, name } = reference;
      const trimmed = this.#watches.of(kind, namespace).get(namespace, name);
      return recorded(reference, trimmed, kind === 'Secret' ? known?.key : undefined);
    });
    const digest = digestOf(objects.map(({ kind, name, digest: one }) => [kind, name, one]));
    const scope = [SCHEME, ...kinds, ...(known ? [known.id] : [])].join('/');
    return { references, version: { scope, digest, objects: objects.slice(0, OBJECTS_MAX) } };
  }

  /** What is in a cache is read anew to be kept. Undefined when it has changed meanwhile: it is told of. */
  async #full(
    namespace: string,
    version: ConfigVersion,
    references: ConfigReference[],
  ): Promise<ConfigVersion | undefined> {
    const read: Read[] = [];
    for (const [i, record] of version.objects.entries()) {
      const reference = references[i] as ConfigReference;
      const { kind, name } = record;
      if (kind === 'Secret' || record.digest === ABSENT) {
        read.push({ record, reference, object: undefined });
        continue;
      }
      const object = await this.#client.get({ ...KINDS.configMap, namespace, name });
      const trimmed = object && trimConfig(object);
      if (recorded(reference, trimmed, undefined).digest !== record.digest) {
        if (object) this.#watches.of(kind, namespace).observe(object);
        return undefined;
      }
      read.push({ record, reference, object });
    }
    return { ...version, objects: withContent(read) };
  }
}

/** It is kept with what is remembered of users' version, and with a release that is about to begin. */
function needsContent({ policy, workload, release }: Looked, version: ConfigVersion): boolean {
  if (release || !workload) return false;
  if (workload.templateHash !== workload.running?.templateHash) return true;
  const { config } = policy?.status.target ?? {};
  const known = config?.workload === workload.uid && config.scope === version.scope;
  return !known || config.digest !== version.digest;
}

function missingOf(references: ConfigReference[], { objects }: ConfigVersion): string[] {
  const absent = new Set(
    objects.flatMap(({ kind, name, digest }) => (digest === ABSENT ? [`${kind} ${name}`] : [])),
  );
  return references
    .filter(({ optional, kind, name }) => !optional && absent.has(`${kind} ${name}`))
    .map(({ kind, name }) => `${kind} ${name}`);
}

function plainDigest(template: PodTemplate): string {
  const known = digests.get(template);
  if (known !== undefined) return known;
  const digest = digestOf(withoutConfig(template));
  digests.set(template, digest);
  return digest;
}

/** Templates come from caches and never change. */
const digests = new WeakMap<PodTemplate, string>();

function refused(kind: ConfigKind, namespace: string, refusal: string): Problem {
  const field = kind === 'Secret' ? 'spec.config.secrets' : 'spec.config.watch';
  const fix =
    kind === 'Secret'
      ? 'apply what `segue install --secrets` prints, or leave Secrets out'
      : 'apply all that `segue install` prints, which allows it';
  const message = `the controller may not watch the ${kind}s of namespace ${namespace} (${refusal})`;
  return { field, message, fix };
}

function keyless(refusal: string): Problem {
  return {
    field: 'spec.config.secrets',
    message: `the controller has no key for the digests of Secrets (${refusal})`,
    fix: 'apply what `segue install --secrets` prints, or leave Secrets out',
  };
}
