/** The scale subresource: the one number of a workload, in `autoscaling/v1` Scale. */
import type { KubeObject } from '../../../api/object.ts';
import { stored, type Backend, type Target, type WriteOptions } from '../backend.ts';
import { decode } from '../decode.ts';
import { TYPES } from '../kinds/types.ts';
import type { Resource, ScalePaths } from '../resource.ts';
import { clone, fieldsAt, isFields, setAt, textAt, valueAt, type Fields } from '../schema.ts';
import { selectorText } from '../selectors.ts';
import {
  badRequest,
  cause,
  invalid,
  invalidPatch,
  noSuchPath,
  notFound,
  type StatusError,
} from '../status.ts';
import { commit } from './update.ts';

function pathsOf(resource: Resource): ScalePaths {
  if (resource.scale === undefined) throw noSuchPath();
  return resource.scale;
}

function split(path: string): string[] {
  return path.split('.').filter((part) => part !== '');
}

export function getScale(backend: Backend, target: Target): KubeObject {
  const object = stored(backend, target);
  if (object === undefined) throw noScale(target);
  return scaleOf(target.resource, object);
}

function scaleOf(resource: Resource, object: KubeObject): KubeObject {
  const paths = pathsOf(resource);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const replicas = valueAt(object, ...split(paths.specReplicas));
  const selector =
    paths.selector === undefined ? undefined : valueAt(object, ...split(paths.selector));
  const labels =
    resource.storage === '/replicationcontrollers' ? { matchLabels: selector } : selector;
  const text = isFields(labels) ? selectorText(labels) : textAt({ selector }, 'selector');
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
      ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    },
    spec: replicas === undefined || replicas === 0 ? {} : { replicas },
    status: {
      replicas: valueAt(object, ...split(paths.statusReplicas)) ?? 0,
      ...(text === '' ? {} : { selector: text }),
    },
  };
}

function noScale({ resource, name }: Target): StatusError {
  return notFound({ ...resource, plural: `${resource.plural}/scale` }, name);
}

function checkScaleName(scale: Fields, name: string): void {
  const given = textAt(scale, 'metadata', 'name');
  if (given !== name)
    throw badRequest(
      `the name of the object (${given}) does not match the name on the URL (${name})`,
    );
}

/** Changes the scale by a function of the present one; the answer is the new Scale. */
export function changeScale(
  backend: Backend,
  { target, options, isPatch }: { target: Target; options: WriteOptions; isPatch: boolean },
  change: (scale: KubeObject) => unknown,
): KubeObject {
  const { resource, name } = target;
  const paths = pathsOf(resource);
  const old = stored(backend, target);
  if (old === undefined) throw noScale(target);
  const scale = change(scaleOf(resource, old));
  if (!isFields(scale)) throw badRequest('the body of the request is not a Scale');
  const { error } = decode(TYPES.type('autoscalingv1.Scale'), scale);
  if (error !== undefined) {
    if (isPatch) throw invalidPatch(JSON.stringify(scale), error);
    throw badRequest(`Scale in version "v1" cannot be handled as a Scale: ${error}`);
  }
  const replicas = (valueAt(scale, 'spec', 'replicas') as number | undefined) ?? 0;
  if (replicas < 0)
    throw invalid({ group: 'autoscaling', kind: 'Scale' }, name, [
      cause.invalid('spec.replicas', replicas, 'must be greater than or equal to 0'),
    ]);
  const now = clone(old);
  const { resourceVersion, uid } = fieldsAt(scale, 'metadata');
  checkScaleName(scale, name);
  if (typeof resourceVersion === 'string') now.metadata.resourceVersion = resourceVersion;
  if (typeof uid === 'string') now.metadata.uid = uid;
  setAt(now, split(paths.specReplicas), replicas);
  // A write of spec through the scale is a write of the object, noted under the subresource.
  const committed = commit(backend, {
    target,
    old,
    now,
    options: { ...options, subresource: 'scale' },
  });
  return scaleOf(resource, committed);
}
