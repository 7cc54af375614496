/** What the routers have of their own whose route is an object of the user's with rules, each with a list of
 * destinations and their shares. */
import type { GroupKind, KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RequestRules } from '../../api/request-match.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import type { Named, Ref, RefDialect, SplitGroup } from './refs.ts';

export type Rule = Record<string, unknown>;

export interface RouteShape {
  /** The field of the router's config that names the object, which says its kind and what can be done with it. */
  field: string;
  /** Of the object, where that does not follow from the field. */
  kind?: GroupKind;
  lists: RuleList[];
  /** What of the object leads to Services, for people; a rule unless said otherwise. */
  by?: string;
  /** How destinations are written, seen from a namespace. */
  refs: (
    scope: Pick<RouterScope, 'namespace' | 'services' | 'config' | 'withoutSubsets'>,
  ) => RefDialect;
  requests?: RequestShape;
  /** What a rule takes, as far as another object can take the very same: equal texts are the same requests. */
  takes?(route: KubeObject, rule: Rule): string[];
  /** The same of those that take all of that, and maybe more; what it takes unless said otherwise. */
  takenAs?(route: KubeObject, rule: Rule): string[];
  /** Objects of another kind that have such rules too, and that its controller takes the older one first of. */
  besides?(route: CheckedRoute): KubeObject[];
  /** Kinds that are looked at for it, beside its own. */
  reads?: readonly GroupKind[];
  /** What is to be done about a kind that may not be read, and one that is not there. */
  absent?: { unread: string; unserved: string };
  /** Destinations that lead to Services of the policy in a way that cannot be moved. */
  unmovable?(scope: RouterScope, route: CheckedRoute): Problem[];
  /** What stands in the way besides what is looked at for every route. */
  check(scope: RouterScope, route: CheckedRoute): Problem[];
  /** What those who take up the route still have to say; undefined where they have taken it up, or say nothing. */
  notAccepted(route: KubeObject): string | undefined;
}

/** Where rules are, by the fields of `spec`, and which field of a rule holds its destinations. Of fields below
 * fields, by dots. */
export interface RuleList {
  /** '' with `single`: spec itself is the rule. */
  field: string;
  refs: string;
  /** The field is one rule, and no list of them. */
  single?: true;
}

export interface CheckedRoute {
  /** `HTTPRoute web` */
  title: string;
  by: string;
  route: KubeObject;
  rules: CheckedRule[];
  dialect: RefDialect;
  objects: TrafficObjects;
}

export interface CheckedRule {
  /** The list it is in, as a field of `spec`. */
  list: string;
  rule: Rule;
  refs: Ref[];
  /** `HTTPRoute web spec.rules[0]`, and its destinations. */
  at: string;
  refsAt: string;
}

/** Rules that Segue adds for the requests that the weight does not count for, each before the one of the
 * user's that it comes from. */
export interface RequestShape {
  /** The list of rules that can tell requests apart. */
  list: string;
  added(rule: Rule, given: Added): Rule[];
  /** What the user's own rule gets beside its destinations, where a rule copies requests by an entry among them. */
  copies?(rule: Rule, given: Added): Ref[];
  /** Whether a rule is one of those: known by what it is, since its user may have moved it. */
  isAdded(rule: Rule, known: KnownRules): boolean;
}

export interface Added extends RequestRules {
  /** The Services that the rule leads to. */
  groups: SplitGroup[];
  /** All rules of the list that are the user's, this one among them. */
  users: readonly Rule[];
  weight: number;
  candidateHash: string;
  namespace: string;
  config: RouterScope['config'];
  objects: TrafficObjects;
}

export interface KnownRules {
  nameOf: (ref: Ref, alone: boolean) => Named | undefined;
  /** Every match, mirror and cookie that the release may have. */
  rules: readonly RequestRules[];
  candidateHash: string;
  config: RouterScope['config'];
}
