/** What an object has of its own that says which pods a subset of a Service is, beside the route that leads to subsets. */
import type { GroupKind, KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';

/** Names of the subsets that are there for the length of a release. */
export const SUBSETS = { Stable: 'segue-stable', Candidate: 'segue-candidate' } as const;

export interface SubsetShape {
  kind: GroupKind;
  /** The objects that have the subsets to which a route leads, by name. */
  namesIn(scope: RouterScope): string[];
  /** The field of the policy that leads to such an object. */
  field: string;
  /** Of one that a release makes for itself where its user has none; without it there has to be one. */
  apiVersion?: string;
  /** `spec.subsets` as a list of names and what each is, and back. */
  read(subsets: unknown): NamedSubset[];
  write(subsets: readonly NamedSubset[]): unknown;
  /** Which pods a version is. */
  subset(name: string, version: Version): unknown;
  /** Whether versions have to be led to without subsets; absent where there is no other way. */
  without?(scope: RouterScope, objects: TrafficObjects): boolean;
  /** What stands in the way of subsets in an object of the user's. */
  check(object: KubeObject, title: string, scope: RouterScope): Problem[];
  /** What those who take it up still have to say; undefined where they have taken it up. */
  notAccepted(object: KubeObject): string | undefined;
}

/** What its pods have: a label with this hash, which those of a Deployment have in their names too. */
export interface Version {
  hash: string;
  label: string;
}

export type NamedSubset = readonly [name: string, subset: unknown];

export function isSegues([name]: NamedSubset): boolean {
  return Object.values<string>(SUBSETS).includes(name);
}
