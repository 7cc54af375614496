/** Which requests a rule of a route of the Gateway API takes. */
import type { KubeObject } from '../../api/object.ts';
import type { Place, RouteMatch } from './narrow.ts';
import type { RouteRule } from './request-rules.ts';

interface ParentRef {
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}

/** Of each parent and host, what each match asks for. */
export function takenBy({ matchesOf }: Place): (route: KubeObject, rule: RouteRule) => string[] {
  return (route, rule) => {
    const { parentRefs = [], hostnames = ['*'] } = (route['spec'] ?? {}) as {
      parentRefs?: ParentRef[];
      hostnames?: string[];
    };
    const { namespace = '' } = route.metadata;
    const wanted = matchesOf(rule).map(textOf);
    return parentRefs.flatMap((parent) =>
      hostnames.flatMap((host) =>
        wanted.map((match) => `${host} ${match} of ${parentText(parent, namespace)}`),
      ),
    );
  };
}

function parentText(
  { kind = 'Gateway', namespace, name, sectionName, port }: ParentRef,
  own: string,
): string {
  const where = [namespace ?? own, name].join('/');
  return [`${kind} ${where}`, sectionName, port].filter((part) => part !== undefined).join(' ');
}

/** With the server's defaults, whatever the order of what it asks for. */
function textOf({ path, method, headers = [], queryParams = [] }: RouteMatch): string {
  const { type = 'PathPrefix', value = '/' } = path ?? {};
  const demands = [...headers, ...queryParams].map((one) =>
    JSON.stringify([one.name.toLowerCase(), one['type'] ?? 'Exact', one['value']]),
  );
  const asked = [...(method ? [JSON.stringify(method)] : []), ...demands.toSorted()];
  return [`${type} ${value}`, ...asked].join(' ');
}
