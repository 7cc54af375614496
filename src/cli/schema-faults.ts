/** What a schema finds wrong, said so that a person can mend it. */
import type * as z from 'zod';
import type { FieldPath } from './yaml-documents.ts';

export interface Fault {
  path: FieldPath;
  text: string;
}

export function issueFaults(issue: z.core.$ZodIssue): Fault[] {
  const path = [
    'spec',
    ...issue.path.map((part) => (typeof part === 'number' ? part : String(part))),
  ];
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: `${fieldText([...path, key])}: unknown field; is it misspelt or at the wrong depth?`,
    }));
  return [{ path, text: `${fieldText(path)}: ${sentence(issue.message)}` }];
}

/** The schema's own messages say what a value must be: `a duration with a unit`. */
const sentence = (message: string): string =>
  /^an? /.test(message) ? `must be ${message}` : message;

/** Undefined leaves the message to the schema. */
export function issueText(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      if (issue.input === undefined) return `is missing; add it (${issue.expected})`;
      return `must be of type ${issue.expected}, not ${nameOfType(issue.input)}`;
    case 'invalid_value':
      return `must be one of: ${issue.values.join(', ')}`;
    case 'too_big':
      return `${issue.origin === 'array' ? 'must have' : 'must be'} at most ${issue.maximum}`;
    case 'too_small':
      return `${issue.origin === 'array' ? 'must have' : 'must be'} at least ${issue.minimum}`;
    default:
      return undefined;
  }
}

function nameOfType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return value === null ? 'null' : typeof value;
}

/** `['spec', 'stages', 0, 'weight']` as `spec.stages[0].weight`. */
function fieldText(path: FieldPath): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${part}`))
    .join('');
}
