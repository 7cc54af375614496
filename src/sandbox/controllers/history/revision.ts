/** The revisions of a StatefulSet or DaemonSet, pure: what one holds, which are equal, which may go. */
import type { KubeObject } from '../../../api/object.ts';
import { sortedJson } from '../../../api/sorted-json.ts';
import type { ControllerRevision, PodTemplate } from '../kinds.ts';
import { controllerReference } from '../ownership.ts';
import { createdMs } from '../pods.ts';
import { safeHash } from '../template.ts';

/** On pods: which revision they are of. DaemonSets label their revisions with it too. */
export const REVISION_LABEL = 'controller-revision-hash';
/** On revisions of StatefulSets. */
export const HASH_LABEL = 'controller.kubernetes.io/hash';

export interface Versioned extends KubeObject {
  spec: { template: PodTemplate; revisionHistoryLimit?: number };
}

/** The patch that puts a template back, as `kubectl rollout undo` sends it. */
export function revisionData(template: PodTemplate): ControllerRevision['data'] {
  return { spec: { template: { ...template, $patch: 'replace' } as PodTemplate } };
}

/** The template a revision holds. */
export function templateOf(revision: ControllerRevision): PodTemplate {
  const { $patch: _directive, ...template } = revision.data.spec.template as PodTemplate & {
    $patch?: string;
  };
  return template;
}

/** Data never change, so that their text is worked out once. */
const texts = new WeakMap<object, string>();

function textOf(data: object): string {
  const known = texts.get(data);
  if (known !== undefined) return known;
  const text = JSON.stringify(sortedJson(data));
  texts.set(data, text);
  return text;
}

/** True when both hold the same template; unlike for Deployments, an empty struct is not an absent one. */
export function sameData(a: ControllerRevision, b: ControllerRevision): boolean {
  return textOf(a.data) === textOf(b.data);
}

/** By their number, then by age and name. */
export function bySequence(revisions: ControllerRevision[]): ControllerRevision[] {
  return revisions.toSorted(
    (a, b) =>
      a.revision - b.revision ||
      createdMs(a) - createdMs(b) ||
      (a.metadata.name < b.metadata.name ? -1 : 1),
  );
}

/** What the owner is now, not stored yet. `collisions` changes the name where one is taken. */
export function draftRevision(
  owner: Versioned,
  { revision, collisions, label }: { revision: number; collisions: number; label: string },
): ControllerRevision {
  const data = revisionData(owner.spec.template);
  const hash = safeHash(`${owner.kind}${textOf(data)}${collisions}`);
  const { name, namespace, annotations } = owner.metadata;
  return {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${name.slice(0, 223)}-${hash}`,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { ...owner.spec.template.metadata?.labels, [label]: hash },
      ...(annotations === undefined ? {} : { annotations: { ...annotations } }),
      ownerReferences: [controllerReference(owner)],
    },
    data,
    revision,
  };
}

/** The oldest of those that nothing refers to, beyond the limit. */
export function superfluous(
  history: ControllerRevision[],
  { isLive, limit }: { isLive: (revision: ControllerRevision) => boolean; limit: number },
): ControllerRevision[] {
  const idle = bySequence(history).filter((revision) => !isLive(revision));
  return idle.slice(0, Math.max(0, idle.length - limit));
}
