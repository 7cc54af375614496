/** Another object that takes the very requests which the one of the policy is to share: then there is nothing to share. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';

interface Given {
  /** The object of the policy, and where in it the requests come to the policy's Services. */
  route: KubeObject;
  at: string;
  /** Texts that are equal where two objects take the same requests. */
  takes: readonly string[];
}

/**
 * Where two take the same, the older object goes before the other one, and of one age that whose name is first: so
 * the Gateway API lays down, and so do Istio and ingress-nginx.
 * @param others those of the kind in the namespace, each with what it takes
 */
export function takenElsewhere(
  { route, at, takes }: Given,
  others: readonly { route: KubeObject; takes: readonly string[] }[],
): Problem[] {
  return others
    .filter((other) => goesBefore(other.route, route))
    .flatMap((other) => {
      const both = other.takes.find((one) => takes.includes(one));
      return both === undefined ? [] : [{ ...other, both }];
    })
    .slice(0, 1)
    .map(({ route: other, both }) =>
      hasThem({ at, by: titleOf(other, route), first: 'is older', what: both }),
    );
}

/** What is said of one that has all of it.
 * @param by the object
 * @param first why it goes before the other one */
export function hasThem({
  at,
  by,
  first,
  what,
}: Record<'at' | 'by' | 'first' | 'what', string>): Problem {
  return {
    field: at,
    message: `${by} ${first} and takes ${what}, so that none of it comes here`,
    fix: `take that out of one of the two, or name ${by} in the policy`,
  };
}

/** What is said of one that may have it, where of two of one priority nobody says which goes first.
 * @param orElse what that means, as a clause */
export function mayHaveThem({
  at,
  by,
  priority,
  what,
  orElse,
}: Record<'at' | 'by' | 'what' | 'orElse', string> & { priority: number }): Problem {
  return {
    field: at,
    message: `${by} takes ${what} with a priority of ${priority} too, and ${orElse}`,
    fix: 'take it out of one of the two, or write another priority there',
  };
}

/** With its group, where the two are of one kind of two groups. */
function titleOf({ apiVersion, kind, metadata }: KubeObject, beside: KubeObject): string {
  const [group, its] = [apiVersion, beside.apiVersion].map((one) => one.split('/')[0]);
  return `${kind} ${metadata.name}${group === its ? '' : ` of ${group}`}`;
}

function goesBefore(one: KubeObject, other: KubeObject): boolean {
  const rank = ({ metadata }: KubeObject) => [
    metadata.creationTimestamp ?? '',
    metadata.namespace ?? '',
    metadata.name,
  ];
  const [first, second] = [rank(one), rank(other)];
  if (isDeepStrictEqual(first, second)) return false;
  const at = first.findIndex((part, i) => part !== second[i]);
  return (first[at] ?? '') < (second[at] ?? '');
}
