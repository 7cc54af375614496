/** Definitions of routers in the same files as the policies that name them. */
import type { KubeObject } from '../api/object.ts';
import { formatProblem } from '../api/problem.ts';
import { DEFINITION_KEY, isDefinition, readDefinition } from '../api/route-definition.ts';
import type { Definitions } from '../engine/defined-routes.ts';
import { type Found, isBeside } from './written-objects.ts';

/** What is no ConfigMap with a name is none of them. */
function definitionIn(object: Record<string, unknown>): KubeObject | undefined {
  const { apiVersion, kind, metadata, data } = object as Partial<KubeObject>;
  if (apiVersion !== 'v1' || kind !== 'ConfigMap') return undefined;
  const isFit = typeof metadata?.name === 'string' && typeof (data ?? {}) === 'object';
  return isFit ? (object as KubeObject) : undefined;
}

/** Those of the namespace of an object. */
export function definitionsBeside(found: Found, objects: readonly Found[]): Definitions {
  const all = objects
    .filter((other) => isBeside(other, found))
    .flatMap(({ object }) => definitionIn(object) ?? []);
  return (name) => {
    const found = all.find(({ metadata }) => metadata.name === name);
    const read = found && readDefinition(found);
    return Array.isArray(read) ? undefined : read;
  };
}

/** What is wrong with one that is labelled as such, or that a policy names; and where it is written. */
export function definitionFaults(
  object: Record<string, unknown>,
  named: readonly string[],
): { path: string[]; text: string }[] {
  const found = definitionIn(object);
  if (!found || !(isDefinition(found) || named.includes(found.metadata.name))) return [];
  const read = readDefinition(found);
  const problems = Array.isArray(read) ? read : [];
  return problems.map((problem) => ({
    path: isDefinition(found) ? ['data', DEFINITION_KEY] : ['metadata'],
    text: formatProblem(problem),
  }));
}
