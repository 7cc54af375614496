/**
 * VirtualServices of Istio that hand requests over to others: pure. Written from the reference of networking.istio.io/v1
 * (HTTPRoute `delegate`, Delegate, VirtualService `exportTo`): who has no hosts is a delegate and routes nothing by
 * itself; its rules stand in the place of the rule that hands over, and one whose match is not within that of the rule
 * takes no effect. What the reference leaves open is as Istio's control plane has it: what is within, and that a rule of
 * the delegate has all the fields of the other that it does not have itself.
 */
import type { KubeObject } from '../../api/object.ts';
import { keyOf, specOf } from './objects.ts';
import type { CompiledRoute } from './route.ts';
import type {
  Destination,
  HttpRoute,
  MatchRequest,
  StringMatch,
  VirtualServiceSpec,
} from './virtual-service-spec.ts';
import { compileVirtualService } from './virtual-service.ts';

/** Of those with hosts, each with the rules of its delegates. */
export function compileVirtualServices(objects: readonly KubeObject[]): CompiledRoute[] {
  const delegates = new Map(objects.filter(isDelegate).map((one) => [keyOf(one), one]));
  return objects
    .filter((object) => !isDelegate(object))
    .map((object) => {
      const unheeded: string[] = [];
      const { http = [] } = specOf<VirtualServiceSpec>(object);
      const rules = http.flatMap((rule, index) => {
        if (!rule.delegate || rule.route || rule.redirect) return [rule];
        const from = { rule, at: `http[${index}]`, root: object };
        return handedOver(from, delegates, (message) => unheeded.push(message));
      });
      const route = compileVirtualService(object, rules);
      return unheeded.length > 0 ? { ...route, unheeded: unheeded.join('; ') } : route;
    });
}

function isDelegate(object: KubeObject): boolean {
  return (specOf<VirtualServiceSpec>(object).hosts ?? []).length === 0;
}

interface HandingOver {
  rule: HttpRoute;
  /** `http[0]` */
  at: string;
  root: KubeObject;
}

function handedOver(
  { rule, at, root }: HandingOver,
  delegates: ReadonlyMap<string, KubeObject>,
  tell: (message: string) => void,
): HttpRoute[] {
  const own = root.metadata.namespace ?? '';
  const { name = '', namespace } = rule.delegate ?? {};
  const key = `${namespace || own}/${name}`;
  const delegate = delegates.get(key);
  if (!delegate) tell(`${at}.delegate: there is no VirtualService ${key} without hosts`);
  else if (!isVisible(delegate, own)) tell(`${at}.delegate: ${key} is not exported to ${own}`);
  else
    return (specOf<VirtualServiceSpec>(delegate).http ?? []).flatMap((one, index) => {
      const rules = within(rule, one, delegate.metadata.namespace ?? '');
      if (rules.length === 0)
        tell(`${at}.delegate: match of http[${index}] in ${key} is not within that of ${at}`);
      return rules;
    });
  return [];
}

function isVisible(delegate: KubeObject, namespace: string): boolean {
  const { exportTo = [] } = specOf<VirtualServiceSpec>(delegate);
  const own = delegate.metadata.namespace === namespace;
  return (
    exportTo.length === 0 ||
    exportTo.some((to) => to === '*' || to === namespace || (to === '.' && own))
  );
}

/** None where a match asks for what the root does not hand over: that holds for the whole rule. */
function within(root: HttpRoute, own: HttpRoute, namespace: string): HttpRoute[] {
  const match = matchesWithin(root.match ?? [], own.match ?? []);
  const { delegate: _, ...inherited } = root;
  return match ? [{ ...inherited, ...ofNamespace(own, namespace), match }] : [];
}

function matchesWithin(
  root: readonly MatchRequest[],
  own: readonly MatchRequest[],
): MatchRequest[] | undefined {
  if (root.length === 0) return [...own];
  if (own.length === 0) return [...root];
  const found = own.map((one) => root.filter((other) => isWithin(one, other)));
  if (found.some(({ length }) => length === 0)) return undefined;
  return own.flatMap((one, i) => (found[i] ?? []).map((other) => both(other, one)));
}

const SINGLE = ['uri', 'method', 'authority'] as const;
const NAMED = ['headers', 'withoutHeaders', 'queryParams'] as const;

function isWithin(own: MatchRequest, root: MatchRequest): boolean {
  return (
    SINGLE.every((field) => isPart(own[field], root[field])) &&
    NAMED.every((field) =>
      Object.entries(own[field] ?? {}).every(([name, value]) => isPart(value, root[field]?.[name])),
    ) &&
    Boolean(own.ignoreUriCase) === Boolean(root.ignoreUriCase)
  );
}

/** Of two that ask for one thing no pattern is within another demand, nor another within a pattern. */
function isPart(own: StringMatch | undefined, root: StringMatch | undefined): boolean {
  if (!own || !root) return true;
  if (root.exact) return own.exact === root.exact;
  const start = own.exact || own.prefix;
  return Boolean(root.prefix && start?.startsWith(root.prefix));
}

function both(root: MatchRequest, own: MatchRequest): MatchRequest {
  const named = NAMED.filter((field) => root[field] && own[field]);
  return {
    ...root,
    ...own,
    ...Object.fromEntries(named.map((field) => [field, { ...root[field], ...own[field] }])),
  };
}

/** Short hosts are of the namespace of the rule that names them, which the root's need not be. */
function ofNamespace(rule: HttpRoute, namespace: string): HttpRoute {
  const long = <T extends Destination>(to: T): T =>
    to.host.includes('.') ? to : { ...to, host: `${to.host}.${namespace}` };
  const { route, mirror } = rule;
  return {
    ...rule,
    ...(mirror && { mirror: long(mirror) }),
    ...(route && {
      route: route.map((one) => ({ ...one, destination: long(one.destination) })),
    }),
  };
}
