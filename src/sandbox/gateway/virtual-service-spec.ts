/** What the gateway reads of an Istio VirtualService. */

/** Exactly one of them; none: the thing is there. */
export interface StringMatch {
  exact?: string;
  prefix?: string;
  regex?: string;
}

export interface MatchRequest {
  name?: string;
  uri?: StringMatch;
  method?: StringMatch;
  authority?: StringMatch;
  headers?: Record<string, StringMatch>;
  withoutHeaders?: Record<string, StringMatch>;
  queryParams?: Record<string, StringMatch>;
  ignoreUriCase?: boolean;
  [key: string]: unknown;
}

export interface Operations {
  set?: Record<string, string>;
  add?: Record<string, string>;
  remove?: string[];
}

export interface HeaderOperations {
  request?: Operations;
  response?: Operations;
}

export interface Destination {
  host: string;
  subset?: string;
  port?: { number?: number };
}

export interface RouteDestination {
  destination: Destination;
  weight?: number;
  headers?: HeaderOperations;
}

export interface HttpRoute {
  match?: MatchRequest[];
  delegate?: { name?: string; namespace?: string };
  route?: RouteDestination[];
  redirect?: { uri?: string; authority?: string; port?: number; redirectCode?: number };
  rewrite?: { uri?: string; authority?: string };
  mirror?: Destination;
  mirrorPercentage?: { value?: number };
  headers?: HeaderOperations;
  timeout?: string;
  [key: string]: unknown;
}

export interface VirtualServiceSpec {
  hosts?: string[];
  gateways?: string[];
  exportTo?: string[];
  http?: HttpRoute[];
}
