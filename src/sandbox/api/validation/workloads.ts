/** Validity of the kinds that make pods: selectors, templates, counts. */
import type { KubeObject } from '../../../api/object.ts';
import { equal, fieldsAt, isFields, numberAt, objectsAt, valueAt, type Fields } from '../schema.ts';
import { matcherOf, type Labels } from '../selectors.ts';
import { cause, type Cause } from '../status.ts';
import { validateLabels } from './names.ts';
import { validatePodSpec } from './pod.ts';

function nonNegative(object: unknown, field: string, ...path: string[]): Cause[] {
  const value = numberAt(object, ...path);
  return value === undefined || value >= 0
    ? []
    : [cause.invalid(field, value, 'must be greater than or equal to 0')];
}

/** `spec.selector` and `spec.template` of Deployments, ReplicaSets and their like. */
export function validateWorkload(object: KubeObject): Cause[] {
  const spec = fieldsAt(object, 'spec');
  return [
    ...nonNegative(spec, 'spec.replicas', 'replicas'),
    ...nonNegative(spec, 'spec.minReadySeconds', 'minReadySeconds'),
    ...nonNegative(spec, 'spec.revisionHistoryLimit', 'revisionHistoryLimit'),
    ...validateSelector(spec, object.kind),
    ...validateTemplate(fieldsAt(spec, 'template'), ['Always']),
  ];
}

function validateSelector(spec: Fields, kind: string): Cause[] {
  const { selector } = spec;
  const labels = valueAt(spec, 'template', 'metadata', 'labels') ?? null;
  const why = '`selector` does not match template `labels`';
  const unmatched = cause.invalid('spec.template.metadata.labels', labels, why);
  if (!isFields(selector)) return [cause.required('spec.selector'), unmatched];
  const invalid = validateSelectorShape(selector, 'spec.selector');
  // The real server says so also of ReplicaSets.
  const named = kind === 'ReplicaSet' ? 'deployment' : kind.toLowerCase();
  if (isEmptySelector(selector))
    return [cause.invalid('spec.selector', selector, `empty selector is invalid for ${named}`)];
  if (invalid.some(({ field }) => field.includes('matchExpressions')))
    return [...invalid, cause.invalid('spec.selector', selector, 'invalid label selector')];
  const isMatched = matcherOf(selector)((labels ?? {}) as Labels);
  return isMatched ? invalid : [...invalid, unmatched];
}

function isEmptySelector(selector: Fields): boolean {
  return (
    Object.keys(fieldsAt(selector, 'matchLabels')).length === 0 &&
    objectsAt(selector, 'matchExpressions').length === 0
  );
}

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

function validateSelectorShape(selector: Fields, field: string): Cause[] {
  const labels = validateLabels(fieldsAt(selector, 'matchLabels'), `${field}.matchLabels`);
  const expressions = objectsAt(selector, 'matchExpressions').flatMap((expression, i): Cause[] => {
    const at = `${field}.matchExpressions[${i}]`;
    const operator = expression['operator'];
    if (!OPERATORS.includes(String(operator)))
      return [cause.invalid(`${at}.operator`, operator, 'not a valid selector operator')];
    const values = Array.isArray(expression['values']) ? expression['values'].length : 0;
    const wantsValues = operator === 'In' || operator === 'NotIn';
    if (wantsValues && values === 0)
      return [
        cause.required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"),
      ];
    if (!wantsValues && values > 0)
      return [
        cause.forbidden(
          `${at}.values`,
          "may not be specified when `operator` is 'Exists' or 'DoesNotExist'",
        ),
      ];
    return [];
  });
  return [...labels, ...expressions];
}

export function validateTemplate(
  template: Fields,
  restartPolicies: string[],
  field = 'spec.template',
): Cause[] {
  const policy = valueAt(template, 'spec', 'restartPolicy');
  return [
    ...validateLabels(fieldsAt(template, 'metadata', 'labels'), `${field}.metadata.labels`),
    ...validatePodSpec(fieldsAt(template, 'spec'), `${field}.spec`),
    ...(restartPolicies.includes(String(policy))
      ? []
      : [restartPolicyCause(`${field}.spec.restartPolicy`, policy, restartPolicies)]),
  ];
}

