/** What the modelled world knows of a kind of route: what users write, where it sends requests, and who takes it up.
 * Written from the documentation of each router, and not by its adapter: what that writes is judged by this. */
import type { KubeObject } from '../../api/object.ts';
import type { PolicySpecInput } from '../../api/policy.ts';
import type { Able } from '../../api/routed.ts';
import type { RequestView } from '../../sandbox/gateway/match.ts';
import type { Chance } from '../chance.ts';

export type RouterInput = NonNullable<NonNullable<PolicySpecInput['traffic']>['routers']>[number];

/** What is stored, as far as a router reads it. */
export interface Stored {
  get(kind: string, name: string): KubeObject | undefined;
  all(kind: string): KubeObject[];
}

export interface Share {
  service: string;
  /** Of the requests that the rule takes. */
  percent: number;
  /** The `Set-Cookie` that answers from there have. */
  cookie?: string;
  /** The version of this name, as `subset` tells it, and no Service. */
  subset?: true;
}

export interface RouteRule {
  test: (request: RequestView) => boolean;
  /** Without a share of anybody nobody answers. */
  to: Share[];
  copies: Share[];
  /** Gets everything that the rule takes while it has no endpoints. */
  needs?: string;
  /** With a Service that has no endpoints there is no such rule, also where that has no share. */
  dropsIdle?: true;
}

export interface Verdict {
  ok: boolean;
  generation: number;
  at: string;
}

export interface RouteKind {
  /** Of the user's own object, which is called `web`. */
  kind: string;
  /** All kinds that it takes, with group and version. */
  served: Record<string, string>;
  /** How a policy chooses it. */
  router: RouterInput;
  /** What its definition makes of it, where it is known by one. */
  able?: Able;
  /** Of paths that reach the Service, or others: those which are tried. Absent: `PATHS`. */
  paths?: readonly string[];
  /** What the user writes, the route first. */
  draw: (chance: Chance) => KubeObject[];
  /** The same as its user has to have it where users are to be kept with a version. */
  toKeep?: (objects: KubeObject[]) => KubeObject[];
  /** In the order in which they are asked. */
  rules: (stored: Stored) => RouteRule[];
  /** An object of the user's without what Segue may change in it. */
  foreign: (object: KubeObject, own: KubeObject) => unknown;
  /** Which version a subset is. */
  subset?: (stored: Stored, name: string) => Subset;
  /** Names without a share are heard in no request: by them targets are made known, long before they get any. */
  announces?: true;
  /** Versions that are known where requests may be led to them, if that is said elsewhere than in the rules. */
  known?: (stored: Stored) => string[];
  /** What every Service of a version has to have as a label, and why. */
  serviceLabel?: { name: string; without: string };
  /** Who takes it up; absent: nobody says anything. */
  taker?: Taker;
}

/** A version, or that no version is meant by the name. */
export type Subset = { hash: string } | 'Nobody';

export interface Taker {
  /** The kinds that it reports on. */
  kinds: readonly string[];
  /** It always says something: what it has not heard of does not count. */
  always?: true;
  status: (object: KubeObject, verdict: Verdict) => Record<string, unknown>;
  /** Whether what is stored is in force, by its status. */
  hasTaken: (object: KubeObject) => boolean;
  /** Why what is stored cannot be taken up. */
  refusal?: (object: KubeObject, stored: Stored) => string | undefined;
}

/** Drawn for a scenario. */
export interface RouteWays<Name extends string = string> {
  by: Name;
  /** The user's, the route first. */
  objects: KubeObject[];
}

/** A label and an annotation that people write half way, and that stay. */
export const EDITED = 'shop.example.com/edited';

export const HOST = 'shop.example.com';

/** `/` leads to Service web; the others to it or to another. */
export const PATHS = ['/', '/api/orders', '/docs/index'] as const;

export function metadataOf(more: object = {}): KubeObject['metadata'] {
  return { name: 'web', namespace: 'shop', labels: { team: 'shop' }, ...more };
}

/** The user's, called `web`. */
export function objectOf(apiVersion: string, kind: string, spec: unknown): KubeObject {
  return { apiVersion, kind, metadata: metadataOf(), spec };
}

interface Weighted {
  service: string;
  weight: number;
  cookie?: string | undefined;
  subset?: true | undefined;
}

/** Each with its percent of the whole. */
export function sharesBy(all: readonly Weighted[]): Share[] {
  const total = all.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return [];
  return all.map(({ service, weight, cookie, subset }) => ({
    service,
    percent: (weight * 100) / total,
    ...(cookie !== undefined && { cookie }),
    ...(subset && { subset }),
  }));
}

/** The Service of a host of the namespace: short, or with what comes after it. */
export function serviceOfHost(host: string): string {
  return host.split('.')[0] ?? '';
}
