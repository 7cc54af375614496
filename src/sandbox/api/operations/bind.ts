/** The binding subresource: a scheduler's word on which node runs a pod. */
import type { KubeObject } from '../../../api/object.ts';
import { save, stored, timestamp, type Backend, type Target } from '../backend.ts';
import { ensure } from '../defaults/fill.ts';
import { clone, objectsAt, textAt } from '../schema.ts';
import { cause, conflict, invalid, notFound } from '../status.ts';

/** The pod, now with a node. */
export function bind(backend: Backend, target: Target, binding: unknown): KubeObject {
  const { resource, name } = target;
  const old = stored(backend, target);
  if (old === undefined) throw notFound(resource, name);
  const node = textAt(binding, 'target', 'name');
  if (node === '')
    throw invalid({ group: '', kind: 'Binding' }, name, [cause.required('target.name')]);
  if (old.metadata.deletionTimestamp !== undefined)
    throw conflict(resource, name, `pod ${name} is being deleted, cannot be assigned to a host`);
  const assigned = textAt(old, 'spec', 'nodeName');
  if (assigned !== '')
    throw conflict(
      resource,
      name,
      `pod ${name} is already assigned to node ${JSON.stringify(assigned)}`,
    );
  const pod = clone(old);
  ensure(pod, 'spec')['nodeName'] = node;
  const status = ensure(pod, 'status');
  const others = objectsAt(status, 'conditions').filter((one) => one['type'] !== 'PodScheduled');
  const time = timestamp(backend.clock.now());
  const condition = { type: 'PodScheduled', status: 'True', lastTransitionTime: time };
  status['conditions'] = [...others, condition];
  return save(backend, resource, pod);
}
