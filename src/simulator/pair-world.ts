/** Two Deployments that take turns, in the modelled world: blue has the traffic, green is idle. */
import { API_VERSION } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import { type PolicySpecInput, policySpecSchema } from '../api/policy.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import type { BlueGreenSpec } from '../api/strategy.ts';
import type { WriteFault } from './faults.ts';
import { requestObject } from './objects.ts';
import type { ImageWays, Scenario } from './scenario.ts';
import { World } from './world.ts';

const WELL: ImageWays = { pods: { readyMs: [100, 800], neverEvery: 0 }, metrics: 'Good' };
export const SLOW: ImageWays = { ...WELL, pods: { readyMs: [4_000, 6_000], neverEvery: 0 } };
const NEVER: ImageWays = { ...WELL, pods: { readyMs: [100, 800], neverEvery: 1 } };
/** Of the one that has the traffic at first. */
export const PODS = 3;
export const BY = 'person';

export const namespace = 'shop';

export function template(colour: string, image: string): Record<string, unknown> {
  return {
    metadata: { labels: { app: 'web', version: colour } },
    spec: { containers: [{ name: 'web', image }] },
  };
}

export function deployment(colour: string, image: string, replicas: number): KubeObject {
  const selector = { matchLabels: { app: 'web', version: colour } };
  const strategy = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `web-${colour}`, namespace },
    spec: { replicas, selector, strategy, template: template(colour, image) },
  };
}

interface Given {
  blueGreen?: Partial<BlueGreenSpec>;
  policy?: Partial<PolicySpecInput>;
  /** Pods of green, which is idle; absent while it does not exist. */
  green?: number | undefined;
  /** It is made together with the policy, which Segue sees before it. */
  late?: boolean;
  faults?: Map<number, WriteFault>;
  images?: Record<string, ImageWays>;
}

export class Pair {
  readonly world: World;
  /** Moments at which users had fewer pods than they should. */
  readonly short: string[] = [];
  #watching = false;
  /** Pods of green, where it comes with the policy. */
  readonly #late: number | undefined;

  constructor(given: Given) {
    const { blueGreen = {}, policy = {}, green, faults = new Map(), images = {} } = given;
    const spec: PolicySpecInput = {
      targetRef: { name: 'web-blue' },
      pairRef: { name: 'web-green' },
      traffic: { services: [{ name: 'web' }], settle: '1s', drain: '5s' },
      strategy: { blueGreen },
      bake: '30s',
      progressDeadline: '1m',
      ...policy,
    };
    const scenario: Scenario = {
      seed: 1,
      quiet: true,
      routed: false,
      routes: [],
      deployment: {},
      policy: spec,
      gateway: { silent: true, acceptMs: [5, 50], stopped: [] },
      images: { v0: WELL, v1: WELL, v2: WELL, v3: WELL, never: NEVER, ...images },
      acts: [],
      writeFaults: faults,
      answer: 'Promote',
      endMs: 0,
    };
    this.world = new World(scenario, { traced: true });
    const { api } = this.world;
    api.create(
      {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'web', namespace, labels: { team: 'shop' } },
        spec: {
          selector: { app: 'web', version: 'blue' },
          ports: [{ port: 80, targetPort: 8080 }],
        },
      },
      BY,
    );
    api.create(deployment('blue', 'v1', PODS), BY);
    if (green !== undefined && !given.late) api.create(deployment('green', 'v0', green), BY);
    api.onChange(() => this.#watch());
    this.policy = spec;
    this.#late = given.late ? (green ?? 0) : undefined;
  }

  readonly policy: PolicySpecInput;

