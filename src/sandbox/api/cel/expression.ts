/** Expressions in CEL over `self` and `oldSelf`, compiled once. */
import { Environment, Optional, type ASTNode } from '@marcbachmann/cel-js';
import { addKubernetesFunctions } from './functions.ts';

/** cel-js has no budget of its own; a rule larger than this is no rule. */
const LIMITS = { maxAstNodes: 5_000, maxDepth: 100 };

function newEnvironment(oldSelf: 'dyn' | 'optional<dyn>'): Environment {
  const env = new Environment({
    enableOptionalTypes: true,
    homogeneousAggregateLiterals: false,
    limits: LIMITS,
  });
  env.registerVariable('self', 'dyn').registerVariable('oldSelf', oldSelf);
  addKubernetesFunctions(env);
  return env;
}

const environments = new Map<string, Environment>();

function environmentFor(oldSelf: 'dyn' | 'optional<dyn>'): Environment {
  const env = environments.get(oldSelf) ?? newEnvironment(oldSelf);
  environments.set(oldSelf, env);
  return env;
}

export interface Scope {
  self: unknown;
  /** Undefined when there is none. */
  oldSelf: unknown;
}

export interface Expression {
  ast: ASTNode;
  usesOldSelf: boolean;
  /** The type its result has, as far as that can be told: `bool`, `string`, `dyn`. */
  type: string;
  /** Throws when it cannot be evaluated: a key that is not there, a type that does not fit. */
  evaluate: (scope: Scope) => unknown;
}

/** Throws with what is wrong in the text. */
export function compile(text: string, { isOldOptional }: { isOldOptional: boolean }): Expression {
  const env = environmentFor(isOldOptional ? 'optional<dyn>' : 'dyn');
  const program = env.parse(withoutDeepHas(env, text));
  const names = new Set<string>();
  collectNames(program.ast, names);
  const { valid, type = 'dyn', error } = program.check();
  if (!valid) throw error ?? new Error('the expression does not fit together');
  const optional = (value: unknown) => (value === undefined ? Optional.none() : Optional.of(value));
  return {
    ast: program.ast,
    usesOldSelf: names.has('oldSelf'),
    type,
    evaluate: ({ self, oldSelf }) =>
      program({ self, oldSelf: isOldOptional ? optional(oldSelf) : oldSelf }) as unknown,
  };
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

/**
 * cel-js takes plain paths in `has()` only; CEL takes any field, `has(self.items[0].name)` too. That
 * is the same as asking whether `self.items[0].?name` has a value.
 */
function withoutDeepHas(env: Environment, text: string): string {
  let result = text;
  for (let deep = deepHas(env.parse(result).ast); deep !== undefined;) {
    const { call, owner, name } = deep;
    const asked = `(${result.slice(owner.start, owner.end)}).?${name}.hasValue()`;
    result = result.slice(0, call.start) + asked + result.slice(call.end);
    deep = deepHas(env.parse(result).ast);
  }
  return result;
}

interface DeepHas {
  call: ASTNode;
  owner: ASTNode;
  name: string;
}

function deepHas(value: unknown): DeepHas | undefined {
  if (Array.isArray(value)) {
    for (const one of value) {
      const found = deepHas(one);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isNode(value)) return undefined;
  return ownDeepHas(value) ?? deepHas(value.args);
}

function ownDeepHas(node: ASTNode): DeepHas | undefined {
  if (node.op !== 'call' || node.args[0] !== 'has') return undefined;
  const [field] = node.args[1];
  if (field?.op !== '.' || isPlainPath(field)) return undefined;
  const [owner, name] = field.args;
  return { call: node, owner, name };
}

function isPlainPath(node: ASTNode): boolean {
  return node.op === 'id' || (node.op === '.' && isPlainPath(node.args[0]));
}

function collectNames(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) for (const one of value) collectNames(one, names);
  else if (isNode(value)) {
    if (value.op === 'id') names.add(value.args);
    else collectNames(value.args, names);
  }
}

/** The first line of what went wrong, without the excerpt of the source. */
export function problemOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { summary } = error as { summary?: unknown };
  const text = typeof summary === 'string' ? summary : (error.message.split('\n')[0] ?? '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}
