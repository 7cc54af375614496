/** Chooses an endpoint for each request: least in flight, or the one a client had before. */
import type { Clock } from '../../ports/clock.ts';

/** What the choice needs to know of an endpoint. */
export interface Balanced {
  key: string;
  inFlight: number;
}

/** Above this many endpoints, looking at two of them is nearly as good as looking at all. */
const LOOK_AT_ALL_MAX = 32;

/** Spreads requests: least in flight first, in turn among equals. */
export class Balancer<E extends Balanced> {
  readonly #random: () => number;
  #turn = 0;

  constructor(random: () => number) {
    this.#random = random;
  }

  pick(endpoints: readonly E[], tried: readonly E[] = []): E | undefined {
    const open = tried.length > 0 ? endpoints.filter((e) => !tried.includes(e)) : endpoints;
    return open.length > LOOK_AT_ALL_MAX ? this.#oneOfTwo(open) : this.#leastBusy(open);
  }

  #leastBusy(endpoints: readonly E[]): E | undefined {
    this.#turn += 1;
    let best: E | undefined;
    for (let n = 0; n < endpoints.length; n += 1) {
      const endpoint = endpoints[(this.#turn + n) % endpoints.length];
      if (endpoint && (!best || endpoint.inFlight < best.inFlight)) best = endpoint;
    }
    return best;
  }

  #oneOfTwo(endpoints: readonly E[]): E | undefined {
    const one = endpoints[Math.floor(this.#random() * endpoints.length)];
    const other = endpoints[Math.floor(this.#random() * endpoints.length)];
    return one && other && other.inFlight < one.inFlight ? other : one;
  }
}

const REMEMBERED_MAX = 10_000;

/** `sessionAffinity: ClientIP`: which endpoint each client address had last. */
export class ClientAffinity {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  readonly #byClient = new Map<string, { key: string; untilMs: number }>();

  constructor(clock: Clock, timeoutSeconds: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutSeconds * 1_000;
  }

  recall<E extends Balanced>(client: string, endpoints: readonly E[]): E | undefined {
    const known = this.#byClient.get(client);
    if (!known || known.untilMs <= this.#clock.now()) return undefined;
    return endpoints.find(({ key }) => key === known.key);
  }

  remember(client: string, { key }: Balanced): void {
    // Set anew, so that the map stays in the order of last use and the oldest can be dropped.
    this.#byClient.delete(client);
    this.#byClient.set(client, { key, untilMs: this.#clock.now() + this.#timeoutMs });
    const [oldest] = this.#byClient.keys();
    if (this.#byClient.size > REMEMBERED_MAX && oldest) this.#byClient.delete(oldest);
  }
}
