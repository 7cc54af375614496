/** A cluster in memory and a command line that runs against it, for the tests of the commands. */
import { API_VERSION, POLICY_LABEL } from '../../api/group.ts';
import type { GroupKind, KubeObject, ObjectName } from '../../api/object.ts';
import { policySpecSchema } from '../../api/policy.ts';
import type { ReleaseSpec, ReleaseStatus } from '../../api/release.ts';
import { type KubeClient, KubeError, type ListOptions } from '../../ports/kube.ts';
import type { CliDeps } from '../deps.ts';
import { runCli } from '../run.ts';

const NOW = Date.parse('2026-03-01T12:00:00Z');
export const ago = (seconds: number) => new Date(NOW - seconds * 1_000).toISOString();

const keyOf = (kind: string, namespace: string | undefined, name: string) =>
  [kind, namespace ?? '', name].join('/');

export class FakeCluster {
  readonly objects = new Map<string, KubeObject>();
  readonly calls: string[] = [];
  closed = 0;
  nowMs = NOW;
  isTTY = false;
  invokedAs = 'segue';
  stdin = '';
  /** What the controller does while a command waits: called at each sleep. */
  onSleep: () => void = () => {};
  /** Thrown by the next request. */
  nextError: Error | undefined;
  /** By kind: what asking for it is answered with. */
  readonly refused = new Map<string, Error>();
  trafficParts: CliDeps['trafficParts'] = () => Promise.reject(new Error('no routers here'));
  metricProviders: CliDeps['metricProviders'] = () => Promise.reject(new Error('no sources here'));
  private made = 0;

  put(...objects: KubeObject[]): void {
    for (const object of objects) {
      const { namespace, name } = object.metadata;
      this.objects.set(keyOf(object.kind, namespace, name), object);
    }
  }

  of(kind: string): KubeObject[] {
    return [...this.objects.values()].filter((object) => object.kind === kind);
  }

  /** Runs one command line as the user `jo` in the namespace `shop`. */
  async run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    let out = '';
    let err = '';
    const deps: Partial<CliDeps> = {
      version: '1.2.3',
      invokedAs: this.invokedAs,
      clock: {
        now: () => this.nowMs,
        sleep: (ms) => {
          this.nowMs += ms;
          this.onSleep();
          return Promise.resolve();
        },
      },
      stdout: { isTTY: this.isTTY, write: (text) => (out += text) },
      stderr: { write: (text) => (err += text) },
      trafficParts: () => this.trafficParts(),
      metricProviders: (client) => this.metricProviders(client),
      readStdin: () => Promise.resolve(this.stdin),
      connect: ({ namespace }) =>
        Promise.resolve({
          client: this.client(),
          namespace: namespace ?? 'shop',
          user: 'jo',
          close: () => {
            this.closed += 1;
            return Promise.resolve();
          },
        }),
    };
    const code = await runCli(deps as CliDeps, args);
    return { code, out, err };
  }

  private client(): KubeClient {
    const client: Partial<KubeClient> = {
      get: (name) => {
        const refusal = this.refused.get(name.kind);
        return refusal
          ? Promise.reject(refusal)
          : this.answer(() => this.objects.get(this.key(name)));
      },
      list: (kind, options) => {
        const refusal = this.refused.get(kind.kind);
        if (refusal) return Promise.reject(refusal);
        return this.answer(() => ({ items: this.list(kind, options), resourceVersion: '1' }));
      },
      patch: (name, patch, options) =>
        this.answer(() => {
          this.calls.push(`patch ${this.key(name)} ${JSON.stringify({ ...patch, ...options })}`);
          return this.objects.get(this.key(name)) as KubeObject;
        }),
      create: (object) => this.answer(() => this.create(object)),
      delete: (name) =>
        this.answer(() => {
          this.calls.push(`delete ${this.key(name)}`);
          return this.objects.get(this.key(name));
        }),
    };
    return client as KubeClient;
  }

  private answer<T>(value: () => T): Promise<T> {
    const error = this.nextError;
    this.nextError = undefined;
    return error ? Promise.reject(error) : Promise.resolve(value());
  }

  private key({ kind, namespace, name }: ObjectName): string {
    return keyOf(kind, namespace, name);
  }

  private list({ kind }: GroupKind, options: ListOptions = {}): KubeObject[] {
    const [label = '', value] = options.labelSelector?.split('=') ?? [];
    return this.of(kind).filter(
      ({ metadata }) =>
        (options.namespace === undefined || metadata.namespace === options.namespace) &&
        (label === '' || isLabelled(metadata.labels?.[label], value)),
    );
  }

  private create(object: KubeObject): KubeObject {
    this.made += 1;
    const { generateName } = object.metadata;
    const name = generateName ? `${generateName}x${this.made}` : object.metadata.name;
    const made = { ...object, metadata: { ...object.metadata, name, uid: `uid-${this.made}` } };
    this.calls.push(`create ${object.kind} ${JSON.stringify(object['spec'])}`);
    this.put(made);
    return made;
  }
}

