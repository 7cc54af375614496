/** DaemonSets, their revisions, their pods and nodes as the API server stores them, for tests. */
import type { KubeObject } from '../api/object.ts';
import type { WorkloadObjects } from '../ports/workload.ts';
import { template } from './deployment-objects.ts';

const HELD = 'segue.dev/held';
export const OWN = { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } };
const owner = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'agent', uid: 'uid-agent' };
const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];

export interface DaemonObject {
  /** Default true. */
  held?: boolean;
  /** What is stored, where somebody else wrote it. */
  strategy?: Record<string, unknown>;
  /** Of the template; default v2. */
  version?: string;
  /** What users have, as the policy knows it. */
  users?: string | undefined;
  /** As its controller counts them; default as many as there are. */
  wanted?: number;
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
  /** Changes of nodes, by name: `n0`. */
  nodes?: Record<string, { spec?: Record<string, unknown>; ready?: boolean } | undefined>;
}

/** `agent`, held, with v2 in its template, seen by its controller. */
function daemonSet(pods: number, options: DaemonObject): KubeObject {
  const { held = true, version = 'v2', wanted = pods } = options;
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'agent',
      namespace: 'shop',
      uid: 'uid-agent',
      resourceVersion: '10',
      generation: 3,
      ...(held && { annotations: { [HELD]: JSON.stringify({ strategy: OWN }) } }),
    },
    spec: {
      updateStrategy: options.strategy ?? (held ? { type: 'OnDelete' } : OWN),
      template: template(version),
      ...options.spec,
    },
    status: { observedGeneration: 3, desiredNumberScheduled: wanted, ...options.status },
  };
}

function revision(version: string, number: number): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `agent-${version}`,
      namespace: 'shop',
      uid: `uid-${version}`,
      labels: { 'controller-revision-hash': version },
      ownerReferences,
    },
    data: { spec: { template: { $patch: 'replace', ...template(version) } } },
    revision: number,
  };
}

/** `v1`, `v2-` where it is not ready, `v2!` where it is on its way out. */
function pod(node: string, seen: string): KubeObject {
  const [, version = '', sign = ''] = /^(\w+)([-!]?)$/.exec(seen) ?? [];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: `agent-${node}`,
      namespace: 'shop',
      uid: `uid-${node}-${version}`,
      labels: { 'controller-revision-hash': version },
      ownerReferences,
      ...(sign === '!' && { deletionTimestamp: '2026-01-01T00:00:00Z' }),
    },
    spec: { nodeName: node },
    status: { conditions: [{ type: 'Ready', status: sign === '-' ? 'False' : 'True' }] },
  };
}

function nodeObject(
  name: string,
  { spec = {}, ready = true }: { spec?: Record<string, unknown>; ready?: boolean } = {},
): KubeObject {
  const conditions = [{ type: 'Ready', status: ready ? 'True' : 'Unknown' }];
  return { apiVersion: 'v1', kind: 'Node', metadata: { name }, spec, status: { conditions } };
}

/** The pods by their nodes: `v1 v1 v2 v2-`; `.` where one is missing. */
export function daemons(pods: string, options: DaemonObject = {}): WorkloadObjects {
  const seen = pods === '' ? [] : pods.split(' ');
  const names = seen.map((_, i) => `n${i}`);
  return {
    namespace: 'shop',
    kind: 'DaemonSet',
    target: daemonSet(seen.length, options),
    sets: [],
    pods: seen.flatMap((version, i) => (version === '.' ? [] : [pod(`n${i}`, version)])),
    revisions: [revision('v1', 1), revision('v2', 2), revision('v3', 3)],
    nodes: names
      .filter((name) => !options.nodes || !(name in options.nodes) || options.nodes[name])
      .map((name) => nodeObject(name, options.nodes?.[name])),
    users: 'users' in options ? options.users : 'v1',
  };
}
