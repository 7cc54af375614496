/** A definition of users': how a kind of object that Segue has no router for says where traffic goes. It is
 * text in a ConfigMap (docs/adr/0016-a-router-of-ones-own.md). */
import * as z from 'zod';
import { GROUP, KINDS } from './group.ts';
import type { GroupKind, KubeObject } from './object.ts';
import type { Problem } from './problem.ts';
import { ROUTED, type Routed } from './routed.ts';
import { readYaml, type YamlDocument } from './yaml-documents.ts';

/** ConfigMaps without this label are not read. */
export const DEFINITION_LABEL = 'segue.dev/router-definition';
export const DEFINITION_KEY = 'router.yaml';

const NAME = '[A-Za-z][A-Za-z0-9_-]*';
const DOTTED = `${NAME}(\\.${NAME})*`;

const named = (pattern: string, what: string) =>
  z.string().max(253).regex(new RegExp(pattern), what);
const inside = named(`^${DOTTED}$`, 'a path such as service or destination.host');

/** From the object on; the part before the first [] is where its rules are. */
const destinations = named(
  `^spec\\.${DOTTED}(\\[\\]\\.${DOTTED})?\\[\\]$`,
  'a path to a list in spec, such as spec.backends[] or spec.routes[].services[]',
);

/** In a rule: the conditions that all have to hold, or alternatives of such lists. */
const conditions = named(
  `^${DOTTED}(\\[\\]\\.${DOTTED})?\\[\\]$`,
  'a path to a list in a rule, such as match.headers[] or matches[].headers[]',
);

const FIXED = 'up to 8 fields such as type, each with a word, a number, or true or false';
const WORD = 'a word, a number, or true or false';
const fixed = z.union([named('^[A-Za-z0-9_.-]{1,63}$', WORD), z.boolean(), z.int()], WORD);

/** How a rule says which requests it takes. */
const match = z.strictObject({
  /** The first rule that takes a request is the one. */
  order: z.literal('First'),
  headers: z.strictObject({
    at: conditions,
    name: inside,
    /** The whole of it. */
    value: inside,
    /** Said along of each condition, by fields beside these two. */
    fixed: z
      .record(z.string(), fixed)
      .refine((all) => Object.keys(all).length <= 8, FIXED)
      .refine((all) => Object.keys(all).every((one) => new RegExp(`^${NAME}$`).test(one)), FIXED)
      .default({}),
  }),
  /** What no two rules of an object may have the same: added ones are without it. */
  ruleName: inside.optional(),
});

export type DefinedMatch = z.output<typeof match>;

export const routeDefinitionSchema = z.strictObject({
  group: named('^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$', 'an API group such as split.smi-spec.io'),
  versions: z
    .array(named('^v[0-9]+((alpha|beta)[0-9]+)?$', 'a version such as v1 or v1alpha2'))
    .min(1)
    .max(16),
  kind: named('^[A-Z][A-Za-z0-9]*$', 'a kind such as TrafficSplit'),
  destinations: z.array(destinations).min(1).max(8),
  service: inside,
  weight: inside,
  port: inside.optional(),
  namespace: inside.optional(),
  weights: z
    .strictObject({
      total: z.int().min(100).max(1_000_000).multipleOf(100, 'a multiple of 100').default(100),
      text: z.boolean().default(false),
      /** One that stands alone may be without. */
      optional: z.boolean().default(false),
    })
    .default({ total: 100, text: false, optional: false }),
  root: named(`^spec\\.${DOTTED}$`, 'a path in spec, such as spec.service').optional(),
  accepted: z
    .strictObject({
      type: z.string().min(1).max(316),
      status: z.enum(['True', 'False']).default('True'),
    })
    .optional(),
  match: match.optional(),
});

export type RouteDefinition = z.output<typeof routeDefinitionSchema>;

/** @returns what it says, or what is wrong with it: never an empty list */
export function readDefinition(configMap: KubeObject): RouteDefinition | Problem[] {
  const known = read.get(configMap);
  if (known) return known;
  const found = definitionOf(configMap);
  read.set(configMap, found);
  return found;
}

