/** Label and field selectors: from text, and from `LabelSelector` objects. */
import type { KubeObject } from '../../api/object.ts';
import { isFields, objectsAt } from './schema.ts';
import { badRequest } from './status.ts';

export type Labels = Record<string, string>;
export type LabelMatcher = (labels: Labels) => boolean;

const KEY = String.raw`[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?`;
const SET_TERM = new RegExp(String.raw`^(${KEY})\s+(in|notin)\s*\(([^()]*)\)$`);
const EQUALITY_TERM = new RegExp(String.raw`^(${KEY})\s*(==|=|!=|<|>)\s*([A-Za-z0-9._-]*)$`);
const EXISTS_TERM = new RegExp(String.raw`^(!?)\s*(${KEY})$`);

/** Commas within parentheses do not part terms. */
function termsOf(text: string): string[] {
  const terms = text.split(/,(?![^(]*\))/).map((term) => term.trim());
  return terms.length === 1 && terms[0] === '' ? [] : terms;
}

export function parseLabelSelector(text: string): LabelMatcher {
  const matchers = termsOf(text).map(parseTerm);
  return (labels) => matchers.every((matches) => matches(labels));
}

function parseTerm(term: string): LabelMatcher {
  const set = SET_TERM.exec(term);
  if (set !== null) {
    const [, key = '', operator, list = ''] = set;
    const values = new Set(list.split(',').map((value) => value.trim()));
    if (operator === 'in') return (labels) => values.has(labels[key] ?? '\0');
    return (labels) => !values.has(labels[key] ?? '\0');
  }
  const equality = EQUALITY_TERM.exec(term);
  if (equality !== null) {
    const [, key = '', operator = '=', value = ''] = equality;
    return compareTerm(key, operator, value);
  }
  const exists = EXISTS_TERM.exec(term);
  if (exists === null)
    throw badRequest(`unable to parse requirement: "${term}" in a label selector`);
  const [, not, key = ''] = exists;
  return (labels) => (labels[key] === undefined) === (not === '!');
}

function compareTerm(key: string, operator: string, value: string): LabelMatcher {
  if (operator === '!=') return (labels) => labels[key] !== value;
  if (operator === '<') return (labels) => Number(labels[key] ?? Number.NaN) < Number(value);
  if (operator === '>') return (labels) => Number(labels[key] ?? Number.NaN) > Number(value);
  return (labels) => labels[key] === value;
}

/** A `metav1.LabelSelector`; an empty one matches everything. */
export function matcherOf(selector: unknown): LabelMatcher {
  const { matchLabels } = isFields(selector) ? selector : {};
  const wanted = Object.entries(isFields(matchLabels) ? matchLabels : {});
  const expressions = objectsAt(selector, 'matchExpressions');
  return (labels) =>
    wanted.every(([key, value]) => labels[key] === value) &&
    expressions.every((expression) => matchesExpression(expression, labels));
}

function matchesExpression(expression: Record<string, unknown>, labels: Labels): boolean {
  const value = labels[String(expression['key'])];
  const values = Array.isArray(expression['values']) ? expression['values'] : [];
  switch (expression['operator']) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return false;
  }
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

/** Throws BadRequest for a field that cannot be selected by. */
export function fieldMatcher(text: string, readers: Record<string, FieldReader>): ObjectMatcher {
  const terms = parseFieldSelector(text).map(({ field, equal, value }) => {
    const read = readers[field];
    if (read === undefined) throw badRequest(`field label not supported: ${field}`);
    return (object: KubeObject) => (read(object) === value) === equal;
  });
  return (object) => terms.every((matches) => matches(object));
}
