/**
 * A GRPCRoute made ready to route by: pure. Written from the reference of the Gateway API: requests of gRPC only, the
 * longer name of a service goes first, then that of a method, then the number of headers.
 */
import type { KubeObject } from '../../api/object.ts';
import { isGrpc } from './incoming.ts';
import { headerTest, type Match, type RequestView } from './match.ts';
import { type GrpcMatchSpec, type RuleSpec, specOf } from './objects.ts';
import { compileRule, type CompiledRoute, emptyRoute } from './route.ts';

type GrpcRuleSpec = Omit<RuleSpec, 'matches'> & { matches?: GrpcMatchSpec[] };

export function compileGrpcRoute(object: KubeObject): CompiledRoute {
  const route = emptyRoute(object);
  const { rules = [{}] } = specOf<{ rules?: GrpcRuleSpec[] }>(object);
  const createdAt = object.metadata.creationTimestamp ?? '';
  rules.forEach(({ matches, ...spec }, index) => {
    const rule = compileRule(spec, route);
    for (const to of [...rule.backends, ...rule.filters.mirrors]) to.http2 = true;
    for (const match of matchesOf(matches, route))
      route.matches.push({ ...match, rule, order: [createdAt, route.key, index] });
  });
  return route;
}

function matchesOf(specs: GrpcMatchSpec[] | undefined, route: CompiledRoute): Match[] {
  try {
    return (specs?.length ? specs : [{}]).map(compileMatch);
  } catch (error) {
    route.problem = (error as Error).message;
    return [];
  }
}

/** Before what HTTPRoutes ask for: on a Service the more special kind of route has the request. */
const BEFORE_HTTP = 3;

function compileMatch({ method: call = {}, headers = [] }: GrpcMatchSpec): Match {
  const { type = 'Exact', service = '', method = '' } = call;
  const tests = [callTest(type, service, method), ...headers.map(headerTest)];
  return {
    prefix: undefined,
    rank: {
      pathType: BEFORE_HTTP,
      pathLength: service.length,
      method: method.length,
      headers: headers.length,
      queryParams: 0,
    },
    test: (request) => isGrpc(request.headers) && tests.every((test) => test(request)),
  };
}

/** The path of a request of gRPC is `/service/method`. */
function callTest(type: string, service: string, method: string) {
  const isService = nameTest(type, service);
  const isMethod = nameTest(type, method);
  return ({ path }: RequestView): boolean => {
    const [, ofService = '', ofMethod = ''] = path.split('/');
    return isService(ofService) && isMethod(ofMethod);
  };
}

/** '' takes any. */
function nameTest(type: string, wanted: string): (actual: string) => boolean {
  if (wanted === '') return () => true;
  if (type === 'Exact') return (actual) => actual === wanted;
  if (type !== 'RegularExpression') throw new Error(`method match type ${type} is not supported`);
  const pattern = new RegExp(`^(?:${wanted})$`);
  return (actual) => pattern.test(actual);
}
