/** Ends the controller's process by SIGKILL exactly between two of its writes, for many releases at
 * once: each is held at its own write, and the process is killed when all of them are. */
import { expect, test } from 'vitest';
import type { Fate, FaultProxy } from '../../src/testing/fault-proxy.ts';
import { type Field, openField } from './field.ts';
import { sample } from './sampling.ts';
import { left, type Left, open, release, type Scenario, undisturbed } from './scenarios.ts';

/** Killed before the n-th write reached the server, or after the server took it. */
interface Point {
  n: number;
  at: 'Before' | 'After';
}

interface Survivor {
  /** Where it was killed. */
  point: string;
  /** The release ended before the write. */
  missed: boolean;
  left: Left;
}

/** Fewer than the requests that the controller's client has under way at once. */
const AT_ONCE = 24;

/** Of all points, on a cluster that is slower than the sandbox. */
const SAMPLED = 20;

export function describeKills(
  scenarios: readonly Scenario[],
  options: Parameters<typeof openField>[0] = {},
): void {
  const field = openField(options);

  test.each(scenarios)('$name: the same outcome', async (scenario) => {
    const clean = await undisturbed(field, scenario);
    const all = clean.writes.flatMap((_, i) => [at(i + 1, 'Before'), at(i + 1, 'After')]);
    const points = field.lab.kind === 'sandbox' ? all : sample(all, SAMPLED / scenarios.length);
    const survivors: Survivor[] = [];
    for (let from = 0; from < points.length; from += AT_ONCE) {
      const batch = points.slice(from, from + AT_ONCE);
      survivors.push(...(await killAt({ ...field, scenario }, batch, clean.left)));
    }
    for (const { point, left } of survivors)
      expect({ point, ...left }).toEqual({ point, ...clean.left });
    // How many writes there are depends on what is seen together: on a busy machine a release may
    // end with fewer of them, and is not killed at the last.
    expect(survivors.filter((one) => one.missed).length).toBeLessThanOrEqual(points.length / 4);
  });
}

function at(n: number, when: Point['at']): Point {
  return { n, at: when };
}

async function killAt(
  { scenario, ...field }: Field & { scenario: Scenario },
  points: Point[],
  like: Left,
): Promise<Survivor[]> {
  const { lab } = field;
  const courses = await Promise.all(points.map(() => open(field, scenario)));
  const traps = new Traps(lab.proxy);
  const held = courses.map(({ shop }, i) => traps.set(shop.namespace, points[i] as Point));
  const ends = courses.map((course) => release(course));
  await Promise.all(ends.map((end, i) => Promise.race([held[i], end])));
  lab.controller?.kill('SIGKILL');
  await lab.controller?.gone();
  traps.release();
  await lab.startController();
  await Promise.all(ends);
  return Promise.all(
    courses.map(async (course, i) => {
      const { n, at } = points[i] as Point;
      const hit = traps.hits.get(course.shop.namespace);
      const point = `${at} write ${n}: ${hit} (${course.shop.namespace})`;
      return { point, missed: hit === undefined, left: await left(course, like) };
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
