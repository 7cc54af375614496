/** Label and field selectors: from text, and from `LabelSelector` objects. */
import { matchesExpression, type Requirement as Expression } from '../../api/label-selector.ts';
import type { KubeObject } from '../../api/object.ts';
import { readRequirements, type Requirement } from './label-selector-text.ts';
import { isFields, objectsAt } from './schema.ts';
import { badRequest } from './status.ts';

export type Labels = Record<string, string>;
export type LabelMatcher = (labels: Labels) => boolean;

/** Commas within parentheses do not part terms. */
function termsOf(text: string): string[] {
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  return terms.length === 1 && terms[0] === '' ? [] : terms;
}

/** Throws BadRequest for a selector that cannot be read. */
export function parseLabelSelector(text: string): LabelMatcher {
  const matchers = readRequirements(text).map(matcherFor);
  return (labels) => matchers.every((matches) => matches(labels));
}

function matcherFor({ key, operator, values }: Requirement): LabelMatcher {
  const [value = ''] = values;
  switch (operator) {
    case 'exists':
      return (labels) => labels[key] !== undefined;
    case '!':
      return (labels) => labels[key] === undefined;
    case 'notin':
    case '!=':
      return (labels) => labels[key] === undefined || !values.includes(labels[key]);
    case '<':
      return (labels) => Number(labels[key] ?? Number.NaN) < Number(value);
    case '>':
      return (labels) => Number(labels[key] ?? Number.NaN) > Number(value);
    default:
      return (labels) => labels[key] !== undefined && values.includes(labels[key]);
  }
}

/** A `metav1.LabelSelector`; an empty one matches everything. */
export function matcherOf(selector: unknown): LabelMatcher {
  const { matchLabels } = isFields(selector) ? selector : {};
  const wanted = Object.entries(isFields(matchLabels) ? matchLabels : {});
  const expressions = objectsAt(selector, 'matchExpressions');
  return (labels) =>
    wanted.every(([key, value]) => labels[key] === value) &&
    expressions.every((expression) =>
      matchesExpression(expression as unknown as Expression, labels),
    );
}

/** The text form of a `LabelSelector`, as `Scale.status.selector` wants it. */
export function selectorText(selector: unknown): string {
  const { matchLabels } = isFields(selector) ? selector : {};
  const labels = Object.entries(isFields(matchLabels) ? matchLabels : {});
  const expressions = objectsAt(selector, 'matchExpressions').map((expression) => {
    const key = String(expression['key']);
    const values = Array.isArray(expression['values']) ? expression['values'].join(',') : '';
    switch (expression['operator']) {
      case 'In':
        return `${key} in (${values})`;
      case 'NotIn':
        return `${key} notin (${values})`;
      case 'Exists':
        return key;
      default:
        return `!${key}`;
    }
  });
  return [...labels.map(([key, value]) => `${key}=${String(value)}`).sort(), ...expressions].join(
    ',',
  );
}

/** How the value of a selectable field is read from an object. */
export type FieldReader = (object: KubeObject) => string;
export type ObjectMatcher = (object: KubeObject) => boolean;

export interface FieldTerm {
  field: string;
  equal: boolean;
  value: string;
}

export function parseFieldSelector(text: string): FieldTerm[] {
  return termsOf(text).map((term) => {
    const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
    if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    const [, field = '', operator, value = ''] = match;
    return { field, equal: operator !== '!=', value };
  });
}

/** Throws BadRequest for a field that cannot be selected by.
 * @param isPlain the kind is built in and selected by name and namespace only. */
export function fieldMatcher(
  text: string,
  readers: Record<string, FieldReader>,
  isPlain = false,
): ObjectMatcher {
  const terms = parseFieldSelector(text).map(({ field, equal, value }) => {
    const read = readers[field];
    if (read === undefined)
      throw badRequest(isPlain ? plainlyUnknown(field) : `field label not supported: ${field}`);
    return (object: KubeObject) => (read(object) === value) === equal;
  });
  return (object) => terms.every((matches) => matches(object));
}

/** Of a built-in kind that has no fields of its own to select by. */
function plainlyUnknown(field: string): string {
  return `"${field}" is not a known field selector: only "metadata.name", "metadata.namespace"`;
}
