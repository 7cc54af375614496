/** For tests: StatefulSets and DaemonSets, their revisions and pods, with as little in them as a sync needs. */
import { draftRevision, HASH_LABEL, REVISION_LABEL } from '../history/revision.ts';
import type { ControllerRevision, DaemonSet, Pod, StatefulSet } from '../kinds.ts';
import { aPod, aTemplate, type PodFacts } from './objects.ts';

export function aStatefulSet(
  spec: Partial<StatefulSet['spec']> = {},
  status?: StatefulSet['status'],
): StatefulSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: { name: 'db', namespace: 'shop', uid: 'db-uid', generation: 2 },
    spec: {
      replicas: 3,
      serviceName: 'peers',
      selector: { matchLabels: { app: 'web' } },
      template: aTemplate('db:2'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
      ...spec,
    },
    ...(status ? { status } : {}),
  };
}

export function aDaemonSet(spec: Partial<DaemonSet['spec']> = {}): DaemonSet {
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: {
      name: 'agent',
      namespace: 'shop',
      uid: 'agent-uid',
      generation: 2,
      annotations: { 'deprecated.daemonset.template.generation': '2' },
    },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: aTemplate('agent:2'),
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1 } },
      ...spec,
    },
  };
}

/** The revision of a set with that image, stored. */
export function aRevision(
  set: StatefulSet | DaemonSet,
  image: string,
  revision: number,
): ControllerRevision {
  const then = { ...set, spec: { ...set.spec, template: aTemplate(image) } };
  const label = set.kind === 'DaemonSet' ? REVISION_LABEL : HASH_LABEL;
  const draft = draftRevision(then, { revision, collisions: 0, label });
  return { ...draft, metadata: { ...draft.metadata, uid: `${image}-uid` } };
}

/** A pod of a StatefulSet, with the labels of its ordinal. */
export function aMember(ordinal: number, revision: ControllerRevision, facts: PodFacts = {}): Pod {
  const name = `db-${ordinal}`;
  const labels = {
    app: 'web',
    [REVISION_LABEL]: revision.metadata.name,
    'statefulset.kubernetes.io/pod-name': name,
    'apps.kubernetes.io/pod-index': String(ordinal),
  };
  return aPod(name, { ...facts, labels });
}
