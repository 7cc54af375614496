/** What schemas of the Gateway API's kinds are put together from: the fields that routing reads are typed. */
import type { Json } from '../../api/object.ts';
import { BACKEND_REF_RULES, FRACTION_RULES, MIRROR_RULES, PARENT_REFS_RULES } from './crd-rules.ts';
import { GATEWAY_GROUP } from './objects.ts';

export type Schema = { [key: string]: Json };

export const TEXT: Schema = { type: 'string' };
/** Validators of some API servers take an empty string for null. */
export const TEXT_OR_EMPTY: Schema = { type: 'string', nullable: true };
export const PORT: Schema = { type: 'integer', format: 'int32', minimum: 1, maximum: 65_535 };
/** Detail that the gateway does not read is kept as it is. */
export const ANYTHING: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

export function object(properties: Record<string, Schema>, required: string[] = []): Schema {
  return {
    type: 'object',
    properties,
    'x-kubernetes-preserve-unknown-fields': true,
    ...(required.length > 0 && { required }),
  };
}

export function list(items: Schema, maxItems = 64): Schema {
  return { type: 'array', items, maxItems };
}

export function oneOf(...values: string[]): Schema {
  return { type: 'string', enum: values };
}

export const CONDITIONS = list(
  object(
    {
      type: TEXT,
      status: oneOf('True', 'False', 'Unknown'),
      reason: TEXT,
      message: TEXT_OR_EMPTY,
      lastTransitionTime: { type: 'string', format: 'date-time' },
      observedGeneration: { type: 'integer', format: 'int64' },
    },
    ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  ),
);

const PARENT_REF = object(
  {
    group: { ...TEXT_OR_EMPTY, default: GATEWAY_GROUP },
    kind: { ...TEXT, default: 'Gateway' },
    namespace: TEXT,
    name: TEXT,
    sectionName: TEXT,
    port: PORT,
  },
  ['name'],
);

export const STRING_MATCHES = list(
  object(
    {
      type: { ...oneOf('Exact', 'RegularExpression'), default: 'Exact' },
      name: TEXT,
      value: TEXT_OR_EMPTY,
    },
    ['name', 'value'],
  ),
  16,
);

const HEADER_VALUES = list(object({ name: TEXT, value: TEXT_OR_EMPTY }, ['name', 'value']), 16);
export const HEADER_MODIFIER = object({
  set: HEADER_VALUES,
  add: HEADER_VALUES,
  remove: list(TEXT, 16),
});
const BACKEND_REF: Record<string, Schema> = {
  group: { ...TEXT_OR_EMPTY, default: '' },
  kind: { ...TEXT, default: 'Service' },
  namespace: TEXT,
  name: TEXT,
  port: PORT,
};

/** Of a rule: a Service with its share. */
export function weightedRef(more: Record<string, Schema> = {}): Schema {
  const weight = { type: 'integer', format: 'int32', minimum: 0, maximum: 1_000_000, default: 1 };
  return { ...object({ ...BACKEND_REF, weight, ...more }, ['name']), ...BACKEND_REF_RULES };
}

export const MIRROR: Schema = {
  ...object(
    {
      backendRef: { ...object(BACKEND_REF, ['name']), ...BACKEND_REF_RULES },
      percent: { type: 'integer', format: 'int32', minimum: 0, maximum: 100 },
      fraction: {
        ...object(
          {
            numerator: { type: 'integer', format: 'int32', minimum: 0 },
            denominator: { type: 'integer', format: 'int32', minimum: 1, default: 100 },
          },
          ['numerator'],
        ),
        ...FRACTION_RULES,
      },
    },
    ['backendRef'],
  ),
  ...MIRROR_RULES,
};

export const PARENT_REFS: Schema = { ...list(PARENT_REF, 32), ...PARENT_REFS_RULES };

export const ROUTE_STATUS = object(
  {
    parents: list(
      object({ parentRef: PARENT_REF, controllerName: TEXT, conditions: CONDITIONS }, [
        'parentRef',
        'controllerName',
      ]),
      32,
    ),
  },
  ['parents'],
);
