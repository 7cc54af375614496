/**
 * Reads an object of a built-in kind as the Go types of the real server would: unknown fields are
 * dropped and told of, wrong types refused, and what those types do not write out again (nulls,
 * empty optional texts, lists and maps, zeros of plain numbers and booleans) is left out, so that
 * two objects that mean the same compare equal.
 */
import { goType } from './patches/go-text.ts';
import { canonicalQuantity, QUANTITY_RULE } from './quantity.ts';
import { asText, isFields, type Fields, type Schema } from './schema.ts';

export interface Decoded {
  /** Paths of fields the schema does not have: `spec.replcas`. */
  unknown: string[];
  /** `json: cannot unmarshal …` of the first field with a wrong type. */
  error: string | undefined;
  /** The same in the words of a strategic merge patch. */
  mismatch?: string | undefined;
}

/** Texts behind a pointer: an empty one differs from none. */
const EMPTY_TEXT_KEPT = new Set([
  'discovery.EndpointPort.name',
  'core.PersistentVolumeClaimSpec.storageClassName',
  'coordination.LeaseSpec.holderIdentity',
]);

/** Plain numbers and booleans that are not written when they are zero. */
const ZERO_DROPPED = new Set(
  `paused minReadySeconds hostNetwork hostPID hostIPC stdin stdinOnce tty unschedulable
  publishNotReadyAddresses initialDelaySeconds hostPort nodePort deprecatedCount count
  readyReplicas availableReplicas unavailableReplicas updatedReplicas fullyLabeledReplicas
  observedGeneration active succeeded failed currentReplicas healthCheckNodePort
  DeploymentStatus.replicas VolumeMount.readOnly generation immediate`.split(/\s+/),
);

const GO_TYPES: Record<string, string> = {
  int32: 'int32',
  int64: 'int64',
  double: 'float64',
  'date-time': 'time.Time',
};

/** Changes `object` in place. */
export function decode(schema: Schema, object: Fields): Decoded {
  const reader = new Reader();
  reader.fields(schema, object, '');
  return { unknown: reader.unknown, error: reader.error, mismatch: reader.mismatch };
}

class Reader {
  readonly unknown: string[] = [];
  error: string | undefined;
  mismatch: string | undefined;
  /** The struct being read, by its name in Go. */
  #struct = '';

  fields(schema: Schema, object: Fields, path: string): void {
    const outer = this.#struct;
    this.#struct = schema.typeName?.split('.')[1] ?? outer;
    this.#members(schema, object, path);
    this.#struct = outer;
  }

  #members(schema: Schema, object: Fields, path: string): void {
    for (const name of Object.keys(object)) {
      const at = path === '' ? name : `${path}.${name}`;
      const known = schema.properties?.[name];
      if (known === undefined) {
        if (schema['x-kubernetes-preserve-unknown-fields'] === true) continue;
        this.unknown.push(at);
        delete object[name];
        continue;
      }
      object[name] = this.value(known, object[name], at);
      if (isLeftOut(schema, name, known, object[name])) delete object[name];
    }
  }

  value(schema: Schema, value: unknown, path: string): unknown {
    if (value === null || value === undefined) return undefined;
    if (!fits(schema, value)) {
      this.#refuse(schema, value, path);
      return value;
    }
    if (schema.format === 'quantity') return this.#quantity(value);
    if (schema.format === 'byte' && typeof value === 'string') this.#bytes(value);
    if (Array.isArray(value) && schema.items !== undefined) {
      const { items } = schema;
      return value.map((item, i) => this.value(items, item, `${path}[${i}]`));
    }
    if (!isFields(value)) return value;
    if (schema.properties !== undefined) this.fields(schema, value, path);
    else this.#map(schema, value, path);
    return value;
  }

  #refuse(schema: Schema, value: unknown, path: string): void {
    // Neither the places in lists nor the keys of maps are told.
    const field = path.replaceAll(/\[[^\]]*\]/g, '');
    const type = fieldType(schema);
    this.error ??= `json: cannot unmarshal ${goType(value)} into Go struct field ${this.#struct}.${field} of type ${type}`;
    this.mismatch ??= mismatchOf(schema, value, type);
  }

  #quantity(value: unknown): string {
    const canonical = canonicalQuantity(asText(value));
    if (canonical === undefined) this.error ??= QUANTITY_RULE;
    return canonical ?? asText(value);
  }

  #bytes(value: string): void {
    const at = badBase64At(value);
    if (at !== undefined) this.error ??= `illegal base64 data at input byte ${at}`;
  }

  #map(schema: Schema, value: Fields, path: string): void {
    const { additionalProperties } = schema;
    if (typeof additionalProperties !== 'object') return;
    for (const name of Object.keys(value)) {
      const member = this.value(additionalProperties, value[name], `${path}[${name}]`);
      value[name] = member ?? (additionalProperties.type === 'string' ? '' : null);
    }
  }
}

/** Where a text stops being standard base64, or undefined when it is all of it. */
function badBase64At(text: string): number | undefined {
  const at = text.search(/[^A-Za-z0-9+/=\r\n]/);
  if (at >= 0) return at;
  const body = text.replaceAll(/[\r\n]/g, '');
  const isWhole = /^[^=]*={0,2}$/.test(body) && body.length % 4 === 0;
  return isWhole ? undefined : text.length - (body.length % 4);
}

function mismatchOf(schema: Schema, value: unknown, type: string): string {
  const from = Array.isArray(value) ? 'slice' : isFields(value) ? 'map' : goKind(value);
  if (schema.type === 'array') return `cannot restore slice from ${from}`;
  if (schema.properties !== undefined) return `cannot restore struct from: ${from}`;
  if (schema.type === 'object') return `cannot restore map from ${from}`;
  return `cannot convert ${from} to ${type}`;
}

function goKind(value: unknown): string {
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value;
}

function isZeroDropped(owner: Schema, name: string): boolean {
  const type = owner.typeName?.split('.')[1] ?? '';
  return ZERO_DROPPED.has(name) || ZERO_DROPPED.has(`${type}.${name}`);
}

function isLeftOut(owner: Schema, name: string, schema: Schema, value: unknown): boolean {
  if (value === undefined) return true;
  if (owner.required?.includes(name) === true) return false;
  if (Array.isArray(value)) return value.length === 0;
  if (value === '') return !EMPTY_TEXT_KEPT.has(`${owner.typeName}.${name}`);
  if (value === 0 || value === false) return isZeroDropped(owner, name);
  return (
    isFields(value) && schema.additionalProperties !== undefined && Object.keys(value).length === 0
  );
}

function fits(schema: Schema, value: unknown): boolean {
  if (schema['x-kubernetes-int-or-string'] === true)
    return typeof value === 'string' || typeof value === 'number';
  switch (schema.type) {
    case 'object':
      return isFields(value);
    case 'array':
      return Array.isArray(value);
    case 'string':
      return typeof value === 'string';
    case 'integer':
      return Number.isInteger(value);
    case 'number':
      return typeof value === 'number';
    case 'boolean':
      return typeof value === 'boolean';
    default:
      return true;
  }
}

function fieldType(schema: Schema): string {
  if (schema.typeName !== undefined) return `v1.${schema.typeName.split('.')[1]}`;
  const byFormat = GO_TYPES[schema.format ?? ''];
  if (byFormat !== undefined) return byFormat;
  if (schema.type === 'array') return `[]${fieldType(schema.items ?? {})}`;
  if (schema.type === 'object') return 'map[string]string';
  return schema.type === 'boolean' ? 'bool' : (schema.type ?? 'intstr.IntOrString');
}
