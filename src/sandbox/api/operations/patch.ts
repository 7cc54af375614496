/** PATCH, in its four types. */
import type { KubeObject } from '../../../api/object.ts';
import type { PatchType } from '../../../ports/kube.ts';
import { stored, timestamp, type Backend, type Target, type WriteOptions } from '../backend.ts';
import { goText, goType } from '../patches/go-text.ts';
import { jsonPatch } from '../patches/json.ts';
import { noteApplied, yieldedTo } from '../patches/last-applied.ts';
import { applyTo } from '../patches/managers.ts';
import { mergePatch } from '../patches/merge.ts';
import { strategicMergePatch } from '../patches/strategic.ts';
import { typedProblems } from '../patches/typed.ts';
import { apiVersionOf, type Resource } from '../resource.ts';
import { clone, fieldsAt, isFields, textAt, type Fields } from '../schema.ts';
import {
  badRequest,
  cause,
  conflict,
  invalid,
  invalidPatch,
  notFound,
  unexplained,
  unsupportedMediaType,
} from '../status.ts';
import { kindProblem, readObject } from './body.ts';
import { create } from './create.ts';
import { checkNamespace, commit } from './update.ts';

export const PATCH_MEDIA_TYPES: Record<PatchType, string> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
};

export interface Patching {
  target: Target;
  type: PatchType;
  body: unknown;
  options: WriteOptions;
}

export interface Patched {
  object: KubeObject;
  created: boolean;
}

export function patch(backend: Backend, patching: Patching): Patched {
  if (patching.type === 'apply') return apply(backend, patching);
  const { target, options } = patching;
  const { resource, name } = target;
  const old = stored(backend, target);
  if (old === undefined) throw notFound(resource, name);
  const body = patchFields(resource, old, patching);
  checkPatched(resource, body, patching);
  const now = readObject(resource, body, options);
  checkNamespace(target, now);
  checkUid(resource, old, now);
  if (now.metadata.name !== name)
    throw badRequest(
      `the name of the object (${now.metadata.name}) does not match the name on the URL (${name})`,
    );
  return { object: commit(backend, { target, old, now, options }), created: false };
}

/** A patch may repeat the uid, not change it. */
function checkUid(resource: Resource, old: KubeObject, now: KubeObject): void {
  const { name, uid } = now.metadata;
  if (uid === undefined || uid === old.metadata.uid) return;
  throw invalid(resource, name, [cause.invalid('metadata.uid', uid, 'field is immutable')]);
}

/** What a patch makes must still be an object of the kind. */
function checkPatched(resource: Resource, patched: Fields, { type, body }: Patching): void {
  const given = { apiVersion: textAt(patched, 'apiVersion'), kind: textAt(patched, 'kind') };
  const problem = kindProblem(resource, given);
  if (problem !== undefined) throw invalidPatch(JSON.stringify(patched), problem);
  const { error, mismatch } = resource.decode(clone(patched));
  if (error === undefined) return;
  if (type === 'strategic') throw invalidPatch(goText(body), mismatch ?? error);
  throw invalidPatch(JSON.stringify(patched), error);
}

/** `old` patched, sharing nothing with it. */
export function patchFields(
  resource: Resource,
  old: Fields,
  { type, body }: { type: PatchType; body: unknown },
): Fields {
  if (type === 'json') return jsonPatch(old, body);
  if (!isFields(body)) {
    const why = `json: cannot unmarshal ${goType(body)} into Go value of type map[string]interface {}`;
    throw badRequest(type === 'merge' ? `error decoding patch: ${why}` : why);
  }
  if (type === 'merge') return clone(mergePatch(old, body)) as Fields;
  if (type === 'strategic' && !resource.custom)
    return strategicMergePatch(resource.schema, old, body);
  const { strategic: _, ...accepted } = PATCH_MEDIA_TYPES;
  throw unsupportedMediaType(Object.values(accepted));
}

function apply(backend: Backend, { target, body, options }: Patching): Patched {
  const { resource, namespace, name } = target;
  const applied = appliedObject(target, body, options);
  const old = stored(backend, target);
  const { uid, resourceVersion } = applied.metadata;
  if (old === undefined) {
    if (uid !== undefined)
      throw conflict(
        resource,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    if (options.subresource !== '') throw notFound(resource, name);
  } else if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
    throw conflict(
      resource,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    );
  delete applied.metadata.resourceVersion;
  const live: KubeObject = old ?? {
    apiVersion: applied.apiVersion,
    kind: applied.kind,
    metadata: { name, ...(resource.namespaced ? { namespace } : {}) },
  };
  const writer = {
    manager: options.fieldManager,
    operation: 'Apply' as const,
    apiVersion: apiVersionOf(resource),
    subresource: options.subresource,
    time: timestamp(backend.clock.now()),
  };
  const yielded = yieldedTo(writer.manager, resource.schema, live);
  const applying = { live, applied, yielded };
  const merged = clone(applyTo(resource.schema, applying, writer, options.force));
  noteApplied(writer.manager, merged, applied);
  if (old === undefined) {
    const object = create(backend, { target, body: merged, options, tracked: true });
    return { object, created: true };
  }
  const now = readObject(resource, merged, { ...options, fieldValidation: 'Ignore' });
  return { object: commit(backend, { target, old, now, options, tracked: true }), created: false };
}

/** What is applied, of the subresource only its part. */
function appliedObject(target: Target, body: unknown, options: WriteOptions): KubeObject {
  const { resource, namespace, name } = target;
  if (options.fieldManager === '')
    throw badRequest(
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    );
  if (!isFields(body)) throw badRequest('the applied configuration is not an object');
  const given = fieldsAt(body, 'metadata');
  const version = textAt(body, 'apiVersion');
  if (version !== apiVersionOf(resource))
    throw badRequest(
      `Incorrect version specified in apply patch. Specified patch version: ${version}, expected: ${apiVersionOf(resource)}`,
    );
  if (given['managedFields'] !== undefined) throw badRequest('metadata.managedFields must be nil');
  if (textAt(given, 'name') !== '' && given['name'] !== name)
    throw badRequest(
      `the name of the object (${textAt(given, 'name')}) does not match the name on the URL (${name})`,
    );
  checkTyped(target, body);
  const applied = readObject(resource, clone(body), options);
  checkNamespace(target, applied);
  applied.metadata.name = name;
  if (resource.namespaced) applied.metadata.namespace = namespace;
  if (options.subresource === 'status') {
    for (const member of Object.keys(applied))
      if (!['apiVersion', 'kind', 'metadata', 'status'].includes(member)) delete applied[member];
  } else if (resource.statusSubresource) delete applied['status'];
  return applied;
}

/** A failure without a reason, as the real server's. */
function checkTyped({ resource, namespace, name }: Target, body: Fields): void {
  const problems =
    textAt(body, 'kind') === resource.kind ? typedProblems(resource.schema, body) : [];
  if (problems.length === 0) return;
  const { group, version, kind } = resource;
  const what = `${namespace}/${name}; ${group}/${version}, Kind=${kind}`;
  const told = problems.length === 1 ? problems[0] : `errors:\n  ${problems.join('\n  ')}`;
  throw unexplained(`failed to create typed patch object (${what}): ${told}`);
}
