/** ControllerRevisions: the versions of a StatefulSet or a DaemonSet, each with the template it had. */
import { REVISION_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { count, fields } from './fields.ts';
import { canonicalTemplate, templateHash } from './template.ts';

export interface RevisionView {
  name: string;
  uid: string;
  /** What its own label says; of a DaemonSet that of its pods, of a StatefulSet they have its name. */
  label: string;
  number: number;
  template: PodTemplate;
  templateHash: string;
}

/** Its data is a patch that replaces the template. */
export function viewRevision(object: KubeObject): RevisionView {
  const data = fields(fields(object['data'])['spec']);
  const { $patch: _, ...template } = fields(data['template']);
  return {
    name: object.metadata.name,
    uid: object.metadata.uid ?? '',
    label: object.metadata.labels?.[REVISION_LABEL] ?? '',
    number: count(object['revision']),
    template: canonicalTemplate(template),
    templateHash: templateHash(template),
  };
}
