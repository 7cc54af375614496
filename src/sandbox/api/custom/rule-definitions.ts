/** Whether the rules of a CustomResourceDefinition can be rules at all. */
import { compile, problemOf } from '../cel/expression.ts';
import { undefinedField } from '../cel/fields.ts';
import { listKind, memberSchema, type Schema } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { hasRules, rulesOf, type Rule } from './rules.ts';

const REASONS = [
  'FieldValueRequired',
  'FieldValueForbidden',
  'FieldValueInvalid',
  'FieldValueDuplicate',
];

interface Part {
  schema: Schema;
  field: string;
  isResource: boolean;
  /** False below lists whose elements cannot be told apart: there is no `oldSelf` there. */
  isKnownAgain: boolean;
}

/** @param field where the schema stands in the definition. */
export function validateRules(schema: Schema, field: string): Cause[] {
  return validatePart({ schema, field, isResource: true, isKnownAgain: true });
}

function validatePart(part: Part): Cause[] {
  const { schema, field } = part;
  if (!hasRules(schema)) return [];
  const { properties = {}, items, additionalProperties } = schema;
  const below = { ...part, isResource: false };
  const isKnownAgain = part.isKnownAgain && listKind(schema) === 'map';
  return [
    ...rulesOf(schema).flatMap((rule, i) =>
      validateRule(part, rule, `${field}.x-kubernetes-validations[${i}]`),
    ),
    ...Object.entries(properties).flatMap(([name, one]) =>
      validatePart({ ...below, schema: one, field: `${field}.properties[${name}]` }),
    ),
    ...(items === undefined
      ? []
      : validatePart({ ...below, schema: items, field: `${field}.items`, isKnownAgain })),
    ...(typeof additionalProperties === 'object'
      ? validatePart({
          ...below,
          schema: additionalProperties,
          field: `${field}.additionalProperties`,
        })
      : []),
  ];
}

function validateRule(part: Part, rule: Rule, field: string): Cause[] {
  if (rule.text.trim() === '') return [cause.required(`${field}.rule`, 'rule is not specified')];
  const problem = rule.problem ?? ruleProblem(part, rule);
  const message = messageProblem(rule);
  return [
    ...(problem === undefined ? [] : [cause.invalid(`${field}.rule`, rule.text, problem)]),
    ...(message === undefined
      ? []
      : [cause.invalid(`${field}.messageExpression`, rule.messageExpression, message)]),
    ...(rule.message.includes('\n')
      ? [cause.invalid(`${field}.message`, rule.message, 'message must not contain line breaks')]
      : []),
    ...(REASONS.includes(rule.reason)
      ? []
      : [cause.notSupported(`${field}.reason`, rule.reason, REASONS)]),
    ...(isBelow(part.schema, rule.fieldPath)
      ? []
      : [cause.invalid(`${field}.fieldPath`, rule.fieldPath, 'fieldPath must be a valid path')]),
  ];
}

function ruleProblem(part: Part, { expression, isOldOptional }: Rule): string | undefined {
  if (expression === undefined) return undefined;
  const missing = undefinedField(expression.ast, part.schema, part.isResource);
  if (missing !== undefined) return `compilation failed: undefined field '${missing}'`;
  if (expression.type !== 'bool' && expression.type !== 'dyn')
    return `compilation failed: the rule must give a bool, not ${expression.type}`;
  if (expression.usesOldSelf && !part.isKnownAgain)
    return 'oldSelf cannot be used on the uncorrelatable portion of the schema';
  if (isOldOptional && !expression.usesOldSelf)
    return 'optionalOldSelf may not be set if oldSelf is not used in the rule';
  return undefined;
}

function messageProblem({ messageExpression, isOldOptional }: Rule): string | undefined {
  if (messageExpression === '') return undefined;
  try {
    const { type } = compile(messageExpression, { isOldOptional });
    return type === 'string' || type === 'dyn'
      ? undefined
      : 'messageExpression must evaluate to a string';
  } catch (error) {
    return `messageExpression compilation failed: ${problemOf(error)}`;
  }
}

const STEP = /\.([^.['\]]+)|\['([^']*)'\]/y;

/** A path leads to a field of the schema. */
function isBelow(schema: Schema, path: string): boolean {
  let at: Schema | undefined = schema;
  let read = 0;
  while (read < path.length && at !== undefined) {
    STEP.lastIndex = read;
    const step = STEP.exec(path);
    if (step === null) return false;
    at = memberSchema(at, step[1] ?? step[2] ?? '');
    read = STEP.lastIndex;
  }
  return at !== undefined;
}
