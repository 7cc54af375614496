/** Writes of a StatefulSet or a DaemonSet that Segue holds, and of its pods. */
import { HELD_ANNOTATION } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { WorkloadIntent } from '../ports/workload.ts';
import type { DeleteWrite, PatchWrite } from '../ports/write.ts';
import { canonicalTemplate, templateHash } from './template.ts';

interface HeldSet {
  object: KubeObject;
  name: string;
  namespace: string;
  templateHash: string;
}

/** Refused when the object has changed since it was observed. */
export function patchSet(
  { object, name, namespace }: HeldSet,
  body: unknown,
  because: string,
): PatchWrite {
  const { resourceVersion } = object.metadata;
  return {
    op: 'Patch',
    type: 'merge',
    target: { group: 'apps', kind: object.kind, name, namespace },
    body,
    because,
    ...(resourceVersion !== undefined && { resourceVersion }),
  };
}

/** A merge would keep the keys that the other template does not have. */
export function templateWrites({ template }: WorkloadIntent, set: HeldSet): PatchWrite[] {
  if (!template || templateHash(template) === set.templateHash) return [];
  const body = [{ op: 'replace', path: '/spec/template', value: canonicalTemplate(template) }];
  return [{ ...patchSet(set, body, 'write another template'), type: 'json' }];
}

/** Of a JSON patch. */
export const HELD_PATH = `/metadata/annotations/${HELD_ANNOTATION.replace('/', '~1')}`;

const FORGOTTEN = { op: 'remove', path: HELD_PATH };

/**
 * Everything of its user's is put back, with a template that changes no pod.
 * @param kept Segue has its user's update strategy; `rewritten`: somebody has written another one since
 */
export function letGoWrites(
  intent: WorkloadIntent,
  set: HeldSet & { strategy: unknown },
  { kept, rewritten, running }: { kept: boolean; rewritten: boolean; running: string | undefined },
): PatchWrite[] {
  if (kept && rewritten) return [forgetHeld(set)];
  const template = templateWrites(intent, set);
  if (template.length > 0 || !kept) return template;
  if (running !== undefined && running !== set.templateHash) return [];
  const operations = [
    { op: 'replace', path: '/spec/updateStrategy', value: set.strategy },
    FORGOTTEN,
  ];
  const because = 'let go: put the update strategy of its user back';
  return [{ ...patchSet(set, operations, because), type: 'json' }];
}

/** What somebody wrote after Segue is newer than what Segue keeps. */
function forgetHeld(set: HeldSet): PatchWrite {
  const because = 'let go: its update strategy has been written since';
  return { ...patchSet(set, [FORGOTTEN], because), type: 'json' };
}

export function deletePod(
  { name, namespace, uid }: { name: string; namespace: string; uid: string },
  because: string,
): DeleteWrite {
  const target = { group: '', kind: 'Pod', namespace, name };
  return { op: 'Delete', target, uid, propagation: 'Background', because };
}
