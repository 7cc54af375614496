/** What names, labels and annotations may look like, and how the server says that they do not. */
import { cause, type Cause } from '../status.ts';

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = String.raw`${LABEL}(\.${LABEL})*`;
const QUALIFIED = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';

const IS_LABEL = new RegExp(`^${LABEL}$`);
const IS_SUBDOMAIN = new RegExp(`^${SUBDOMAIN}$`);
const IS_SERVICE = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const IS_QUALIFIED = new RegExp(`^${QUALIFIED}$`);
const IS_LABEL_VALUE = new RegExp(`^(${QUALIFIED})?$`);

const LABEL_RULE = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${LABEL}')`;
const SUBDOMAIN_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`;
const SERVICE_RULE = `a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')`;
const KEY_RULE = `name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${QUALIFIED}')`;
const VALUE_RULE = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${QUALIFIED})?')`;

export type NameRule = 'dns-label' | 'dns-subdomain' | 'service' | 'path-segment';

const RULES: Record<NameRule, { pattern: RegExp; lengthMax: number; message: string }> = {
  'dns-label': { pattern: IS_LABEL, lengthMax: 63, message: LABEL_RULE },
  'dns-subdomain': { pattern: IS_SUBDOMAIN, lengthMax: 253, message: SUBDOMAIN_RULE },
  service: { pattern: IS_SERVICE, lengthMax: 63, message: SERVICE_RULE },
  'path-segment': {
    pattern: /^(?!\.{1,2}$)[^/%]*$/,
    lengthMax: 253,
    message: "may not contain '/' or '%', nor be '.' or '..'",
  },
};

/** Why a text is not a name of this kind, or undefined when it is. */
export function nameProblem(rule: NameRule, name: string): string | undefined {
  const { pattern, lengthMax, message } = RULES[rule];
  return tooLong(name, lengthMax) ?? (pattern.test(name) ? undefined : message);
}

function tooLong(text: string, max: number): string | undefined {
  return text.length > max ? `must be no more than ${max} characters` : undefined;
}

/** Why a key of labels, annotations or finalizers is not one. */
export function keyProblem(key: string): string | undefined {
  const [prefix, name, ...more] = key.includes('/') ? key.split('/') : [undefined, key];
  if (more.length > 0 || name === undefined)
    return "a qualified name must consist of alphanumeric characters, '-', '_' or '.', with at most one '/'";
  if (prefix !== undefined && !IS_SUBDOMAIN.test(prefix)) return `prefix part ${SUBDOMAIN_RULE}`;
  if (name === '') return 'name part must be non-empty';
  return tooLong(name, 63) ?? (IS_QUALIFIED.test(name) ? undefined : KEY_RULE);
}

function labelValueProblem(value: string): string | undefined {
  return tooLong(value, 63) ?? (IS_LABEL_VALUE.test(value) ? undefined : VALUE_RULE);
}

export function validateLabels(labels: Record<string, unknown>, field: string): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const badKey = keyProblem(key);
    const badValue = typeof value === 'string' ? labelValueProblem(value) : 'must be a string';
    return [
      ...(badKey === undefined ? [] : [cause.invalid(field, key, badKey)]),
      ...(badValue === undefined ? [] : [cause.invalid(field, value, badValue)]),
    ];
  });
}

const ANNOTATIONS_MAX_BYTES = 256 * 1024;

export function validateAnnotations(annotations: Record<string, unknown>, field: string): Cause[] {
  const problems = Object.keys(annotations).flatMap((key) => {
    const problem = keyProblem(key.toLowerCase());
    return problem === undefined ? [] : [cause.invalid(field, key, problem)];
  });
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) size += key.length + String(value).length;
  if (size <= ANNOTATIONS_MAX_BYTES) return problems;
  const message = `Too long: may not be more than ${ANNOTATIONS_MAX_BYTES} bytes`;
  return [...problems, { reason: 'FieldValueTooLong', message, field }];
}
