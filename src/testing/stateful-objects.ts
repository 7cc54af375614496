/** StatefulSets, their revisions and their pods as the API server stores them, for tests. */
import type { KubeObject } from '../api/object.ts';
import type { WorkloadObjects } from '../ports/workload.ts';
import { template } from './deployment-objects.ts';

export const HELD = 'segue.dev/held';
export const HOLD = 2_147_483_647;
export const OWN = { type: 'RollingUpdate', rollingUpdate: { partition: 0 } };
const owner = { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'db', uid: 'uid-db' };
const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];

export interface StatefulObject {
  replicas?: number;
  /** By which Segue has it; undefined: it is as its user wrote it. */
  partition?: number | undefined;
  /** What somebody wrote beside that. */
  strategy?: Record<string, unknown>;
  /** Of the template; default v2. */
  version?: string;
  /** Name of the revision that pods made anew have. */
  base?: string;
  /** That of the template. */
  update?: string;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** `db`, held, with v2 in its template and v1 as what users have, seen by its controller. */
function statefulSet(options: StatefulObject = {}): KubeObject {
  const { replicas = 4, version = 'v2', base = 'db-v1', update = `db-${version}` } = options;
  const { partition = HOLD } = 'partition' in options ? options : { partition: HOLD };
  const isHeld = !('partition' in options) || options.partition !== undefined;
  const by = { type: 'RollingUpdate', rollingUpdate: { partition } };
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: {
      name: 'db',
      namespace: 'shop',
      uid: 'uid-db',
      resourceVersion: '10',
      generation: 3,
      ...(isHeld && { annotations: { [HELD]: JSON.stringify({ partition, strategy: OWN }) } }),
    },
    spec: {
      replicas,
      serviceName: 'db',
      updateStrategy: options.strategy ?? (isHeld ? by : OWN),
      template: template(version),
      ...options.spec,
    },
    status: {
      observedGeneration: 3,
      currentRevision: base,
      updateRevision: update,
      ...options.status,
    },
  };
}

function revision(version: string, number: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: { name: `db-${version}`, namespace: 'shop', uid: `uid-${version}`, ownerReferences },
    data: { spec: { template: { $patch: 'replace', ...template(version) } } },
    revision: number,
  };
}

/** `v1`, `v2-` where it is not ready, `v2!` where it is on its way out. */
function pod(ordinal: number, seen: string): KubeObject {
  const [, version = '', sign = ''] = /^(\w+)([-!]?)$/.exec(seen) ?? [];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `db-${ordinal}`,
      namespace: 'shop',
      uid: `uid-${ordinal}-${version}`,
      labels: { app: 'web', 'controller-revision-hash': `db-${version}` },
      ownerReferences,
      ...(sign === '!' && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    status: { conditions: [{ type: 'Ready', status: sign === '-' ? 'False' : 'True' }] },
  };
}

/** The pods by their ordinals: `v1 v1 v2 v2-`; `.` where one is missing. */
export function stateful(pods: string, options: StatefulObject = {}): WorkloadObjects {
  const seen = pods === '' ? [] : pods.split(' ');
  const start = ((options.spec?.['ordinals'] ?? {}) as { start?: number }).start ?? 0;
  return {
    namespace: 'shop',
    kind: 'StatefulSet',
    target: statefulSet({ replicas: seen.length, ...options }),
    sets: [],
    pods: seen.flatMap((version, i) => (version === '.' ? [] : [pod(start + i, version)])),
    revisions: [revision('v1', 1), revision('v2', 2), revision('v3', 3)],
  };
}
