/**
 * A small model of a cluster for the engine alone: pods that take their time, routes that are
 * accepted late, sets that change places in steps. It takes a decision's intents and moves a
 * little towards them; what it may do is decided by a seeded generator.
 */
import type { Verdict } from '../analysis/index.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseStatus } from '../api/release.ts';
import type { Decision } from '../engine/decision.ts';
import type { RequestSnapshot, Snapshot } from '../engine/snapshot.ts';
import type { ReleaseIntent, WorkloadState } from '../ports/workload.ts';
import { policy, reading, release, setOf, snapshot, START_MS, workload } from './snapshots.ts';

export interface Chance {
  /** True with this probability. */
  maybe(probability: number): boolean;
  /** A whole number from 0 to below `below`. */
  pick(below: number): number;
}

interface ModelSet {
  wanted: number;
  available: number;
}

export class ModelWorld {
  now = START_MS;
  replicas = 4;
  template = 'v2';
  stable: ModelSet = { wanted: 4, available: 4 };
  candidate: ModelSet | undefined;
  /** The candidate belongs to the target. */
  swapped = false;
  swapClean = true;
  route: 'Service' | 'Split' = 'Service';
  weight = 0;
  accepted = true;
  dedicated: 'Present' | 'Absent' | 'Partial' = 'Absent';
  stableGivenBack = false;
  stableDeleted = false;
  policyGone = false;
  held = true;
  evidence: Verdict[] = [];
  requests: RequestSnapshot[] = [];
  /** What is stored, and what the controller has only in memory. */
  stored: ReleaseStatus = {};
  memory: ReleaseStatus = {};
  rejected: string | undefined;
  private readonly chance: Chance;
  private readonly spec: Partial<PolicySpec>;
  private readonly podsNeverReady: boolean;

  constructor(chance: Chance, spec: Partial<PolicySpec>, podsNeverReady: boolean) {
    this.chance = chance;
    this.spec = spec;
    this.podsNeverReady = podsNeverReady;
  }

  get done(): boolean {
    return this.stored.step === 'Done';
  }

  /** The controller dies: what it had not written is gone. */
  restart(): void {
    this.memory = this.stored;
  }

  observe(): Snapshot {
    const at = policy(this.spec);
    return snapshot({
      now: this.now,
      policy: this.policyGone ? undefined : at,
      workload: this.workloadState(),
      release: release(this.memory, this.spec),
      requests: this.requests,
      evidence: this.evidence,
      traffic: reading({
        dedicated: this.dedicated,
        route: this.route,
        weight: this.weight,
        accepted: this.accepted,
        endpoints:
          this.dedicated === 'Present'
            ? { stable: this.stable.available, candidate: this.candidate?.available ?? 0 }
            : { stable: 0, candidate: 0 },
      }),
    });
  }

  private workloadState(): WorkloadState {
    const left = setOf('v1', {
      replicas: this.stable.wanted,
      current: this.stable.available,
      available: this.stable.available,
      owner: this.swapped && !this.stableGivenBack ? 'Release' : 'Target',
    });
    const stable = this.stableDeleted ? undefined : left;
    const candidate =
      this.candidate &&
      setOf('v2', {
        replicas: this.candidate.wanted,
        current: this.candidate.available,
        available: this.candidate.available,
        owner: this.swapped ? 'Target' : 'Release',
      });
    return workload(this.template, {
      held: this.held,
      replicas: this.replicas,
      stable,
      candidate,
      carrier: this.swapped ? 'Candidate' : 'Stable',
      swapClean: this.swapClean,
      running: this.swapped ? candidate : left,
    });
  }

  /** Stores the status, removes what was handled, and moves the world a step towards the intents. */
  take(decision: Decision): void {
    const next = decision.release;
    if (next) {
      this.memory = next.status;
      if (next.persist === 'Now') this.stored = next.status;
    }
    if (decision.policyStatus) this.rejected = decision.policyStatus.target?.rejected;
    const handled = new Set(decision.handled);
    this.requests = this.requests.filter((request) => !handled.has(request.name));
    if (decision.traffic) this.moveTraffic(decision.traffic);
    if (decision.workload) this.held = decision.workload.held;
    if (decision.workload?.release) this.moveSets(decision.workload.release);
    if (this.swapped && this.candidate) this.candidate.wanted = this.replicas;
    if (!this.swapped) this.stable.wanted = this.replicas;
  }

  private moveTraffic(goal: NonNullable<Decision['traffic']>): void {
    if (goal.dedicated && this.dedicated !== 'Present')
      this.dedicated = this.dedicated === 'Absent' ? 'Partial' : 'Present';
    if (!goal.dedicated) this.dedicated = 'Absent';
    const weight = goal.route === 'Split' ? goal.weight : 0;
    if (goal.route !== this.route || weight !== this.weight) this.accepted = false;
    this.route = goal.route;
    this.weight = weight;
  }

  private moveSets(intent: ReleaseIntent): void {
    const size = intent.candidateReplicas ?? 0;
    if (intent.candidateWanted === 'Present' && !this.swapped) {
      this.candidate ??= { wanted: size, available: 0 };
      this.candidate.wanted = size;
    }
    if (intent.candidateWanted === 'Absent' && !this.swapped) this.candidate = undefined;
    if ((intent.carrier === 'Candidate') !== this.swapped && this.candidate) {
      this.swapped = intent.carrier === 'Candidate';
      this.swapClean = false;
    }
    if (intent.outgoingReplicas !== undefined && this.swapped)
      this.stable.wanted = intent.outgoingReplicas;
    if (intent.outgoingAbsent && this.stable.available === 0) this.stableDeleted = true;
    if (intent.handBack && this.stable.available === 0) this.stableGivenBack = true;
  }

  /** Time passes; pods come and go, routes are accepted, swaps are completed. */
  pass(): void {
    this.now += 1_000 * (1 + this.chance.pick(20));
    if (this.chance.maybe(0.7)) this.accepted = true;
    if (this.chance.maybe(0.7)) this.swapClean = true;
    grow(this.stable, this.chance, false);
    if (this.candidate) grow(this.candidate, this.chance, this.podsNeverReady);
  }
}

function grow(set: ModelSet, chance: Chance, stuck: boolean): void {
  if (set.available > set.wanted) set.available = set.wanted;
  if (stuck) return;
  while (set.available < set.wanted && chance.maybe(0.6)) set.available++;
}
