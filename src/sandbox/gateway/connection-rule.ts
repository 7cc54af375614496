/** Rules for whole connections, and which of them one falls under: pure. */
import { bySpecificity, hostMatches, intersectHostnames } from './hostnames.ts';
import type { Shares } from './shares.ts';

export interface ConnectionRule extends Shares {
  route: string;
  /** That clients of TLS ask for, '' for any of them; undefined: all connections, whatever they speak. */
  serverNames: string[] | undefined;
  /** Connections to other ports are none of its business. */
  port?: number | undefined;
  /** Of several that fit the greater one is taken, before the narrower name. */
  priority: number;
  /** The first in the object is taken, however narrow the names of others are. */
  inOrder?: true;
  /** In force where HTTP comes in, too, and before it. */
  besideHttp?: true;
  /** Backends without endpoints have no share; otherwise their share of connections is refused. */
  leavesOutEmpty?: true;
  /** What is wrong with it: connections that fall under it are refused. */
  problem: string | undefined;
  order: [createdAt: string, route: string, rule: number];
}

/** A rule where it is in force. */
export interface ConnectionMatch {
  serverName: string | undefined;
  rule: ConnectionRule;
}

/** @param hostnames of the listener, as far as the route has them too */
export function connectionMatches(
  rules: readonly ConnectionRule[],
  hostnames: readonly string[],
): ConnectionMatch[] {
  return rules.flatMap((rule): ConnectionMatch[] => {
    if (!rule.serverNames) return [{ serverName: undefined, rule }];
    const common = rule.serverNames.flatMap((name) =>
      hostnames.map((hostname) => intersectHostnames(hostname, name)),
    );
    return [...new Set(common)]
      .filter((serverName) => serverName !== undefined)
      .map((serverName) => ({ serverName, rule }));
  });
}

/** Sorts the match that goes first to the front. */
export function compareConnections(one: ConnectionMatch, other: ConnectionMatch): number {
  const [createdAt, route, rule] = one.rule.order;
  return (
    other.rule.priority - one.rule.priority ||
    bySpecificity(rankedName(one), rankedName(other)) ||
    createdAt.localeCompare(other.rule.order[0]) ||
    route.localeCompare(other.rule.order[1]) ||
    rule - other.rule.order[2]
  );
}

function rankedName({ serverName = '', rule }: ConnectionMatch): string {
  return rule.inOrder ? '' : serverName;
}

/** @param serverName that the client asks for, '' for none; undefined: it does not speak TLS */
export function findConnection(
  matches: readonly ConnectionMatch[],
  serverName: string | undefined,
): ConnectionRule | undefined {
  return matches.find(({ serverName: wanted }) =>
    wanted === undefined || serverName === undefined
      ? wanted === serverName
      : hostMatches(serverName, wanted),
  )?.rule;
}
