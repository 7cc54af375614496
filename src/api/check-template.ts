/** CheckTemplate: a check without a name, written once and used by many policies with arguments. */
import * as z from 'zod';
import { checkSchema } from './check.ts';
import { presetFields } from './preset.ts';
import { checkedLater } from './schema-parts.ts';

/** In `{{args.NAME}}`. */
const ARGUMENT_NAME = '[a-zA-Z][a-zA-Z0-9_-]*';

const WRITTEN = String.raw`\{\{\s*args\.(${ARGUMENT_NAME})\s*\}\}`;

/** Each place in a text where an argument is put in; the first group is its name. */
export const ARGUMENT = new RegExp(WRITTEN, 'g');

/** A text that is an argument and nothing else. */
export const ONLY_ARGUMENT = new RegExp(`^${WRITTEN}$`);

/** What is meant as one, well written or not. */
export const ARGUMENT_LIKE = /\{\{\s*args\b/;

/** The same structure with text, numbers and all else as somebody wrote them: an argument may stand in place of
 * each value, and what it must be is known when it is there. Nothing has a default, which would go before what
 * stands beside `template`. */
function unfilled(schema: z.core.$ZodType): z.ZodType {
  const { description = '' } = schema as z.ZodType;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault) {
    const inner = unfilled(schema.unwrap()).optional();
    return description === '' ? inner : inner.meta({ ...inner.meta(), description });
  }
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.core.$ZodType>;
    return described(
      z.strictObject(
        Object.fromEntries(Object.entries(shape).map(([name, part]) => [name, unfilled(part)])),
      ),
      description,
    );
  }
  if (schema instanceof z.ZodArray)
    return z.array(unfilled(schema.element)).meta(schema.meta() ?? {});
  if (schema instanceof z.ZodString || schema instanceof z.ZodEnum)
    return described(z.string(), description);
  if (schema instanceof z.ZodRecord)
    return described(z.record(z.string(), unfilled(schema.valueType)), description);
  return checkedLater(description);
}

function described(schema: z.ZodType, description: string): z.ZodType {
  return description === '' ? schema : schema.describe(description);
}

const { name: _, ...parts } = checkSchema.shape;

export const checkTemplateSpecSchema = z.strictObject({
  description: z.string().max(256).optional().describe('What it asks, for people.'),
  args: z
    .array(
      z.strictObject({
        name: z
          .string()
          .max(63)
          .regex(
            new RegExp(`^${ARGUMENT_NAME}$`),
            'a name; begin it with a letter, and write letters, digits, dashes and _',
          )
          .describe('Stands in the check as {{args.NAME}}.'),
        default: checkedLater(
          'Text, a number, or true or false; without it a value must be given.',
        ).optional(),
      }),
    )
    .max(32)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe('What may differ from policy to policy.'),
  check: unfilled(
    z.strictObject({
      ...parts,
      ...presetFields,
      template: checkedLater('Refused: a template uses no other one.').optional(),
    }),
  ).describe(
    'As in spec.checks of a ReleasePolicy, without a name; {{args.NAME}} in any text of it.',
  ) as z.ZodType<TemplatedCheck>,
});

/** As somebody wrote it, arguments and all. */
export type TemplatedCheck = Record<string, unknown>;
export type CheckTemplateSpec = z.output<typeof checkTemplateSpecSchema>;
