/** The demo: deploys an application, sends it traffic, releases three versions of it one after the
 * other and tells how that went. */
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { Gateway } from '../gateway/index.ts';
import { LiveProgress } from './live-progress.ts';
import { startLoad, type Load } from './load-process.ts';
import { tally, type LoadReport } from './load-report.ts';
import { complaints, resultOf, type EndedRelease, type ReleaseObject } from './outcome.ts';
import { APP, LISTENER, LOAD, NAMESPACE, RELEASES, type DemoRelease } from './scenario.ts';
import { createScreen, silentScreen, type Output, type Screen } from './screen.ts';
import { DemoShop } from './shop.ts';
import { closingText, invitation, summaryJson } from './summary.ts';
import { Interrupted, waitUntil } from './wait.ts';

/** A cluster with nodes, gateway and Segue, all running; whoever started them stops them. */
export interface DemoDeps {
  /** As admin. */
  cluster: Cluster;
  clock: Clock;
  stdout: Output;
  stderr: Output;
  /** Aborts at Ctrl-C. */
  signal: AbortSignal;
  /** How long the cluster took to be ready. */
  readyMs: number;
  /** For the user's own kubectl. */
  kubeconfig: string;
  gateway: Pick<Gateway, 'metricsUrl' | 'listenerUrl'>;
  /** The arguments after `node` that run `runLoad`. */
  loadEntry: readonly string[];
}

export interface DemoOptions {
  /** Stop when the releases are over. */
  once: boolean;
  /** Print only the result, as one line of JSON, and stop. */
  json: boolean;
}

const RELEASE_WITHIN_MS = 90_000;
/** After a release its requests are counted a little longer: its last step may have cost some. */
const AFTERMATH_MS = 1_000;
/** As shells have it for a program that Ctrl-C ended. */
const INTERRUPTED = 130;

/** Resolves to the exit code: 0 when every release went as it should. */
export async function runDemo(deps: DemoDeps, options: DemoOptions): Promise<number> {
  const demo = new Demo(deps, options);
  try {
    return await demo.run();
  } catch (error) {
    if (error instanceof Interrupted) return INTERRUPTED;
    throw error;
  } finally {
    await demo.stop();
  }
}

class Demo {
  readonly #deps: DemoDeps;
  readonly #options: DemoOptions;
  readonly #screen: Screen;
  readonly #shop: DemoShop;
  readonly #live: LiveProgress;
  readonly #stopping = new AbortController();
  /** Ctrl-C, or the end of the demo. */
  readonly #signal: AbortSignal;
  readonly #ended: EndedRelease[] = [];
  #watching: Promise<void> | undefined;
  #load: Load | undefined;
  #counted: LoadReport | undefined;

  constructor(deps: DemoDeps, options: DemoOptions) {
    const { cluster, clock, signal, stdout } = deps;
    this.#deps = deps;
    this.#options = options;
    this.#signal = AbortSignal.any([signal, this.#stopping.signal]);
    this.#screen = options.json ? silentScreen : createScreen(stdout);
    this.#shop = new DemoShop({ cluster, clock, signal: this.#signal });
    this.#live = new LiveProgress({ shop: this.#shop, screen: this.#screen, clock });
  }

  async run(): Promise<number> {
    const { stderr, stdout, readyMs, kubeconfig } = this.#deps;
    const { once, json } = this.#options;
    this.#screen.say(`the cluster is ready after ${seconds(readyMs)}; deploying ${APP}`);
    const url = await this.#deploy();
    const load = this.#startLoad(url);
    this.#screen.say(
      `${LOAD.perSecond} requests a second to ${url} from another process, none tried again\n`,
    );
    const wrong = await this.#releaseAll(load);
    if (json) stdout.write(summaryJson(readyMs, this.#ended.map(resultOf)));
    else this.#screen.say(closingText(this.#ended));
    for (const what of wrong) stderr.write(`error: ${what}\n`);
    if (!once && !json) {
      this.#screen.say(invitation({ kubeconfig, url }));
      await Promise.race([this.#live.run(this.#signal), load.failed]);
    }
    return wrong.length === 0 ? 0 : 1;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#load?.stop();
    await this.#watching;
  }

  /** Resolves to where the application answers. */
  async #deploy(): Promise<string> {
    const { gateway } = this.#deps;
    await this.#shop.deploy(gateway.metricsUrl);
    this.#watching = this.#shop.watch(this.#signal);
    await this.#shop.idle();
    return this.#shop.answering(() => gateway.listenerUrl(NAMESPACE, APP, LISTENER));
  }

  #startLoad(url: string): Load {
    const load = startLoad(this.#deps.loadEntry, { url, ...LOAD });
    this.#load = load;
    load.onReport((report) => this.#live.hear(report));
    return load;
  }

  /** Resolves to what went wrong, a sentence each. */
  async #releaseAll(load: Load): Promise<string[]> {
    const drawing = new AbortController();
    const drawn = this.#live.run(AbortSignal.any([this.#signal, drawing.signal]));
    const problems: string[] = [];
    try {
      const inTurn = async (): Promise<void> => {
        for (const planned of RELEASES) await this.#release(planned, load);
      };
      await Promise.race([inTurn(), load.failed]);
    } catch (error) {
      if (error instanceof Interrupted) throw error;
      problems.push(error instanceof Error ? error.message : String(error));
    } finally {
      drawing.abort();
      await drawn;
    }
    return [...complaints(this.#ended), ...problems];
  }

  /** The window in which requests are counted lasts until the next release begins. */
  async #release(planned: DemoRelease, load: Load): Promise<void> {
    const { clock } = this.#deps;
    const before = (this.#counted ??= await load.report());
    const beganMs = clock.now();
    await this.#shop.setStrategy(planned.strategy);
    await this.#shop.setVersion(planned);
    const release = await this.#end(planned);
    const tookMs = clock.now() - beganMs;
    await clock.sleep(AFTERMATH_MS, this.#signal);
    await this.#shop.idle();
    this.#counted = await load.report();
    const ended = { planned, release, tookMs, tally: tally(before, this.#counted) };
    this.#ended.push(ended);
    this.#live.ended(ended);
  }

  async #end({ strategy, from, to }: DemoRelease): Promise<ReleaseObject> {
    const number = this.#ended.length;
    const release = () => this.#shop.releases()[number];
    const what = () =>
      `the end of the ${strategy} from ${from} to ${to}; ` +
      `it says: ${release()?.status?.message ?? 'nothing'}`;
    const wait = { clock: this.#deps.clock, signal: this.#signal, what };
    await waitUntil(() => release()?.status?.outcome !== undefined, {
      ...wait,
      withinMs: RELEASE_WITHIN_MS,
    });
    const ended = release();
    if (!ended) throw new Error(`waited for ${what()} but it is gone`);
    return ended;
  }
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)}s`;
}
