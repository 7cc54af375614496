/** Builders of what the engine looks at: defaults merged with what a test is about. */
import type { Writer } from '../api/last-writer.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { compilePlan } from '../engine/plan.ts';
import { releaseTraffic } from '../engine/release-traffic.ts';
import type {
  PolicySnapshot,
  ReleaseSnapshot,
  Snapshot,
  TrafficReading,
} from '../engine/snapshot.ts';
import type { SetState, WorkloadState } from '../ports/workload.ts';

export const START_MS = Date.parse('2026-01-01T00:00:00Z');

/** Somebody who wrote just now, or at another time (RFC 3339). */
export function wrote(manager: string, time = '2026-01-01T01:00:00Z'): Writer {
  return { manager, time };
}

export function policySpec(spec: Partial<PolicySpec> = {}): PolicySpec {
  return {
    targetRef: { group: 'apps', kind: 'Deployment', name: 'web' },
    traffic: {
      services: [{ name: 'web' }],
      routers: [{ gatewayAPI: { httpRoute: 'web' } }],
      settle: '1s',
      drain: '10s',
    },
    strategy: {
      canary: { stages: [{ weight: 5 }, { weight: 50, hold: '1m' }], timeout: '10m' },
    },
    checks: [],
    bake: '5m',
    progressDeadline: '10m',
    onFailure: { action: 'Abort' },
    history: { limit: 10 },
    ...spec,
  };
}

export function policy(spec: Partial<PolicySpec> = {}): PolicySnapshot {
  return {
    name: 'web',
    uid: 'uid-policy-web',
    generation: 1,
    deleting: false,
    finalizer: true,
    spec: policySpec(spec),
    status: {},
  };
}

function template(image: string): Record<string, unknown> {
  return { spec: { containers: [{ name: 'web', image }] } };
}

export function setOf(image: string, state: Partial<SetState> = {}): SetState {
  const replicas = state.replicas ?? 4;
  return {
    name: `web-${image}`,
    uid: `uid-${image}`,
    hash: image,
    replicas,
    current: replicas,
    ready: replicas,
    available: replicas,
    owner: 'Target',
    template: template(image),
    templateHash: `template-${image}`,
    ...state,
  };
}

/** A held Deployment that runs v1 and whose template says `image`. */
export function workload(image = 'v1', state: Partial<WorkloadState> = {}): WorkloadState {
  const running = setOf('v1');
  return {
    uid: 'uid-web',
    generation: 2,
    observedGeneration: 2,
    replicas: 4,
    held: true,
    template: template(image),
    templateHash: `template-${image}`,
    images: [image],
    next: { name: `web-${image}`, hash: image },
    running,
    owned: [running],
    strays: [],
    runningTemplateHash: running.templateHash,
    settled: true,
    unsettledBecause: '',
    progressDeadlineMs: undefined,
    minReadySeconds: 0,
    progressDeadlineSeconds: 600,
    move: undefined,
    stable: running,
    candidate: undefined,
    carrier: 'Stable',
    swapClean: true,
    failureMessage: undefined,
    strategy: { type: 'RollingUpdate' },
    swapWaitsFor: '',
    by: undefined,
    ...state,
  };
}

export function releaseSpec(spec: Partial<PolicySpec> = {}): ReleaseSpec {
  const full = policySpec(spec);
  const version = (image: string) => ({
    hash: image,
    replicaSet: `web-${image}`,
    images: [image],
    templateHash: `template-${image}`,
    template: template(image),
  });
  const traffic = releaseTraffic(full);
  return {
    policy: 'web',
    target: { group: 'apps', kind: 'Deployment', name: 'web', uid: 'uid-web', generation: 2 },
    number: 1,
    ...compilePlan(full),
    stable: version('v1'),
    candidate: version('v2'),
    ...(traffic && { traffic }),
  };
}

export function release(
  status: ReleaseStatus = {},
  spec: Partial<PolicySpec> = {},
): ReleaseSnapshot {
  return { name: 'web-1', uid: 'uid-web-1', deleting: false, spec: releaseSpec(spec), status };
}

export function reading(state: Partial<TrafficReading> = {}): TrafficReading {
  return {
    dedicated: 'Present',
    inTheWay: '',
    endpoints: { stable: 4, candidate: 4 },
    route: 'Split',
    weight: 0,
    accepted: true,
    missing: false,
    message: '',
    by: undefined,
    own: false,
    writes: 'spec.rules of HTTPRoute web',
    ...state,
  };
}

export function snapshot(state: Partial<Snapshot> = {}): Snapshot {
  return {
    now: START_MS,
    policy: policy(),
    workload: workload(),
    release: undefined,
    ownSets: [],
    lastNumber: 0,
    history: [],
    requests: [],
    traffic: undefined,
    problems: [],
    warnings: [],
    contested: false,
    capture: [],
    evidence: [],
    tasks: [],
    evidenceSince: START_MS - 24 * 3_600_000,
    trouble: undefined,
    room: undefined,
    ...state,
  };
}
