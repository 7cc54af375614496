/** Keeps the screen up to date while releases go on: asks the watched objects and the load's last
 * reports, several times a second. */
import type { Clock } from '../../ports/clock.ts';
import { rates, type LoadReport } from './load-report.ts';
import { versionOf, type EndedRelease, type ReleaseObject } from './outcome.ts';
import {
  positionText,
  versionLines,
  waitsFor,
  type Progress,
  type ReleaseLine,
  type World,
} from './progress.ts';
import { RELEASES, type DemoRelease } from './scenario.ts';
import type { Screen } from './screen.ts';
import type { DemoShop } from './shop.ts';

const DRAW_MS = 200;
const RATE_OVER_MS = 2_000;
/** Releases of the user's own that are shown after those of the demo. */
const OWN_RELEASES_MAX = 3;

export class LiveProgress {
  readonly #shop: DemoShop;
  readonly #screen: Screen;
  readonly #clock: Clock;
  readonly #ended = new Map<DemoRelease, EndedRelease>();
  #reports: LoadReport[] = [];
  #beganMs: number;

  constructor(deps: { shop: DemoShop; screen: Screen; clock: Clock }) {
    this.#shop = deps.shop;
    this.#screen = deps.screen;
    this.#clock = deps.clock;
    this.#beganMs = deps.clock.now();
  }

  /** A report of the load, for rates over the last seconds. */
  hear(report: LoadReport): void {
    const sinceMs = report.atMs - RATE_OVER_MS;
    this.#reports = [...this.#reports.filter(({ atMs }) => atMs >= sinceMs), report];
  }

  ended(release: EndedRelease): void {
    this.#ended.set(release.planned, release);
  }

  /** Draws until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      this.#screen.show(this.#progress());
      await this.#clock.sleep(DRAW_MS, signal);
    }
  }

  #progress(): Progress {
    const nowMs = this.#clock.now();
    const world: World = { nowMs, sets: this.#shop.sets(), rates: rates(this.#reports) };
    const releases = this.#shop.releases();
    const newest = releases.at(-1);
    const own = releases.slice(RELEASES.length).slice(-OWN_RELEASES_MAX);
    return {
      elapsedMs: nowMs - this.#beganMs,
      releases: [
        ...RELEASES.map((planned, i) => this.#plannedLine(planned, releases[i])),
        ...own.map(ownLine),
      ],
      versions: newest ? versionLines(newest, world) : [],
      waitsFor: newest ? waitsFor(newest, world) : [],
    };
  }

  #plannedLine(planned: DemoRelease, release: ReleaseObject | undefined): ReleaseLine {
    const { strategy, from, to } = planned;
    const ended = this.#ended.get(planned);
    if (ended) return { strategy, from, to, state: stateOf(release), text: endedText(ended) };
    if (!release) return { strategy, from, to, state: 'Waiting', text: '' };
    return { strategy, from, to, state: stateOf(release), text: positionText(release) };
  }
}

function ownLine(release: ReleaseObject): ReleaseLine {
  const { strategy, stable, candidate } = release.spec;
  const [from, to] = [versionOf(stable.images), versionOf(candidate.images)];
  return { strategy, from, to, state: stateOf(release), text: positionText(release) };
}

function stateOf(release: ReleaseObject | undefined): ReleaseLine['state'] {
  return release?.status?.outcome ?? 'Running';
}

function endedText({ release, tookMs, tally }: EndedRelease): string {
  const seconds = (tookMs / 1_000).toFixed(0);
  return `${release.status?.outcome} after ${seconds}s: ${tally.requests} requests, ${tally.failed} failed`;
}
