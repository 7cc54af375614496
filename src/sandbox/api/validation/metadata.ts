/** Validity of `metadata`, when an object is made and when it changes. */
import type { KubeObject } from '../../../api/object.ts';
import type { Resource } from '../resource.ts';
import { fieldsAt, listAt, objectsAt, textAt } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import {
  keyProblems,
  nameProblems,
  prefixProblems,
  validateAnnotations,
  validateLabels,
} from './names.ts';

export function validateMetadata(resource: Resource, object: KubeObject): Cause[] {
  const { name } = object.metadata;
  const prefix = textAt(object, 'metadata', 'generateName');
  const badPrefix = prefix === '' ? [] : prefixProblems(resource.nameRule, prefix);
  const badName = name === '' ? [] : nameProblems(resource.nameRule, name);
  return [
    ...badPrefix.map((why) => cause.invalid('metadata.generateName', prefix, why)),
    ...(name === '' ? [cause.required('metadata.name', 'name or generateName is required')] : []),
    ...badName.map((why) => cause.invalid('metadata.name', name, why)),
    ...validateLabels(fieldsAt(object, 'metadata', 'labels'), 'metadata.labels'),
    ...validateAnnotations(fieldsAt(object, 'metadata', 'annotations'), 'metadata.annotations'),
    ...validateOwners(object),
    ...validateFinalizers(resource, object),
  ];
}

function validateOwners(object: KubeObject): Cause[] {
  const owners = objectsAt(object, 'metadata', 'ownerReferences');
  const missing = owners.flatMap((owner) =>
    ['apiVersion', 'kind', 'name', 'uid']
      .filter((name) => textAt(owner, name) === '')
      .map((name) => {
        const why = name === 'apiVersion' ? 'version must not be empty' : 'must not be empty';
        return cause.invalid(`metadata.ownerReferences.${name}`, '', why);
      }),
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
  const both = finalizers.includes('orphan') && finalizers.includes('foregroundDeletion');
  return [
    ...finalizers.flatMap((finalizer) =>
      keyProblems(finalizer).map((why) => cause.invalid(field, finalizer, why)),
    ),
    ...finalizers.flatMap((finalizer, i) => {
      const isNamed = finalizer.includes('/') || PLAIN_FINALIZERS.has(finalizer);
      if (isNamed || isExtension(resource)) return [];
      const why = 'name is neither a standard finalizer name nor is it fully qualified';
      return [cause.invalid(`${field}[${i}]`, finalizer, why)];
    }),
    ...(both
      ? [
          cause.invalid(
            field,
            finalizers,
            'finalizer orphan and foregroundDeletion cannot be both set',
          ),
        ]
      : []),
  ];
}

/** Custom resources and their definitions take any qualified name. */
function isExtension({ custom, group }: Resource): boolean {
  return custom || group === 'apiextensions.k8s.io';
}

export function validateMetadataUpdate(object: KubeObject, old: KubeObject): Cause[] {
  if (old.metadata.deletionTimestamp === undefined) return [];
  const before = new Set(listAt(old, 'metadata', 'finalizers'));
  const added = listAt(object, 'metadata', 'finalizers').filter((one) => !before.has(one));
  if (added.length === 0) return [];
  const why = `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(', ')}}`;
  return [cause.forbidden('metadata.finalizers', why)];
}
