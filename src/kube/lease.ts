/**
 * Leader election by a coordination.k8s.io Lease. A holder is believed for the lease duration from
 * when the last change of the lease was seen here: clocks of two machines are never compared, so that
 * they may differ. A leader counts from before it sent the renewal that was stored, and for the
 * shorter renew deadline only, so that it stops before anybody may take over.
 */
import type { KubeObject } from '../api/object.ts';
import type { Clock } from '../ports/clock.ts';
import { KubeError, type KubeClient } from '../ports/kube.ts';
import type { Leadership, TermEnd } from '../ports/leadership.ts';
import type { Log } from '../ports/log.ts';

export interface LeaseTimes {
  /** How long a holder is believed that does not renew. */
  leaseMs: number;
  /** How long a leader goes on without a renewal; less than `leaseMs`. */
  renewMs: number;
  /** Between two tries, up to a fifth more by chance. */
  retryMs: number;
}

export const LEASE_TIMES: LeaseTimes = { leaseMs: 15_000, renewMs: 10_000, retryMs: 2_000 };

export interface LeaseOptions extends LeaseTimes {
  namespace: string;
  name: string;
  /** Different for every process. */
  identity: string;
}

export interface LeaseDeps {
  client: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  /** Must not jump: see main.ts. */
  clock: Clock;
  log: Log;
  random: () => number;
  /** Records a change of leader for people, on the Lease; not waited for. */
  tell?: (lease: KubeObject, message: string) => void;
}

interface LeaseSpec {
  holderIdentity?: string;
  leaseDurationSeconds?: number;
  acquireTime?: string;
  renewTime?: string;
  leaseTransitions?: number;
}

const KIND = { group: 'coordination.k8s.io', kind: 'Lease' };
const JITTER = 0.2;
const RELEASE_TRIES = 3;

export class LeaseElection implements Leadership {
  readonly #deps: LeaseDeps;
  readonly #options: LeaseOptions;
  /** Until when it is certain that nobody else leads, by this machine's clock. */
  #untilMs = -Infinity;
  /** The lease as it was last changed, and when that was seen here. */
  #seen: { version: string; holder: string; atMs: number } | undefined;
  /** What this process stored last: renewed without reading it first. */
  #mine: KubeObject | undefined;
  #trying: Promise<void> | undefined;
  /** Answers to tries of an earlier term count for nothing. */
  #term = 0;

  constructor(deps: LeaseDeps, options: LeaseOptions) {
    this.#deps = deps;
    this.#options = options;
  }

  get leading(): boolean {
    return this.#deps.clock.now() < this.#untilMs;
  }

