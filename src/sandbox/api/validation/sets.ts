/** Validity of StatefulSets, DaemonSets and their revisions. */
import type { KubeObject } from '../../../api/object.ts';
import { clone, equal, fieldsAt, numberAt, objectsAt, valueAt, type Fields } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { intOrPercent, validateWorkload } from './workloads.ts';

const POLICIES = ['OrderedReady', 'Parallel'];
const RETENTION = ['Retain', 'Delete'];

export function validateStatefulSet(set: KubeObject): Cause[] {
  const spec = fieldsAt(set, 'spec');
  const policy = spec['podManagementPolicy'];
  return [
    ...(POLICIES.includes(String(policy))
      ? []
      : [cause.invalid('spec.podManagementPolicy', policy, oneOf(POLICIES))]),
    ...statefulSetStrategy(fieldsAt(spec, 'updateStrategy')),
    ...['whenDeleted', 'whenScaled'].flatMap((when) => {
      const value = valueAt(spec, 'persistentVolumeClaimRetentionPolicy', when);
      const field = `spec.persistentVolumeClaimRetentionPolicy.${when}`;
      return RETENTION.includes(String(value)) ? [] : [cause.notSupported(field, value, RETENTION)];
    }),
    ...nonNegative(spec, 'ordinals', 'start'),
    ...validateWorkload(withClaims(set)),
    ...withoutDeadline(set),
  ];
}

/** These run until they are told otherwise. */
function withoutDeadline(set: KubeObject): Cause[] {
  const pod = fieldsAt(set, 'spec', 'template', 'spec');
  if (pod['activeDeadlineSeconds'] === undefined) return [];
  const field = 'spec.template.spec.activeDeadlineSeconds';
  return [cause.forbidden(field, `activeDeadlineSeconds in ${set.kind} is not Supported`)];
}

function oneOf([first, second]: string[]): string {
  return `must be '${first}' or '${second}'`;
}

/** The containers may mount what the claims become. */
function withClaims(set: KubeObject): KubeObject {
  const claims = objectsAt(set, 'spec', 'volumeClaimTemplates');
  if (claims.length === 0) return set;
  const result = clone(set);
  const pod = fieldsAt(result, 'spec', 'template', 'spec');
  const names = claims.map((claim) => valueAt(claim, 'metadata', 'name'));
  const own = objectsAt(pod, 'volumes').filter(({ name }) => !names.includes(name));
  pod['volumes'] = [...own, ...names.map((name) => ({ name, emptyDir: {} }))];
  return result;
}

function statefulSetStrategy(strategy: Fields): Cause[] {
  const { type, rollingUpdate } = strategy;
  const field = 'spec.updateStrategy';
  if (type === 'RollingUpdate') return nonNegative(strategy, 'rollingUpdate', 'partition', field);
  if (type !== 'OnDelete')
    return [cause.invalid(field, strategy, oneOf(['RollingUpdate', 'OnDelete']))];
  if (rollingUpdate === undefined) return [];
  const why = "only allowed for updateStrategy 'RollingUpdate'";
  return [cause.invalid(`${field}.rollingUpdate`, rollingUpdate, why)];
}

function nonNegative(object: Fields, struct: string, member: string, under = 'spec'): Cause[] {
  const value = numberAt(object, struct, member) ?? 0;
  if (value >= 0) return [];
  const why = 'must be greater than or equal to 0';
  return [cause.invalid(`${under}.${struct}.${member}`, value, why)];
}

/** In the order in which the real server tells them. */
const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export function validateStatefulSetUpdate(set: KubeObject, old: KubeObject): Cause[] {
  const fixed = (object: KubeObject) =>
    Object.fromEntries(
      Object.entries(fieldsAt(object, 'spec')).filter(([name]) => !CHANGEABLE.includes(name)),
    );
  if (equal(fixed(set), fixed(old))) return [];
  const names = CHANGEABLE.map((name) => `'${name}'`);
  const listed = `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
  const why = `updates to statefulset spec for fields other than ${listed} are forbidden`;
  return [cause.forbidden('spec', why)];
}

export function validateDaemonSet(set: KubeObject): Cause[] {
  const strategy = fieldsAt(set, 'spec', 'updateStrategy');
  // The selector has to match, and with none nothing does; it is not asked for by itself.
  const causes = validateWorkload(set).filter(
    ({ field, reason }) => field !== 'spec.selector' || reason !== 'FieldValueRequired',
  );
  return [...causes, ...withoutDeadline(set), ...daemonSetStrategy(strategy)];
}

function daemonSetStrategy(strategy: Fields): Cause[] {
  const { type } = strategy;
  const types = ['RollingUpdate', 'OnDelete'];
  if (type === 'OnDelete') return [];
  if (type !== 'RollingUpdate') return [cause.notSupported('spec.updateStrategy', strategy, types)];
  const field = 'spec.updateStrategy.rollingUpdate';
  const { maxSurge, maxUnavailable } = fieldsAt(strategy, 'rollingUpdate');
  // What is not a number counts as 0, beside being refused as what it is.
  const isSome = (value: unknown) => (Number.parseInt(String(value), 10) || 0) !== 0;
  const problems = [
    ...atMostAll(maxUnavailable, `${field}.maxUnavailable`),
    ...atMostAll(maxSurge, `${field}.maxSurge`),
  ];
  if (isSome(maxSurge) && isSome(maxUnavailable))
    problems.push(
      cause.invalid(
        `${field}.maxSurge`,
        maxSurge,
        'may not be set when maxUnavailable is non-zero',
      ),
    );
  if (!isSome(maxSurge) && !isSome(maxUnavailable))
    problems.push(cause.required(`${field}.maxUnavailable`, 'cannot be 0 when maxSurge is 0'));
  return problems;
}

function atMostAll(value: unknown, field: string): Cause[] {
  const problems = intOrPercent(value, field);
  if (problems.length > 0 || typeof value !== 'string') return problems;
  const isTooMuch = Number.parseInt(value, 10) > 100;
  return isTooMuch ? [cause.invalid(field, value, 'must not be greater than 100%')] : [];
}

export function validateRevision(revision: KubeObject): Cause[] {
  const number = numberAt(revision, 'revision') ?? 0;
  return [
    ...(revision['data'] === undefined ? [cause.required('data', 'data is mandatory')] : []),
    ...(number < 0
      ? [cause.invalid('revision', number, 'must be greater than or equal to 0')]
      : []),
  ];
}

/** What a revision holds is for life; its number is not. */
export function validateRevisionUpdate(revision: KubeObject, old: KubeObject): Cause[] {
  const { data } = revision;
  return equal(data, old['data']) ? [] : [cause.invalid('data', data, 'field is immutable')];
}
