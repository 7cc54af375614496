/** Validity of `metadata`, when an object is made and when it changes. */
import type { KubeObject } from '../../../api/object.ts';
import type { Resource } from '../resource.ts';
import { fieldsAt, listAt, objectsAt } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { keyProblem, nameProblem, validateAnnotations, validateLabels } from './names.ts';

export function validateMetadata(resource: Resource, object: KubeObject): Cause[] {
  const { name, generateName } = object.metadata;
  const problem = nameProblem(resource.nameRule, name);
  const field = generateName !== undefined && name === '' ? 'generateName' : 'name';
  return [
    ...(name === '' ? [cause.required('metadata.name', 'name or generateName is required')] : []),
    ...(problem === undefined || name === ''
      ? []
      : [cause.invalid(`metadata.${field}`, name, problem)]),
    ...validateLabels(fieldsAt(object, 'metadata', 'labels'), 'metadata.labels'),
    ...validateAnnotations(fieldsAt(object, 'metadata', 'annotations'), 'metadata.annotations'),
    ...validateOwners(object),
    ...validateFinalizers(resource, object),
  ];
}

function validateOwners(object: KubeObject): Cause[] {
  const owners = objectsAt(object, 'metadata', 'ownerReferences');
  const missing = owners.flatMap((owner, i) =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter((name) => typeof owner[name] !== 'string' || owner[name] === '')
      .map((name) =>
        cause.invalid(`metadata.ownerReferences[${i}].${name}`, '', `${name} must not be empty`),
      ),
  );
  const controllers = owners.filter((owner) => owner['controller'] === true);
  if (controllers.length < 2) return missing;
  const why = `Only one reference can have Controller set to true. Found "true" in references for ${controllers.map((owner) => `${String(owner['kind'])}/${String(owner['name'])}`).join(' and ')}`;
  return [...missing, cause.invalid('metadata.ownerReferences', owners, why)];
}

/** Finalizers without a prefix that Kubernetes itself defines. Definitions and custom resources may
 * have others too. */
const PLAIN_FINALIZERS = new Set(['orphan', 'foregroundDeletion', 'kubernetes']);

function validateFinalizers(resource: Resource, object: KubeObject): Cause[] {
  const field = 'metadata.finalizers';
  const finalizers = listAt(object, 'metadata', 'finalizers').map(String);
  const anyPlain = resource.custom || resource.group === 'apiextensions.k8s.io';
  const both = finalizers.includes('orphan') && finalizers.includes('foregroundDeletion');
  return [
    ...finalizers.flatMap((finalizer) => {
      const problem = keyProblem(finalizer);
      if (problem !== undefined) return [cause.invalid(field, finalizer, problem)];
      if (anyPlain || finalizer.includes('/') || PLAIN_FINALIZERS.has(finalizer)) return [];
      const why =
        'name is neither a standard finalizer name nor is it fully qualified (example.com/name)';
      return [cause.invalid(field, finalizer, why)];
    }),
    ...(both
      ? [
          cause.invalid(
            field,
            finalizers,
            'finalizers orphan and foregroundDeletion cannot be both set',
          ),
        ]
      : []),
  ];
}

export function validateMetadataUpdate(object: KubeObject, old: KubeObject): Cause[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const before = new Set(listAt(old, 'metadata', 'finalizers'));
  const added = listAt(object, 'metadata', 'finalizers').filter((one) => !before.has(one));
  if (added.length === 0) return [];
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(', ')}}`;
  return [cause.forbidden('metadata.finalizers', why)];
}