/** Without a value it is enough that there is one. */
function isLabelled(label: string | undefined, value: string | undefined): boolean {
  return value === undefined ? label !== undefined : label === value;
}

export const notServed = () =>
  new KubeError('releasepolicies.segue.dev: not served by https://127.0.0.1:6443', {
    code: 404,
    reason: 'NotServed',
  });

export function policy(
  status: Record<string, unknown> = {},
  more: Record<string, unknown> = {},
): KubeObject {
  const spec = policySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: {
      canary: {
        stages: [
          { weight: 5, hold: '10m' },
          { weight: 50, approval: {} },
        ],
      },
    },
    ...more,
  });
  const metadata = { name: 'web', namespace: 'shop', uid: 'p1', creationTimestamp: ago(7_200) };
  return { apiVersion: API_VERSION, kind: 'ReleasePolicy', metadata, spec, status };
}

export function release(status: ReleaseStatus, spec: Partial<ReleaseSpec> = {}): KubeObject {
  const version = (hash: string, image: string) => ({
    hash,
    replicaSet: `web-${hash}`,
    images: [image],
    templateHash: hash,
    template: {},
  });
  const stage = { capacityPercent: 100, approval: false, checks: ['errors'], timeoutMs: 1_800_000 };
  const whole: ReleaseSpec = {
    policy: 'web',
    target: { group: 'apps', kind: 'Deployment', name: 'web', uid: 'd1', generation: 4 },
    number: 3,
    strategy: 'canary',
    stable: version('aaa', 'shop/web:v1'),
    candidate: version('bbb', 'shop/web:v2'),
    plan: {
      stages: [
        { ...stage, name: 'weight 5', weight: 5, holdMs: 600_000 },
        { ...stage, name: 'weight 50', weight: 50, approval: true },
        { ...stage, name: 'weight 100', weight: 100, checks: [] },
      ],
      bakeMs: 600_000,
      bakeChecks: ['errors'],
      bakeTimeoutMs: 1_800_000,
      progressDeadlineMs: 600_000,
      settleMs: 2_000,
      drainMs: 10_000,
      onFailure: 'Abort',
    },
    traffic: {
      services: ['web'],
      preview: false,
      routers: [{ name: 'gatewayAPI', config: { httpRoute: 'web' } }],
    },
    checks: [],
    ...spec,
  };
  const name = `web-${whole.number}`;
  const labels = { [POLICY_LABEL]: 'web' };
  const metadata = { name, namespace: 'shop', uid: 'r3', creationTimestamp: ago(300), labels };
  return { apiVersion: API_VERSION, kind: 'Release', metadata, spec: whole, status };
}

export const HOLDING: ReleaseStatus = {
  phase: 'Progressing',
  step: 'Stage',
  stage: 0,
  traffic: { dedicated: true, route: 'Split', weight: 5 },
  startedAt: ago(300),
  gateSince: ago(240),
  message: 'hold, 8m left',
  evidence: [{ check: 'errors', verdict: 'Pass', because: '0 of 312 bad, at most 1%' }],
  timeline: [
    { at: ago(300), reason: 'Started', what: 'shop/web:v1 to shop/web:v2' },
    { at: ago(240), reason: 'StageReached', what: 'stage 1 of 3 (weight 5), 5 % of the traffic' },
  ],
};

export const PROMOTED: ReleaseStatus = {
  phase: 'Promoted',
  step: 'Done',
  outcome: 'Promoted',
  reason: 'Promoted',
  message: 'shop/web:v2 released in 4m',
  startedAt: ago(300),
  endedAt: ago(60),
};

/** Released, and the old version kept for a way back. */
export const KEPT: ReleaseStatus = {
  ...PROMOTED,
  step: 'Keep',
  message: 'shop/web:v2 is released; shop/web:v1 is kept for a way back until the next release',
};