  async run(work: (leading: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<TermEnd> {
    const { log } = this.#deps;
    while (!signal.aborted && !this.leading) {
      await this.#tryWithin(this.#options.renewMs, signal);
      if (!this.leading) await this.#pause(signal);
    }
    if (!this.leading) return 'Stopped';
    log.info('leading', { identity: this.#options.identity });
    if (this.#mine) this.#deps.tell?.(this.#mine, `${this.#options.identity} became leader`);
    const term = new AbortController();
    const working = work(term.signal);
    await this.#keep(signal);
    term.abort();
    if (!this.leading) {
      log.error('leadership is lost: the lease was not renewed in time');
      this.#resign();
      await working;
      return 'Lost';
    }
    await Promise.race([working, this.#expiry()]);
    await this.#release();
    await working;
    return 'Stopped';
  }

  /** Renews until `signal` aborts or it is too late. */
  async #keep(signal: AbortSignal): Promise<void> {
    while (this.leading) {
      await this.#pause(signal);
      if (signal.aborted || !this.leading) return;
      await this.#tryWithin(this.#untilMs - this.#deps.clock.now(), signal);
    }
  }

  #pause(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#deps;
    const ms = this.#options.retryMs * (1 + JITTER * random());
    const leftMs = this.#untilMs - clock.now();
    return clock.sleep(leftMs > 0 ? Math.min(ms, leftMs) : ms, signal);
  }

  async #expiry(): Promise<void> {
    const { clock } = this.#deps;
    while (this.leading) await clock.sleep(this.#untilMs - clock.now());
  }

  /** One try at a time; waits for its answer no longer than `ms`. */
  async #tryWithin(ms: number, signal: AbortSignal): Promise<void> {
    const enough = new AbortController();
    this.#trying ??= this.#try().finally(() => {
      this.#trying = undefined;
    });
    await Promise.race([
      this.#trying,
      this.#deps.clock.sleep(ms, AbortSignal.any([signal, enough.signal])),
    ]);
    enough.abort();
  }

  async #try(): Promise<void> {
    const term = this.#term;
    const { clock, log } = this.#deps;
    try {
      const lease = this.#mine ?? (await this.#read());
      if (term !== this.#term || (lease && this.#isOthers(lease))) return;
      const sentMs = clock.now();
      const stored = await this.#store(lease, this.#options.identity);
      if (term !== this.#term) return;
      this.#mine = stored;
      this.#untilMs = sentMs + this.#options.renewMs;
    } catch (error) {
      this.#mine = undefined;
      const because = error instanceof Error ? error.message : String(error);
      const moved = error instanceof KubeError && error.code === 409;
      log[moved ? 'debug' : 'warn']('the lease could not be taken or renewed', { because });
    }
  }

  async #read(): Promise<KubeObject | undefined> {
    const { namespace, name } = this.#options;
    const lease = await this.#deps.client.get({ ...KIND, namespace, name });
    if (lease) this.#notice(lease);
    return lease;
  }

  /** A change counts from when it is seen, which is never before it was made. */
  #notice(lease: KubeObject): void {
    const version = lease.metadata.resourceVersion ?? '';
    if (version === this.#seen?.version) return;
    const { holderIdentity: holder = '' } = specOf(lease);
    const { log, clock } = this.#deps;
    const news = holder !== this.#seen?.holder && holder !== '';
    if (news && holder !== this.#options.identity) log.info('another controller leads', { holder });
    this.#seen = { version, holder, atMs: clock.now() };
  }

  /** Held by somebody who may still believe to lead. By what they wrote of the length: theirs may
   * differ. */
  #isOthers(lease: KubeObject): boolean {
    const { holderIdentity: holder = '', leaseDurationSeconds } = specOf(lease);
    if (holder === '' || holder === this.#options.identity) return false;
    // It was taken from a leader that lives: whoever did that has it now.
    this.#untilMs = -Infinity;
    const durationMs = Math.max((leaseDurationSeconds ?? 0) * 1_000, this.#options.leaseMs);
    return this.#deps.clock.now() < (this.#seen?.atMs ?? Infinity) + durationMs;
  }

  /** Stored only if nobody has changed it since it was read. */
  #store(lease: KubeObject | undefined, holder: string): Promise<KubeObject> {
    const { client, clock } = this.#deps;
    const { namespace, name, leaseMs } = this.#options;
    const before = lease ? specOf(lease) : {};
    const now = new Date(clock.now()).toISOString().replace('Z', '000Z');
    const change = before.holderIdentity !== holder;
    const spec: LeaseSpec = {
      holderIdentity: holder,
      leaseDurationSeconds: holder === '' ? 1 : Math.max(1, Math.ceil(leaseMs / 1_000)),
      acquireTime: change ? now : (before.acquireTime ?? now),
      renewTime: now,
      leaseTransitions: (before.leaseTransitions ?? 0) + (change && holder !== '' && lease ? 1 : 0),
    };
    if (lease) return client.replace({ ...lease, spec });
    const metadata = { name, namespace };
    return client.create({ apiVersion: `${KIND.group}/`, kind: KIND.kind, metadata, spec });
  }

  #resign(): void {
    this.#term++;
    this.#untilMs = -Infinity;
    this.#mine = undefined;
  }

  /** Gives it back so that the standby need not wait; it may fail, then it runs out. From here on
   * nothing is written. */
  async #release(): Promise<void> {
    const { log } = this.#deps;
    this.#resign();
    for (let i = 0; i < RELEASE_TRIES; i++)
      try {
        const lease = await this.#read();
        if (!lease || specOf(lease).holderIdentity !== this.#options.identity) return;
        await this.#store(lease, '');
        log.info('the lease is given back');
        return;
      } catch (error) {
        log.warn('the lease could not be given back', { because: String(error) });
      }
  }
}

function specOf(lease: KubeObject): LeaseSpec {
  return (lease['spec'] ?? {}) as LeaseSpec;
}
