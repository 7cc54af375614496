/**
 * Moves traffic between the stable and the candidate version. A router is a pure renderer: from
 * an intent and the objects observed it says what to write and what is in effect; the controller
 * writes. What a router cannot do it refuses in `check`, before anything is touched.
 */
import type { Writer } from '../api/last-writer.ts';
import type { KubeObject } from '../api/object.ts';
import type { GroupKind } from '../api/object.ts';
import type { Problem } from '../api/problem.ts';
import type { RequestRules } from '../api/request-match.ts';
import type { Write } from './write.ts';

export interface TrafficRouter {
  readonly name: string;
  readonly capabilities: RouterCapabilities;
  /** Kinds besides Service and EndpointSlice that must be watched for this router. */
  readonly kinds: GroupKind[];

  /** What stands in the way of routing this Service, asked before a release begins and while no
   * release is in progress. Empty: can be routed. */
  check(scope: RouterScope, objects: TrafficObjects): Problem[];

  /** A write to be tried before a release and not kept, where only the API server knows whether what is written later
   * would be stored as it is meant. Undefined where there is no doubt.
   * @param route the object that the config names, as it is stored */
  trial?(scope: RouterScope, route: KubeObject): Trial | undefined;

  /** What must be remembered to put everything back: small, JSON, taken before the first write. */
  capture(scope: RouterScope, objects: TrafficObjects): RouterJournal;

  /** The writes that are missing between what is observed and the intent. Empty when none are:
   * rendering after applying gives nothing. Only fields this router owns are written; every write
   * to an object that a user owns carries its resourceVersion. */
  render(intent: TrafficIntent, objects: TrafficObjects): Write[];

  /** What is in effect now, as far as it can be read back. */
  observe(intent: TrafficIntent, objects: TrafficObjects): RouteReading;

  /** Of a router whose controller says in Events, and nowhere else, how it fared with what was written. */
  readonly events?: RouteEvents;
}

export interface RouteEvents {
  /** Whose Events they are: the object that the config names. */
  of(config: Record<string, unknown>): { kind: GroupKind; name: string };
  /** Why what is stored, and would be accepted, does not count yet; undefined where it does.
   * @param route as it is stored
   * @param events all there are of it
   * @param nowMs since the epoch */
  waitsFor(route: KubeObject, events: readonly KubeObject[], nowMs: number): RouteWait | undefined;
}

export interface RouteWait {
  /** For people. */
  message: string;
  /** It was tried, and could not be taken up. */
  refused?: true;
}

export interface Trial {
  /** A JSON patch of that object. */
  body: unknown;
  /** What is wrong with it as it would be stored. */
  judge(stored: KubeObject): Problem[];
}

export interface RouterCapabilities {
  /** `Percent`: any share in whole percent. `AllOrNothing`: 0 or 100 only. */
  weights: 'Percent' | 'AllOrNothing';
  /** Whether the route goes through `<service>-stable` and `<service>-candidate`. */
  dedicatedServices: boolean;
  /** Its data plane has to know the Services, or subsets, of each version for the settle time before it can send them
   * anything: it names them while `dedicated` is set. */
  announces?: true;
  /** Labels that every Service of a version has to have, beside Segue's own. */
  serviceLabels?: Readonly<Record<string, string>>;
}

/** What a router looks after: fixed for the length of a release. */
export interface RouterScope {
  namespace: string;
  /** The user's Services, at least one. */
  services: string[];
  /** The router's own part of the policy, `{httpRoute: 'web'}` for the Gateway API. */
  config: Record<string, unknown>;
  /** Every match and mirror that an intent of this release may have. */
  rules: RequestRules[];
  /** Versions are led to by their Services, though the config names what has subsets: that is gone. By what is observed,
   * and neither the user's nor remembered. */
  withoutSubsets?: true;
}

export interface TrafficIntent extends RouterScope, RequestRules {
  /** `Service`: traffic goes to the user's own Service as the user wrote it, pins taken off and the
   * journalled fields put back. `Split`: the candidate gets `weight` percent, the stable the rest. */
  route: 'Service' | 'Split';
  /** Percent to the candidate, 0 to 100, of the requests that do not match; those that match all go
   * to the candidate; with `sticky`, of the users who have no version yet. Nothing matches, is mirrored
   * or sticks where the route is `Service`. */
  weight: number;
  /** The Services of each version are wanted: before the first `Split` and after the last one too, while the route is
   * `Service`. */
  dedicated?: boolean;
  stableHash: string;
  candidateHash: string;
  /** The label of pods that has those; `pod-template-hash` unless said. */
  versionLabel?: string;
  /** Who owns the objects that a router makes for the length of a release. */
  release?: { name: string; uid: string; policy: string };
  /** What `capture` gave before the first write of this release. */
  journal: RouterJournal;
}

export type RouterJournal = Record<string, unknown>;

export interface RouteReading {
  /** Where the route points now; `Other` when it is none of ours (somebody else wrote it). */
  route: 'Service' | 'Split' | 'Other';
  /** Percent to the candidate as stored, when `route` is `Split`. */
  weight?: number;
  /** Read back as far as this router allows: stored, and accepted by the data plane's controller at
   * this generation (or, for a selector, the endpoints follow it). A settle time comes on top. */
  accepted: boolean;
  /** Of a router that announces: whether the object names the Services, or subsets, of each version. Left out where
   * requests are led there though it does not. */
  named?: boolean;
  /** What it was told beside the route, to lead to the versions by, is still there. */
  left?: boolean;
  /** The object that routes is gone: no traffic goes through it, so none can be moved back. */
  missing?: boolean;
  /** Who else wrote the object that routes, last, where that is known. */
  by?: Writer;
  /** Nobody has written it since Segue did, by this controller or another one. */
  own?: true;
  /** Ready endpoints behind the user's Service, over several the fewest, where its pods share the
   * traffic. */
  endpoints?: number;
  /** What of it this router writes, and others should leave alone: `spec.selector of Service web`. */
  writes?: string;
  /** What it waits for or why it cannot work, for people: `HTTPRoute web: not accepted: …`. */
  message: string;
}

/** Read access to the policy's namespace, from caches. */
export interface TrafficObjects {
  /** Whether the API server has the kind at all. */
  serves(kind: GroupKind): boolean;
  /** Why the kind may not be read: what there is of it is not known. Undefined where it may. */
  refusal(kind: GroupKind): string | undefined;
  get(kind: GroupKind, name: string): KubeObject | undefined;
  /** All of the kind, where it is one that a router watches. */
  list(kind: GroupKind): KubeObject[];
  /** The EndpointSlices of a Service, discovery.k8s.io/v1 or v1beta1 as the server has them. */
  endpointSlices(service: string): KubeObject[];
}