  /** Everything runs, and the policy is there. */
  async start(): Promise<this> {
    const { api, clock } = this.world;
    await this.pass(10_000);
    this.world.startSegue();
    await this.pass(2_000);
    this.#watching = true;
    if (this.#late !== undefined) {
      for (const { client } of this.world.segues) client.hold('Deployment', clock.now() + 3_000);
      api.create(deployment('green', 'v0', this.#late), BY);
    }
    const metadata = { name: 'web', namespace };
    const spec = policySpecSchema.parse(this.policy);
    api.create({ apiVersion: API_VERSION, kind: 'ReleasePolicy', metadata, spec }, BY);
    await clock.runUntil(clock.now() + 10_000);
    return this;
  }

  async pass(ms: number): Promise<void> {
    const { clock } = this.world;
    await clock.runUntil(clock.now() + ms, () => this.world.crashed !== undefined);
    this.#mustRun();
  }

  async until(what: string, so: () => boolean): Promise<void> {
    const { clock } = this.world;
    await clock.runUntil(clock.now() + 15 * 60_000, () => so() || this.world.crashed !== undefined);
    this.#mustRun();
    if (!so())
      throw new Error(`waited for ${what}: ${JSON.stringify([this.status(), this.ready()])}`);
  }

  write(colour: string, image: string): void {
    this.edit('Deployment', `web-${colour}`, (spec) =>
      Object.assign(spec, { template: template(colour, image) }),
    );
  }

  edit(kind: string, name: string, change: (spec: Record<string, unknown>) => void): void {
    this.world.api.edit(kind, name, {
      by: BY,
      change: (object) => change(object['spec'] as Record<string, unknown>),
    });
  }

  ask(action: Parameters<typeof requestObject>[0]): void {
    this.world.api.create(requestObject(action, ++this.world.requests), BY);
  }

  release(number = 1): { spec: ReleaseSpec; status: ReleaseStatus } | undefined {
    const found = this.world.api.get('Release', `web-${number}`);
    return (
      found && {
        spec: found['spec'] as ReleaseSpec,
        status: (found['status'] ?? {}) as ReleaseStatus,
      }
    );
  }

  status(number = 1): ReleaseStatus | undefined {
    return this.release(number)?.status;
  }

  ready(): { status: string; reason: string; message: string } | undefined {
    const status = this.world.api.get('ReleasePolicy', 'web')?.['status'] as
      | { conditions?: { type: string; status: string; reason: string; message: string }[] }
      | undefined;
    return status?.conditions?.find(({ type }) => type === 'Ready');
  }

  async ended(number = 1): Promise<ReleaseStatus> {
    await this.until(`the end of release ${number}`, () => this.status(number)?.step === 'Done');
    await this.pass(30_000);
    return this.status(number) as ReleaseStatus;
  }

  #mustRun(): void {
    if (this.world.crashed !== undefined) throw new Error(this.world.crashed);
  }

  selector(): Record<string, string> {
    const spec = this.world.api.get('Service', 'web')?.['spec'] as
      { selector: Record<string, string> } | undefined;
    return spec?.selector ?? {};
  }

  /** Size, pause, image in its template, and ready pods by image. */
  side(colour: string) {
    const spec = this.world.api.get('Deployment', `web-${colour}`)?.['spec'] as
      | {
          replicas: number;
          paused?: boolean;
          template: { spec: { containers: { image: string }[] } };
        }
      | undefined;
    if (!spec) return undefined;
    const { replicas, paused = false } = spec;
    const pods: Record<string, number> = {};
    for (const image of this.#readyPods(colour)) pods[image] = (pods[image] ?? 0) + 1;
    return { replicas, paused, image: spec.template.spec.containers[0]?.image, pods };
  }

  #readyPods(colour: string | undefined): string[] {
    return this.world.api.all('Pod').flatMap((pod) => {
      const { labels, deletionTimestamp } = pod.metadata;
      const { conditions = [] } = (pod['status'] ?? {}) as {
        conditions?: { type: string; status: string }[];
      };
      const ready = conditions.some(({ type, status }) => type === 'Ready' && status === 'True');
      if (labels?.['version'] !== colour || deletionTimestamp !== undefined || !ready) return [];
      const { containers } = pod['spec'] as { containers: { image: string }[] };
      return [containers[0]?.image ?? ''];
    });
  }

  #watch(): void {
    if (!this.#watching) return;
    const { version } = this.selector();
    const pods = this.#readyPods(version).length;
    if (pods < PODS) this.short.push(`${pods} pods of ${version}`);
  }

  end(): void {
    this.world.end();
  }
}