/** Objects come from caches, and never change. */
const read = new WeakMap<KubeObject, RouteDefinition | Problem[]>();

export function isDefinition({ metadata }: KubeObject): boolean {
  return metadata.labels?.[DEFINITION_LABEL] !== undefined;
}

function definitionOf(configMap: KubeObject): RouteDefinition | Problem[] {
  const title = `ConfigMap ${configMap.metadata.name}`;
  if (!isDefinition(configMap)) {
    const message = `it has no label ${DEFINITION_LABEL}, and is not read without`;
    return [{ field: title, message, fix: `write ${DEFINITION_LABEL}: 'true' in its labels` }];
  }
  const field = `${title} data.${DEFINITION_KEY}`;
  const { [DEFINITION_KEY]: text } = (configMap['data'] ?? {}) as Partial<Record<string, string>>;
  if (typeof text !== 'string')
    return [{ field, message: 'is missing', fix: 'write the definition there' }];
  const { documents, faults } = readYaml(text);
  const [fault] = faults;
  if (fault) {
    const [what = '', fix = 'correct this line'] = fault.message.split('; ');
    return [{ field: `${field}:${fault.line}`, message: `it is no YAML: ${what}`, fix }];
  }
  const [document, another] = documents;
  if (!document || another) {
    const message = document ? 'it is more than one document' : 'it is empty';
    return [{ field, message, fix: 'write one definition there' }];
  }
  return judged(document, field);
}

function judged(document: YamlDocument, field: string): RouteDefinition | Problem[] {
  const parsed = routeDefinitionSchema.safeParse(document.value, { reportInput: true });
  if (!parsed.success) {
    const all = parsed.error.issues.flatMap((issue) => issueProblems(issue, document, field));
    // What is of another type is also too much or too little.
    return all.filter((one, i) => all.findIndex((other) => other.field === one.field) === i);
  }
  const at = (...parts: string[]) => `${field}:${document.lineOf(parts)} ${textOf(parts)}`;
  const { group, kind } = parsed.data;
  const known = routerOf({ group, kind });
  if (known !== undefined)
    return [
      {
        field: at('kind'),
        message: `${kind} of ${group} has a router of its own, which knows more of it`,
        fix: `use ${known}`,
      },
    ];
  if (isGuarded({ group, kind }))
    return [
      {
        field: at('kind'),
        message: `${kind} of ${group} is a kind of Kubernetes, of Segue or of a router of its own, and no definition may have Segue write it`,
        fix: 'name a kind that Segue has nothing to do with',
      },
    ];
  return parsed.data.match ? matchJudged(parsed.data, parsed.data.match, at) : parsed.data;
}

/** Places that are one another, or inside: what is written at one would be gone from the other. */
function matchJudged(
  definition: RouteDefinition,
  { headers, ruleName }: DefinedMatch,
  at: (...parts: string[]) => string,
): RouteDefinition | Problem[] {
  const [path = '', another] = definition.destinations;
  const { rules, refs } = placesIn(path);
  if (rules === '' || another !== undefined)
    return [
      {
        field: at('destinations'),
        message:
          another === undefined ? 'there are no rules to put one in front of' : 'it is several',
        fix: 'with match, write one path with a list of rules, such as spec.routes[].services[], or leave match out',
      },
    ];
  const [outer = ''] = headers.at.split('[]');
  const taken: [string[], string, string, string][] = [
    [['headers', 'at'], outer, refs, 'destinations are'],
    [['headers', 'value'], headers.value, headers.name, 'the name of the header is'],
    ...Object.keys(headers.fixed).flatMap((one): typeof taken => [
      [['headers', 'fixed', one], one, headers.name, 'the name of the header is'],
      [['headers', 'fixed', one], one, headers.value, 'its value is'],
    ]),
    ...(ruleName === undefined
      ? []
      : ([
          [['ruleName'], ruleName, refs, 'destinations are'],
          [['ruleName'], ruleName, outer, 'headers are'],
        ] satisfies typeof taken)),
  ];
  const found = taken.filter(([, one, other]) => isWithin(one, other) || isWithin(other, one));
  if (found.length === 0) return definition;
  return found.map(([field, one, , what]) => ({
    field: at('match', ...field),
    message: `${one} is where ${what}`,
    fix: 'name a place of its own',
  }));
}

