/** Arguments of CheckTemplates: what is wrong with them, and how they are put into a check. */
import {
  ARGUMENT,
  ARGUMENT_LIKE,
  type CheckTemplateSpec,
  ONLY_ARGUMENT,
} from '../api/check-template.ts';
import type { Problem } from '../api/problem.ts';

export type Argument = string | number | boolean;
export type ArgumentValues = ReadonlyMap<string, Argument>;

/** Of the values that a check gives. `field` is its path, as in `spec.checks[0]`. */
export function valueProblems(
  given: Readonly<Record<string, unknown>>,
  { args = [] }: CheckTemplateSpec,
  { field, template }: { field: string; template: string },
): Problem[] {
  const known = args.map(({ name }) => name);
  const at = `${field}.template.args`;
  const missing = args
    .filter((one) => one.default === undefined && given[one.name] === undefined)
    .map(({ name }) => ({
      field: at,
      message: `${name} is missing, which CheckTemplate ${template} has no default for`,
      fix: `write ${name}: and its value`,
    }));
  const wrong = Object.entries(given).flatMap(([name, value]) =>
    known.includes(name)
      ? argumentProblems(value, `${at}.${name}`)
      : [
          {
            field: `${at}.${name}`,
            message: `CheckTemplate ${template} has no such argument`,
            fix: known.length === 0 ? 'take it out' : `write one of ${known.join(', ')}`,
          },
        ],
  );
  return [...missing, ...wrong];
}

/** Of what a template declares and uses, whoever uses it. Fields are its own, as in `spec.args[0].name`. */
export function declarationProblems({ args = [], check }: CheckTemplateSpec): Problem[] {
  const texts = textsIn(check, 'spec.check');
  const used = texts.flatMap(({ text }) => namesIn(text));
  const declared = args.flatMap(({ name, default: value }, i): Problem[] => {
    const field = `spec.args[${i}]`;
    const twice = args.findIndex((other) => other.name === name) < i;
    return [
      ...(twice
        ? [{ field: `${field}.name`, message: `${name} is there twice`, fix: 'rename it' }]
        : []),
      ...(used.includes(name)
        ? []
        : [
            {
              field: `${field}.name`,
              message: `${name} is used nowhere in the check`,
              fix: `write {{args.${name}}} where it goes, or take it out`,
            },
          ]),
      ...(value === undefined ? [] : argumentProblems(value, `${field}.default`)),
    ];
  });
  const known = args.map(({ name }) => name);
  return [...declared, ...texts.flatMap((one) => useProblems(one, known)), ...nested(check)];
}

function useProblems({ field, text }: Text, known: readonly string[]): Problem[] {
  const unknown = namesIn(text)
    .filter((name) => !known.includes(name))
    .map((name) => ({
      field,
      message: `{{args.${name}}} is not declared`,
      fix: `add {name: ${name}} to spec.args, or correct the name`,
    }));
  if (!ARGUMENT_LIKE.test(text.replace(ARGUMENT, ''))) return unknown;
  return [...unknown, { field, message: 'names no argument', fix: 'write {{args.NAME}}' }];
}

function nested({ template }: CheckTemplateSpec['check']): Problem[] {
  if (template === undefined) return [];
  const fix = 'write the check here, or use the other template in its place';
  return [{ field: 'spec.check.template', message: 'a template uses no other one', fix }];
}

function argumentProblems(value: unknown, field: string): Problem[] {
  if (!isArgument(value))
    return [
      {
        field,
        message: `${value === null ? 'is empty' : 'is a list or an object'}, which cannot be put in`,
        fix: 'write text, a number, or true or false',
      },
    ];
  if (typeof value !== 'string' || !ARGUMENT_LIKE.test(value)) return [];
  return [
    { field, message: 'names an argument itself', fix: 'write what is to stand there in the end' },
  ];
}

function isArgument(value: unknown): value is Argument {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** Of all that is declared, as it is given or by default. What is neither text, number nor truth is left out. */
export function valuesOf(
  { args = [] }: CheckTemplateSpec,
  given: Readonly<Record<string, unknown>>,
): ArgumentValues {
  const all = args.map(({ name, default: value }) => [name, given[name] ?? value] as const);
  return new Map(all.filter((one): one is [string, Argument] => isArgument(one[1])));
}

/** A value with every argument put in. One that is an argument and nothing else is the argument, with its type; the
 * places where that is so are added to `whole`, as `compare.margin`. */
export function withArguments(
  value: unknown,
  values: ArgumentValues,
  whole: Set<string>,
  path: readonly string[] = [],
): unknown {
  if (typeof value === 'string') {
    const only = ONLY_ARGUMENT.exec(value)?.[1];
    if (only === undefined)
      return value.replace(ARGUMENT, (written, name: string) =>
        String(values.get(name) ?? written),
      );
    whole.add(path.join('.'));
    return values.get(only) ?? value;
  }
  if (typeof value !== 'object' || value === null) return value;
  const inner = (key: string, one: unknown) => withArguments(one, values, whole, [...path, key]);
  if (Array.isArray(value)) return value.map((one, i) => inner(String(i), one));
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inner(key, one)]));
}

interface Text {
  field: string;
  text: string;
}

/** Every text in a value, with where it is. */
export function textsIn(value: unknown, field: string): Text[] {
  if (typeof value === 'string') return [{ field, text: value }];
  if (Array.isArray(value)) return value.flatMap((one, i) => textsIn(one, `${field}[${i}]`));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => textsIn(one, `${field}.${key}`));
}

/** The arguments that a text names. */
export function namesIn(text: string): string[] {
  return [...text.matchAll(ARGUMENT)].map(([, name = '']) => name);
}
