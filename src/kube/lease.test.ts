/** Elections of several candidates whose clocks differ, over a network that loses and delays. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { KubeObject } from '../api/object.ts';
import { type KubeClient, KubeError } from '../ports/kube.ts';
import { MemoryApi } from '../testing/memory-api.ts';
import { FakeClock, settle } from './fake-clock.ts';
import { LEASE_TIMES, LeaseElection } from './lease.ts';
import { recordingLog } from './recording-log.ts';
import { guardWrites } from './write-guard.ts';

const NAMESPACE = 'segue-system';
const LONGEST_TAKEOVER_MS = LEASE_TIMES.leaseMs + 2 * 1.2 * LEASE_TIMES.retryMs;

interface Candidate {
  election: LeaseElection;
  stop: AbortController;
  /** Nothing of it reaches the server any more. */
  cut: boolean;
  ended: Promise<string>;
}

/** Chance from a seed: the same run each time. */
function chanceOf(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Elections {
  readonly api = new MemoryApi();
  readonly clock = new FakeClock();
  readonly candidates: Candidate[] = [];
  readonly random: () => number;
  faults = false;

  constructor(seed: number) {
    this.random = chanceOf(seed);
  }

  /** `offsetMs` and `rate`: how its clock differs. */
  join(offsetMs = 0, rate = 1): Candidate {
    const { clock, random } = this;
    const own = {
      now: () => clock.now() * rate + offsetMs,
      sleep: (ms: number, signal?: AbortSignal) => clock.sleep(ms / rate, signal),
    };
    const stop = new AbortController();
    const made: Partial<Candidate> = { stop, cut: false };
    const client = this.network(() => made.cut === true);
    const identity = `c${this.candidates.length}`;
    const options = { ...LEASE_TIMES, namespace: NAMESPACE, name: 'segue', identity };
    const election = new LeaseElection(
      { client, clock: own, log: recordingLog(), random },
      options,
    );
    const work = (leading: AbortSignal) =>
      new Promise<void>((resolve) => leading.addEventListener('abort', () => resolve()));
    const candidate = Object.assign(made, { election, ended: election.run(work, stop.signal) });
    this.candidates.push(candidate as Candidate);
    return candidate as Candidate;
  }

  get leaders(): Candidate[] {
    return this.candidates.filter(({ election }) => election.leading);
  }

  private network(isCut: () => boolean) {
    const send = async <T>(request: () => Promise<T>): Promise<T> => {
      await this.trouble(isCut);
      this.api.writes.length = 0;
      const answer = await request();
      await this.trouble(isCut);
      return answer;
    };
    return {
      get: (name: Parameters<KubeClient['get']>[0]) => send(() => this.api.get(name)),
      create: (object: KubeObject) => send(() => this.api.create(object)),
      replace: (object: KubeObject) => send(() => this.api.replace(object)),
    };
  }

  private async trouble(isCut: () => boolean): Promise<void> {
    if (this.faults && this.random() < 0.3) await this.clock.sleep(this.random() * 25_000);
    if (isCut() || (this.faults && this.random() < 0.2))
      throw new KubeError('nothing came back', { code: 0, reason: 'ConnectionReset' });
  }

  /** Milliseconds until somebody leads; looks all the while whether two do. */
  async pass(ms: number, until: () => boolean = () => false): Promise<number> {
    for (let passed = 0; passed <= ms; passed += 250) {
      if (until()) return passed;
      await this.clock.advance(250);
      expect(this.leaders.length, 'leaders at once').toBeLessThanOrEqual(1);
    }
    return Infinity;
  }

  async end(): Promise<void> {
    this.faults = false;
    for (const { stop } of this.candidates) stop.abort();
    await this.clock.advance(60_000);
    await Promise.all(this.candidates.map(({ ended }) => ended));
  }
}

const someoneLeads = (world: Elections) => () => world.leaders.length > 0;

test('one of three leads; when it stops, another follows at once', async () => {
  const world = new Elections(1);
  for (let i = 0; i < 3; i++) world.join();
  await world.pass(5_000, someoneLeads(world));
  await world.pass(30_000);
  const [first] = world.leaders;
  first?.stop.abort();
  await settle();
  expect(first?.election.leading).toBe(false);
  expect(await world.pass(5_000, someoneLeads(world))).toBeLessThanOrEqual(2_500);
  await expect(first?.ended).resolves.toBe('Stopped');
  await world.end();
});

test('a leader that is cut off stops before another follows, within the lease', async () => {
  const world = new Elections(2);
  for (let i = 0; i < 2; i++) world.join(i * -3_600_000);
  await world.pass(5_000, someoneLeads(world));
  const [first] = world.leaders as [Candidate];
  first.cut = true;
  const others = () => world.leaders.some((leader) => leader !== first);
  expect(await world.pass(60_000, others)).toBeLessThanOrEqual(LONGEST_TAKEOVER_MS);
  await expect(first.ended).resolves.toBe('Lost');
  await world.end();
});

test('never two at once, whatever the network and the clocks do; and one in the end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), async (seed) => {
      const world = new Elections(seed);
      const { random } = world;
      const join = () => world.join((random() - 0.5) * 7_200_000, 0.9 + random() * 0.2);
      for (let i = 0; i < 3; i++) join();
      world.faults = true;
      for (let turn = 0; turn < 12; turn++) {
        await world.pass(10_000);
        const chosen = world.candidates[Math.floor(random() * world.candidates.length)];
        const act = random();
        if (act < 0.2) chosen?.stop.abort();
        else if (act < 0.4 && chosen) chosen.cut = true;
        if (act < 0.4) join();
      }
      world.faults = false;
      join();
      const healed = await world.pass(120_000, someoneLeads(world));
      expect(healed).toBeLessThanOrEqual(60_000);
      await world.end();
    }),
    { numRuns: 100 },
  );
}, 120_000);

test('once it is not allowed any more nothing is written, reading goes on', async () => {
  const api = new MemoryApi();
  const client = guardWrites(api, () => false);
  const object = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } };
  const name = { group: '', kind: 'Service', name: 'web', namespace: 'shop' };
  for (const write of [
    () => client.create(object),
    () => client.replace(object),
    () => client.patch(name, { type: 'merge', body: {} }),
    () => client.delete(name),
  ])
    await expect(write()).rejects.toMatchObject({ reason: 'NotLeading' });
  expect(api.writes).toEqual([]);
  expect(await client.get(name)).toBeUndefined();
});
