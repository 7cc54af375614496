/** Which requests, or connections, a rule of a route of the Gateway API takes. */
import type { KubeObject } from '../../api/object.ts';
import type { HeaderMatch, Place, RouteMatch } from './narrow.ts';
import type { RouteRule } from './request-rules.ts';

interface ParentRef {
  kind?: string;
  namespace?: string;
  name: string;
  sectionName?: string;
  port?: number;
}

interface Takes {
  takes: (route: KubeObject, rule: RouteRule) => string[];
  takenAs: (route: KubeObject, rule: RouteRule) => string[];
}

/** Of each parent and host, what each match asks for. */
export function takenBy({ matchesOf }: Place): Takes {
  return takenAt((rule) => matchesOf(rule).map(textOf));
}

/** Of each parent, and host where it has some: its rules tell none from others. */
export const connectionsTaken: Takes = takenAt(() => ['connections']);

function takenAt(wanted: (rule: RouteRule) => string[]): Takes {
  const textsAt =
    (of: (parent: ParentRef) => ParentRef[]) =>
    (route: KubeObject, rule: RouteRule): string[] => {
      const { parentRefs = [], hostnames = ['*'] } = (route['spec'] ?? {}) as {
        parentRefs?: ParentRef[];
        hostnames?: string[];
      };
      const { namespace = '' } = route.metadata;
      return parentRefs
        .flatMap(of)
        .flatMap((parent) =>
          hostnames.flatMap((host) =>
            wanted(rule).map((what) => `${host} ${what} of ${parentText(parent, namespace)}`),
          ),
        );
    };
  return { takes: textsAt((parent) => [parent]), takenAs: textsAt(withWhole) };
}

/** Who is on a parent as a whole has what comes by one of its listeners or ports too. */
function withWhole({ sectionName, port, ...whole }: ParentRef): ParentRef[] {
  const section = sectionName === undefined ? [] : [{ sectionName }];
  const ports = port === undefined ? [] : [{ port }];
  const both = section.flatMap((one) => ports.map((other) => ({ ...one, ...other })));
  return [{}, ...section, ...ports, ...both].map((part) => ({ ...whole, ...part }));
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
  const demand = ({ name, type: by = 'Exact', value: of }: HeaderMatch) => [name, by, of];
  const demands = [
    ...headers.map((one) => demand({ ...one, name: one.name.toLowerCase() })),
    ...queryParams.map((one) => ['query', ...demand(one)]),
  ].map((one) => JSON.stringify(one));
  const asked = [...(method ? [JSON.stringify(method)] : []), ...demands.toSorted()];
  return [`${type} ${value}`, ...asked].join(' ');
}
