/** Reads what a path and a method ask for. */

export interface ResourceRoute {
  group: string;
  version: string;
  /** '' for none or all. */
  namespace: string;
  plural: string;
  name: string;
  subresource: string;
  /** What follows a subresource, for proxies. */
  rest: string;
}

/** Undefined for paths that are not of resources. */
export function resourceRoute(path: string): ResourceRoute | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  let group = '';
  let rest: string[];
  if (parts[0] === 'api') rest = parts.slice(1);
  else if (parts[0] === 'apis') {
    group = parts[1] ?? '';
    rest = parts.slice(2);
  } else return undefined;
  const [version, ...after] = rest;
  if (version === undefined || after.length === 0) return undefined;
  const isInNamespace =
    after[0] === 'namespaces' && after.length > 2 && !isNamespaceSubresource(group, after);
  const namespace = isInNamespace ? (after[1] ?? '') : '';
  const [plural = '', name = '', subresource = '', ...more] = isInNamespace
    ? after.slice(2)
    : after;
  return { group, version, namespace, plural, name, subresource, rest: more.join('/') };
}

function isNamespaceSubresource(group: string, after: string[]): boolean {
  return group === '' && after.length === 3 && ['status', 'finalize'].includes(after[2] ?? '');
}

/** The verb of RBAC. */
export function verbOf(method: string, route: ResourceRoute, query: URLSearchParams): string {
  const isWatch = ['true', '1'].includes(query.get('watch') ?? '');
  switch (method) {
    case 'GET':
    case 'HEAD':
      if (route.name !== '') return 'get';
      return isWatch ? 'watch' : 'list';
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return route.name === '' ? 'deletecollection' : 'delete';
    default:
      return method.toLowerCase();
  }
}
