/** The demo application in the cluster: deployed and changed as its users would, and watched. */
import { request } from 'node:http';
import { createServer, type AddressInfo } from 'node:net';
import { KINDS } from '../../api/group.ts';
import type { Condition, KubeObject } from '../../api/object.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Informer } from '../../ports/informer.ts';
import { KubeError } from '../../ports/kube.ts';
import type { ReleaseObject } from './outcome.ts';
import {
  APP,
  CONTAINER,
  containerOf,
  NAMESPACE,
  scenarioObjects,
  strategyOf,
  type DemoRelease,
} from './scenario.ts';
import { waitUntil } from './wait.ts';

export interface ShopDeps {
  cluster: Cluster;
  clock: Clock;
  signal: AbortSignal;
}

const SERVED_WITHIN_MS = 15_000;
const READY_WITHIN_MS = 45_000;

export class DemoShop {
  readonly #deps: ShopDeps;
  readonly #releases: Informer;
  readonly #policies: Informer;
  readonly #sets: Informer;

  constructor(deps: ShopDeps) {
    this.#deps = deps;
    const options = { namespace: NAMESPACE };
    this.#releases = deps.cluster.informer(KINDS.release, options);
    this.#policies = deps.cluster.informer(KINDS.releasePolicy, options);
    this.#sets = deps.cluster.informer(KINDS.replicaSet, options);
  }

  /** Watches until `signal` aborts. */
  async watch(signal: AbortSignal): Promise<void> {
    const informers = [this.#releases, this.#policies, this.#sets];
    await Promise.all(informers.map((informer) => informer.run(signal)));
  }

  async deploy(metricsUrl: string): Promise<void> {
    const listenerPort = await freePort();
    for (const object of scenarioObjects({ metricsUrl, listenerPort }))
      await this.#wait(`${object.kind} to be served`, SERVED_WITHIN_MS, () => this.#create(object));
  }

  /** A kind whose CRD has just been made may take a moment. */
  async #create(object: KubeObject): Promise<boolean> {
    try {
      await this.#deps.cluster.client.create(object);
      return true;
    } catch (error) {
      if (error instanceof KubeError && error.code === 404) return false;
      throw error;
    }
  }

  /** Nothing is under way, and Segue releases the next change. */
  async idle(): Promise<void> {
    const what = `Segue to be ready for a release of ${APP}`;
    await this.#wait(what, READY_WITHIN_MS, () => {
      const ready = this.#condition('Ready');
      return ready?.status === 'True' || ready?.reason === 'ReleaseAborted';
    });
  }

  /** Waits until the application answers through the gateway; resolves to where. */
  async answering(listenerUrl: () => string | undefined): Promise<string> {
    let url = '';
    await this.#wait(`an answer of ${APP} through the gateway`, READY_WITHIN_MS, async () => {
      url = listenerUrl() ?? '';
      return url !== '' && (await answers(url));
    });
    return url;
  }

  #condition(type: string): Condition | undefined {
    const status = this.#policies.get(NAMESPACE, APP)?.['status'] as
      { conditions?: Condition[] } | undefined;
    return status?.conditions?.find((condition) => condition.type === type);
  }

  /** The policy's strategy is the user's to change between releases. */
  async setStrategy(strategy: DemoRelease['strategy']): Promise<void> {
    const other = strategy === 'canary' ? 'blueGreen' : 'canary';
    await this.#deps.cluster.client.patch(
      { ...KINDS.releasePolicy, namespace: NAMESPACE, name: APP },
      { type: 'merge', body: { spec: { strategy: { [other]: null, ...strategyOf(strategy) } } } },
    );
  }

  /** What `kubectl set image` and `kubectl set env` do. */
  async setVersion(release: DemoRelease): Promise<void> {
    const containers = [{ name: CONTAINER, ...containerOf(release) }];
    await this.#deps.cluster.client.patch(
      { ...KINDS.deployment, namespace: NAMESPACE, name: APP },
      { type: 'strategic', body: { spec: { template: { spec: { containers } } } } },
    );
  }

  /** Oldest first; without the first deployment, which replaced nothing. */
  releases(): ReleaseObject[] {
    const all = this.#releases.list() as ReleaseObject[];
    return all
      .filter(({ spec }) => spec.strategy !== 'none')
      .sort((one, other) => one.spec.number - other.spec.number);
  }

  sets(): KubeObject[] {
    return this.#sets.list();
  }

  #wait(what: string, withinMs: number, look: () => boolean | Promise<boolean>): Promise<void> {
    return waitUntil(look, { ...this.#deps, what: () => what, withinMs });
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false, timeout: 1_000 }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    sent.on('timeout', () => sent.destroy());
    sent.on('error', () => resolve(false));
    sent.end();
  });
}
