/** Validity of RBAC objects, budgets, priorities, autoscalers, configuration and leases. */
import type { KubeObject } from '../../../api/object.ts';
import { equal, fieldsAt, listAt, numberAt, objectsAt, textAt, valueAt } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { intOrPercent } from './workloads.ts';

export function validateRole(role: KubeObject): Cause[] {
  return objectsAt(role, 'rules').flatMap((rule, i) => {
    const at = `rules[${i}]`;
    const urls = listAt(rule, 'nonResourceURLs').length;
    const causes: Cause[] = [];
    if (listAt(rule, 'verbs').length === 0)
      causes.push(cause.required(`${at}.verbs`, 'verbs must contain at least one value'));
    if (urls > 0) {
      if (role.kind === 'Role')
        causes.push(
          cause.invalid(
            `${at}.nonResourceURLs`,
            rule['nonResourceURLs'],
            'namespaced rules cannot apply to non-resource URLs',
          ),
        );
      return causes;
    }
    if (listAt(rule, 'apiGroups').length === 0)
      causes.push(
        cause.required(`${at}.apiGroups`, 'resource rules must supply at least one api group'),
      );
    if (listAt(rule, 'resources').length === 0)
      causes.push(
        cause.required(`${at}.resources`, 'resource rules must supply at least one resource'),
      );
    return causes;
  });
}

export function validateBinding(binding: KubeObject): Cause[] {
  const role = fieldsAt(binding, 'roleRef');
  const kinds = binding.kind === 'RoleBinding' ? ['ClusterRole', 'Role'] : ['ClusterRole'];
  return [
    ...(kinds.includes(textAt(role, 'kind'))
      ? []
      : [cause.notSupported('roleRef.kind', role['kind'], kinds)]),
    ...(textAt(role, 'name') === '' ? [cause.required('roleRef.name')] : []),
    ...objectsAt(binding, 'subjects').flatMap((subject, i) => [
      ...(textAt(subject, 'name') === '' ? [cause.required(`subjects[${i}].name`)] : []),
      ...(textAt(subject, 'kind') === 'ServiceAccount' && textAt(subject, 'namespace') === ''
        ? [cause.required(`subjects[${i}].namespace`)]
        : []),
    ]),
  ];
}

export function validateBindingUpdate(binding: KubeObject, old: KubeObject): Cause[] {
  return equal(binding['roleRef'], old['roleRef'])
    ? []
    : [cause.invalid('roleRef', binding['roleRef'], 'cannot change roleRef')];
}

/** What pods were promised cannot change under them. */
export function validatePriorityUpdate(priority: KubeObject, old: KubeObject): Cause[] {
  return ['value', 'preemptionPolicy'].flatMap((name) =>
    equal(priority[name], old[name])
      ? []
      : [cause.forbidden(name, 'may not be changed in an update.')],
  );
}

export function validateBudget(budget: KubeObject): Cause[] {
  const { minAvailable, maxUnavailable } = fieldsAt(budget, 'spec');
  if (minAvailable !== undefined && maxUnavailable !== undefined)
    return [
      cause.invalid(
        'spec',
        valueAt(budget, 'spec'),
        'minAvailable and maxUnavailable cannot be both set',
      ),
    ];
  return [
    ...(minAvailable === undefined ? [] : intOrPercent(minAvailable, 'spec.minAvailable')),
    ...(maxUnavailable === undefined ? [] : intOrPercent(maxUnavailable, 'spec.maxUnavailable')),
  ];
}

export function validateAutoscaler(autoscaler: KubeObject): Cause[] {
  const spec = fieldsAt(autoscaler, 'spec');
  const max = numberAt(spec, 'maxReplicas') ?? 0;
  const min = numberAt(spec, 'minReplicas') ?? 1;
  const target = fieldsAt(spec, 'scaleTargetRef');
  return [
    ...(max < 1 ? [cause.invalid('spec.maxReplicas', max, 'must be greater than 0')] : []),
    ...(min < 1
      ? [cause.invalid('spec.minReplicas', min, 'must be greater than or equal to 1')]
      : []),
    ...(max < min
      ? [cause.invalid('spec.maxReplicas', max, 'must be greater than or equal to `minReplicas`')]
      : []),
    ...(textAt(target, 'kind') === '' ? [cause.required('spec.scaleTargetRef.kind')] : []),
    ...(textAt(target, 'name') === '' ? [cause.required('spec.scaleTargetRef.name')] : []),
  ];
}

const DATA_KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_RULE = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')`;

export function validateData(object: KubeObject): Cause[] {
  const binary = fieldsAt(object, 'binaryData');
  const keys = (member: string) =>
    Object.keys(fieldsAt(object, member)).flatMap((key) =>
      DATA_KEY.test(key) ? [] : [cause.invalid(`${member}[${key}]`, key, KEY_RULE)],
    );
  const twice = Object.keys(fieldsAt(object, 'data')).filter((key) => binary[key] !== undefined);
  return [
    ...keys('data'),
    ...twice.map((key) =>
      cause.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData'),
    ),
    ...keys('binaryData'),
  ];
}

export function validateDataUpdate(object: KubeObject, old: KubeObject): Cause[] {
  const type =
    object['type'] === old['type']
      ? []
      : [cause.invalid('type', object['type'], 'field is immutable')];
  if (old['immutable'] !== true) return type;
  const why = 'field is immutable when `immutable` is set';
  return [
    ...type,
    ...(object['immutable'] === true ? [] : [cause.forbidden('immutable', why)]),
    ...['data', 'binaryData']
      .filter((name) => !equal(object[name], old[name]))
      .map((name) => cause.forbidden(name, why)),
  ];
}

export function validateLease(lease: KubeObject): Cause[] {
  const seconds = numberAt(lease, 'spec', 'leaseDurationSeconds');
  return seconds === undefined || seconds > 0
    ? []
    : [cause.invalid('spec.leaseDurationSeconds', seconds, 'must be greater than 0')];
}

export function validateEvent(event: KubeObject): Cause[] {
  const regarding = textAt(event, 'involvedObject', 'namespace');
  const namespace = event.metadata.namespace ?? '';
  const allowed = regarding === '' ? ['default', 'kube-system'] : [regarding];
  const isRight = allowed.includes(namespace);
  return isRight
    ? []
    : [cause.invalid('involvedObject.namespace', regarding, 'does not match event.namespace')];
}
