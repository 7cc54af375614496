/** Ends the controller's process by SIGKILL exactly between two of its writes, for many releases at
 * once: each is held at its own write, and the process is killed when all of them are. */
import { expect, test } from 'vitest';
import type { Fate, FaultProxy } from '../../src/testing/fault-proxy.ts';
import { until } from '../../src/testing/until.ts';
import { type Field, openField } from './field.ts';
import { oneOfEach, sample, SPARING } from './sampling.ts';
import { left, type Left, open, release, type Scenario, undisturbed } from './scenarios.ts';

/** Killed before the n-th write reached the server, or after the server took it. */
interface Point {
  n: number;
  at: 'Before' | 'After';
}

interface Survivor {
  point: Point;
  /** The write at which it was killed; undefined where the release ended before it. */
  hit: string | undefined;
  namespace: string;
  /** How many writes it came to. */
  writes: number;
  left: Left;
}

type Undisturbed = Awaited<ReturnType<typeof undisturbed>>;

/** Fewer than the requests that the controller's client has under way at once. */
const AT_ONCE = 24;

/** Of all points of a release, on a cluster that is slower than the sandbox. */
const SAMPLED = SPARING ? 4 : 10;

const LAST_WRITES_WITHIN_MS = 2_000;

/** How often one that ended before its write is tried again at an earlier one. */
const RETRIES = 3;

export function describeKills(
  scenarios: readonly Scenario[],
  options: Parameters<typeof openField>[0] = {},
): void {
  const field = openField(options);
  const half = Math.ceil(scenarios.length / 2);
  const tried =
    SPARING && process.env['SEGUE_LAB'] === 'cluster' ? sample(scenarios, half) : scenarios;

  test.each(tried)('$name: the same outcome', async (scenario) => {
    const clean = await undisturbed(field, scenario);
    const points = pointsOf(clean.writes.length, field.lab.kind);
    const killed = await killAtAll({ ...field, scenario }, points, clean);
    // At different writes, or nothing much is proven.
    const places = (some: readonly Point[]) => new Set(some.map(({ n }) => n)).size;
    expect(killed.length).toBe(points.length);
    expect(places(killed)).toBeGreaterThan(places(points) / 3);
  });
}

function pointsOf(writes: number, lab: Field['lab']['kind']): Point[] {
  const pairs = Array.from({ length: writes }, (_, i): [Point, Point] => [
    { n: i + 1, at: 'Before' },
    { n: i + 1, at: 'After' },
  ]);
  if (lab === 'cluster') return sample(pairs.flat(), SAMPLED);
  return SPARING ? oneOfEach(pairs) : pairs.flat();
}

/**
 * Where each release was killed in the end. How many writes there are depends on what is seen
 * together: on a busy machine one may end before its write, and another is killed at the same place
 * of so short a release.
 */
async function killAtAll(
  field: Field & { scenario: Scenario },
  points: readonly Point[],
  clean: Undisturbed,
): Promise<Point[]> {
  const killed: Point[] = [];
  let next = points;
  for (let tries = 0; tries <= RETRIES && next.length > 0; tries++) {
    const survivors: Survivor[] = [];
    for (let from = 0; from < next.length; from += AT_ONCE)
      survivors.push(...(await killAt(field, next.slice(from, from + AT_ONCE), clean)));
    for (const { point, hit, namespace, left } of survivors) {
      const where = `${point.at} write ${point.n}: ${hit} (${namespace})`;
      expect({ where, ...left }).toEqual({ where, ...clean.left });
    }
    killed.push(...survivors.filter(({ hit }) => hit !== undefined).map(({ point }) => point));
    next = survivors
      .filter(({ hit }) => hit === undefined)
      .map(({ point, writes }) => earlier(point, writes / clean.writes.length));
  }
  return killed;
}

function earlier({ n, at }: Point, share: number): Point {
  return { n: Math.max(1, Math.min(n - 1, Math.ceil(n * share))), at };
}

async function killAt(
  { scenario, ...field }: Field & { scenario: Scenario },
  points: Point[],
  clean: Undisturbed,
): Promise<Survivor[]> {
  const { lab } = field;
  const courses = await Promise.all(points.map(() => open(field, scenario)));
  const traps = new Traps(lab.proxy);
  const held = courses.map(({ shop }, i) => traps.set(shop.namespace, points[i] as Point));
  const ends = courses.map((course) => release(course));
  const over = courses.map(async ({ shop }, i) => {
    await ends[i];
    // Its outcome is not its last write.
    const written = async () => lab.proxy.writesIn(shop.namespace).length >= clean.writes.length;
    await until('its last writes', written, LAST_WRITES_WITHIN_MS).catch(() => undefined);
  });
  await Promise.all(over.map((end, i) => Promise.race([held[i], end])));
  lab.controller?.kill('SIGKILL');
  await lab.controller?.gone();
  traps.release();
  await lab.startController();
  await Promise.all(ends);
  return Promise.all(
    courses.map(async (course, i) => {
      const { namespace } = course.shop;
      const rest = await left(course, clean.left);
      const writes = lab.proxy.writesIn(namespace).length;
      const point = points[i] as Point;
      return { point, hit: traps.hits.get(namespace), namespace, writes, left: rest };
    }),
  );
}

/** Holds one write of each namespace until all are let go, which are cut off then. */
class Traps {
  /** Namespace to the write that was held. */
  readonly hits = new Map<string, string>();
  private readonly traps = new Map<string, Point & { hit: () => void }>();
  private letGo: (fate: Fate) => void = () => {};
  private readonly proxy: FaultProxy;

  constructor(proxy: FaultProxy) {
    this.proxy = proxy;
    const held = new Promise<Fate>((resolve) => (this.letGo = resolve));
    proxy.rule = ({ namespace, write, method, path }) => {
      const trap = this.traps.get(namespace);
      if (!trap || write !== trap.n) return undefined;
      const hold = () => {
        this.hits.set(namespace, `${method} ${path}`);
        trap.hit();
        return held;
      };
      return trap.at === 'Before' ? { before: hold } : { after: hold };
    };
  }

  /** Resolves when the write is held. */
  set(namespace: string, point: Point): Promise<void> {
    return new Promise((hit) => this.traps.set(namespace, { ...point, hit }));
  }

  release(): void {
    this.proxy.rule = () => undefined;
    this.letGo('Cut');
  }
}
