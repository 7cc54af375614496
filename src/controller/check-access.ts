/** Whether the Secrets and ConfigMaps by which checks ask their sources can be read: told before a release, in which such
 * a check would stay undecided. */
import { sourceOf } from '../api/check-sources/index.ts';
import type { Problem } from '../api/problem.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { compilePlan, type Snapshot, validatePolicy } from '../engine/index.ts';
import type { Clock } from '../ports/clock.ts';
import type { MetricProvider } from '../ports/metric-provider.ts';

/** As often as it is asked again while something is missing, and while nothing is. */
const LACKING_MS = 10_000;
const READ_MS = 60_000;

type Lack = Awaited<ReturnType<NonNullable<MetricProvider['lack']>>>;

interface Asked {
  /** What was asked for, as JSON. */
  of: string;
  atMs: number;
  lack: Lack;
}

export class CheckAccess {
  readonly #providers: ReadonlyMap<string, MetricProvider>;
  readonly #clock: Clock;
  /** By namespace, policy and check. */
  readonly #asked = new Map<string, Asked>();

  constructor(providers: ReadonlyMap<string, MetricProvider>, clock: Clock) {
    this.#providers = providers;
    this.#clock = clock;
  }

  /** Of a policy that nothing else keeps from releasing, while it does not. */
  async problems(
    namespace: string,
    { policy, release, problems }: Pick<Snapshot, 'policy' | 'release' | 'problems'>,
  ): Promise<Problem[]> {
    if (!policy || policy.deleting || release || problems.length > 0) return [];
    // What is wrong with the spec itself is told by who decides.
    if (validatePolicy(policy.spec).length > 0) return [];
    const found: Problem[] = [];
    for (const check of compilePlan(policy.spec).checks) {
      const lack = await this.#lack(check, namespace, policy.name);
      if (lack) found.push({ field: `check ${check.name}`, ...lack });
    }
    return found;
  }

  async #lack(check: MeasuredCheck, namespace: string, policy: string): Promise<Lack> {
    const source = sourceOf(check);
    if (source === undefined) return undefined;
    const provider = this.#providers.get(source);
    if (!provider?.lack) return undefined;
    const key = [namespace, policy, check.name].join('/');
    const of = JSON.stringify(check[source]);
    const known = this.#asked.get(key);
    const now = this.#clock.now();
    const freshMs = known?.lack ? LACKING_MS : READ_MS;
    // A moment early: it is looked at again just then.
    if (known?.of === of && now - known.atMs < freshMs - 500) return known.lack;
    const lack = await provider.lack(check, namespace, new AbortController().signal);
    this.#asked.set(key, { of, atMs: now, lack });
    return lack;
  }
}
