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

/** Why a text is not a name of this kind; nothing when it is. */
export function nameProblems(rule: NameRule, name: string): string[] {
  const { pattern, lengthMax, message } = RULES[rule];
  return [...tooLong(name, lengthMax), ...(pattern.test(name) ? [] : [message])];
}

/** The same for the beginning of a name: what is made up behind it mends a dash at its end. */
export function prefixProblems(rule: NameRule, prefix: string): string[] {
  const beginning = rule === 'path-segment' ? prefix : prefix.replace(/-$/, 'a');
  return nameProblems(rule, beginning);
}

function tooLong(text: string, max: number): string[] {
  return text.length > max ? [`must be no more than ${max} characters`] : [];
}

const KEY_PATTERN = KEY_RULE.replace('name part ', '');
const KEY_SHAPE = `a qualified name ${KEY_PATTERN} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`;

/** Why a key of labels, annotations or finalizers is not one. */
export function keyProblems(key: string): string[] {
  const [prefix, name, ...more] = key.includes('/') ? key.split('/') : [undefined, key];
  if (more.length > 0 || name === undefined) return [KEY_SHAPE];
  const problems: string[] = [];
  if (prefix === '') problems.push('prefix part must be non-empty');
  else if (prefix !== undefined && !IS_SUBDOMAIN.test(prefix))
    problems.push(`prefix part ${SUBDOMAIN_RULE}`);
  if (name === '') problems.push('name part must be non-empty');
  else problems.push(...tooLong(name, 63).map((why) => `name part ${why}`));
  if (!IS_QUALIFIED.test(name)) problems.push(KEY_RULE);
  return problems;
}

export function labelValueProblems(value: string): string[] {
  return [...tooLong(value, 63), ...(IS_LABEL_VALUE.test(value) ? [] : [VALUE_RULE])];
}

export function validateLabels(labels: Record<string, unknown>, field: string): Cause[] {
  return Object.entries(labels).flatMap(([key, value]) => {
    const badValue = typeof value === 'string' ? labelValueProblems(value) : ['must be a string'];
    return [
      ...keyProblems(key).map((why) => cause.invalid(field, key, why)),
      ...badValue.map((why) => cause.invalid(field, value, why)),
    ];
  });
}

const ANNOTATIONS_MAX_BYTES = 256 * 1024;

export function validateAnnotations(annotations: Record<string, unknown>, field: string): Cause[] {
  const problems = Object.keys(annotations).flatMap((key) =>
    keyProblems(key.toLowerCase()).map((why) => cause.invalid(field, key, why)),
  );
  let size = 0;
  for (const [key, value] of Object.entries(annotations)) size += key.length + String(value).length;
  if (size <= ANNOTATIONS_MAX_BYTES) return problems;
  const message = `Too long: may not be more than ${ANNOTATIONS_MAX_BYTES} bytes`;
  return [...problems, { reason: 'FieldValueTooLong', message, field }];
}