/** Of a path to destinations: the list of rules in spec ('' where there is none), and the list in each. */
export function placesIn(path: string): { rules: string; refs: string } {
  const [first = '', second] = path
    .replace(/^spec\./, '')
    .split('[]')
    .map((part) => part.replace(/^\./, ''));
  return second ? { rules: first, refs: second } : { rules: '', refs: first };
}

function isWithin(one: string, other: string): boolean {
  return `${one}.`.startsWith(`${other}.`);
}

/** Of what the controller may write for other purposes: a definition must not lead it there. */
function isGuarded({ group, kind }: GroupKind): boolean {
  const known: readonly GroupKind[] = Object.values(KINDS);
  return (
    !group.includes('.') ||
    [GROUP, 'k8s.io'].some((own) => `.${group}`.endsWith(`.${own}`)) ||
    known.some((one) => one.group === group && one.kind === kind)
  );
}

function routerOf({ group, kind }: GroupKind): string | undefined {
  const all = Object.entries<Record<string, Routed>>(ROUTED);
  return all.flatMap(([router, fields]) =>
    Object.entries(fields).flatMap(([field, routed]) =>
      routed.kind.group === group && routed.kind.kind === kind ? [`${router}.${field}`] : [],
    ),
  )[0];
}

function issueProblems(issue: z.core.$ZodIssue, document: YamlDocument, field: string): Problem[] {
  const path = issue.path.map((part) => (typeof part === 'number' ? part : String(part)));
  const at = (to: readonly (string | number)[]) =>
    [`${field}:${document.lineOf(to)}`, textOf(to)].filter(Boolean).join(' ');
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      field: at([...path, key]),
      message: 'unknown field',
      fix: `write one of ${KNOWN[textOf(path)]?.join(', ') ?? ''}`,
    }));
  const given = issue.input;
  if (given === undefined) return [{ field: at(path), message: 'is missing', fix: 'add it' }];
  if (given === null) return [{ field: at(path), message: 'is empty', fix: 'fill it in' }];
  return [{ field: at(path), ...wrong(issue) }];
}

const KNOWN: Partial<Record<string, string[]>> = {
  '': Object.keys(routeDefinitionSchema.shape),
  weights: ['total', 'text', 'optional'],
  accepted: ['type', 'status'],
  match: ['order', 'headers', 'ruleName'],
  'match.headers': ['at', 'name', 'value', 'fixed'],
};

function wrong(issue: z.core.$ZodIssue): Pick<Problem, 'message' | 'fix'> {
  const shown = JSON.stringify(issue.input);
  switch (issue.code) {
    case 'invalid_type':
      return {
        message: `${shown} is not right here`,
        fix: `write ${WORDS[issue.expected] ?? issue.expected}`,
      };
    case 'invalid_value':
      return { message: `${shown} is not known`, fix: `write one of ${issue.values.join(', ')}` };
    case 'too_small':
      return { message: `${shown} is too little`, fix: `write ${String(issue.minimum)} or more` };
    case 'too_big':
      return { message: `${shown} is too much`, fix: `write ${String(issue.maximum)} or less` };
    default:
      return { message: `${shown} does not do`, fix: `write ${issue.message}` };
  }
}

const WORDS: Partial<Record<string, string>> = {
  string: 'text',
  int: 'a whole number',
  number: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
};

/** `['destinations', 0]` as `destinations[0]`. */
function textOf(path: readonly (string | number)[]): string {
  return path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${part}`))
    .join('');
}
