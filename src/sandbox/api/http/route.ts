/** Reads what a path and a method ask for. */

export interface ResourceRoute {
  group: string;
  version: string;
  /** '' for none or all. */
  namespace: string;
  plural: string;
  name: string;
  subresource: string;
}

/** Undefined for paths that are not of resources. */
export function resourceRoute(path: string): ResourceRoute | undefined {
  const parts = path
    .split('/')
    .filter((part) => part !== '')
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  if (root !== 'api' && root !== 'apis') return undefined;
  const [group = '', version = '', ...after] = root === 'api' ? ['', ...rest] : rest;
  if (after.length === 0) return undefined;
  return { group, version, ...placeOf(group, after) };
}

function placeOf(group: string, after: string[]) {
  const isInNamespace =
    after[0] === 'namespaces' && after.length > 2 && !isNamespaceSubresource(group, after);
  const [namespace = '', ...own] = isInNamespace ? after.slice(1) : ['', ...after];
  const [plural = '', name = '', subresource = ''] = own;
  return { namespace, plural, name, subresource };
}

function isNamespaceSubresource(group: string, after: string[]): boolean {
  return group === '' && after.length === 3 && ['status', 'finalize'].includes(after[2] ?? '');
}

/** The verb of RBAC. */
export function verbOf(method: string, route: ResourceRoute, query: URLSearchParams): string {
  const isWatch = ['true', '1'].includes(query.get('watch') ?? '');
  switch (method) {
    case 'GET':
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