function restartPolicyCause(field: string, policy: unknown, wanted: string[]): Cause {
  if (policy !== 'Always') return cause.notSupported(field, policy, wanted);
  return cause.required(field, `valid values: ${wanted.map((one) => `"${one}"`).join(', ')}`);
}

/** The selector of a workload is for life. */
export function keepSelector(object: KubeObject, old: KubeObject): Cause[] {
  const selector = valueAt(object, 'spec', 'selector');
  return equal(selector, valueAt(old, 'spec', 'selector'))
    ? []
    : [cause.invalid('spec.selector', selector, 'field is immutable')];
}

export function validateDeployment(deployment: KubeObject): Cause[] {
  const spec = fieldsAt(deployment, 'spec');
  const minReady = numberAt(spec, 'minReadySeconds') ?? 0;
  const deadline = numberAt(spec, 'progressDeadlineSeconds') ?? 0;
  return [
    ...validateWorkload(deployment),
    ...validateDeploymentStrategy(fieldsAt(spec, 'strategy')),
    ...nonNegative(spec, 'spec.progressDeadlineSeconds', 'progressDeadlineSeconds'),
    ...(deadline <= minReady
      ? [
          cause.invalid(
            'spec.progressDeadlineSeconds',
            deadline,
            'must be greater than minReadySeconds',
          ),
        ]
      : []),
  ];
}

function validateDeploymentStrategy(strategy: Fields): Cause[] {
  const { type } = strategy;
  const { rollingUpdate } = strategy;
  if (type === 'Recreate')
    return rollingUpdate === undefined
      ? []
      : [
          cause.forbidden(
            'spec.strategy.rollingUpdate',
            "may not be specified when strategy `type` is 'Recreate'",
          ),
        ];
  if (type !== 'RollingUpdate')
    return [
      cause.notSupported('spec.strategy', { Type: type, RollingUpdate: rollingUpdate ?? null }, [
        'Recreate',
        'RollingUpdate',
      ]),
    ];
  const field = 'spec.strategy.rollingUpdate';
  const { maxSurge, maxUnavailable } = fieldsAt(strategy, 'rollingUpdate');
  const problems = [
    ...intOrPercent(maxSurge, `${field}.maxSurge`),
    ...intOrPercent(maxUnavailable, `${field}.maxUnavailable`),
  ];
  const isZero = (value: unknown) => value === 0 || value === '0%';
  if (isZero(maxSurge) && isZero(maxUnavailable))
    problems.push(
      cause.invalid(`${field}.maxUnavailable`, maxUnavailable, 'may not be 0 when `maxSurge` is 0'),
    );
  return problems;
}

export function intOrPercent(value: unknown, field: string): Cause[] {
  if (typeof value === 'number' && value >= 0) return [];
  if (typeof value === 'string' && /^[0-9]+%$/.test(value)) return [];
  const why =
    typeof value === 'string'
      ? "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
      : 'must be greater than or equal to 0';
  return [cause.invalid(field, value, why)];
}

export function validateJob(job: KubeObject): Cause[] {
  const spec = fieldsAt(job, 'spec');
  return [
    ...nonNegative(spec, 'spec.parallelism', 'parallelism'),
    ...nonNegative(spec, 'spec.completions', 'completions'),
    ...nonNegative(spec, 'spec.backoffLimit', 'backoffLimit'),
    ...nonNegative(spec, 'spec.activeDeadlineSeconds', 'activeDeadlineSeconds'),
    ...nonNegative(spec, 'spec.ttlSecondsAfterFinished', 'ttlSecondsAfterFinished'),
    ...validateTemplate(fieldsAt(spec, 'template'), ['OnFailure', 'Never']),
  ];
}

export function validateJobUpdate(job: KubeObject, old: KubeObject): Cause[] {
  const fixed = ['selector', 'completions', 'template', 'completionMode'];
  return fixed.flatMap((name) => {
    const value = valueAt(job, 'spec', name);
    if (equal(value, valueAt(old, 'spec', name))) return [];
    return [cause.invalid(`spec.${name}`, value, 'field is immutable')];
  });
}
