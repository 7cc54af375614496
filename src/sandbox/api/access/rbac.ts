/** Who may do what: Roles, ClusterRoles and their bindings, as the server's own authorizer reads them. */
import type { KubeObject } from '../../../api/object.ts';
import type { UserInfo } from '../backend.ts';
import { listAt, objectsAt, textAt, type Fields } from '../schema.ts';
import { StatusError } from '../status.ts';
import type { Store } from '../store.ts';

/** A request as rules see it. */
export interface Attributes {
  verb: string;
  group: string;
  resource: string;
  subresource: string;
  name: string;
  /** '' across namespaces or without one. */
  namespace: string;
  /** Set instead of a resource: `/healthz`. */
  path?: string;
}

interface Grant {
  /** Undefined: everywhere. */
  namespace: string | undefined;
  rules: Fields[];
}

const STORAGE = {
  roles: 'rbac.authorization.k8s.io/roles',
  clusterRoles: 'rbac.authorization.k8s.io/clusterroles',
  bindings: 'rbac.authorization.k8s.io/rolebindings',
  clusterBindings: 'rbac.authorization.k8s.io/clusterrolebindings',
};

export class Authorizer {
  readonly #store: Store;
  /** Grants by user and groups, forgotten when any RBAC object changes. */
  readonly #grants = new Map<string, Grant[]>();

  constructor(store: Store) {
    this.#store = store;
    const watched = new Set(Object.values(STORAGE));
    store.onChange((event) => {
      if (watched.has(event.storage)) this.#grants.clear();
    });
  }

  allows(user: UserInfo, attributes: Attributes): boolean {
    if (user.groups.includes('system:masters')) return true;
    return this.grantsOf(user).some(
      (grant) =>
        (grant.namespace === undefined ||
          (attributes.path === undefined && grant.namespace === attributes.namespace)) &&
        grant.rules.some((rule) => ruleAllows(rule, attributes)),
    );
  }

  /** Throws Forbidden, in words that tell which rule is missing. */
  require(user: UserInfo, attributes: Attributes): void {
    if (!this.allows(user, attributes)) throw refusal(user, attributes);
  }

  grantsOf(user: UserInfo): Grant[] {
    const key = JSON.stringify([user.username, user.groups]);
    let grants = this.#grants.get(key);
    if (grants === undefined) {
      grants = this.#collect(user);
      this.#grants.set(key, grants);
    }
    return grants;
  }

  #collect(user: UserInfo): Grant[] {
    const bound = (binding: KubeObject) =>
      objectsAt(binding, 'subjects').some((subject) =>
        isSubject(subject, user, binding.metadata.namespace),
      );
    const everywhere = this.#store.list(STORAGE.clusterBindings).filter(bound);
    const somewhere = this.#store.list(STORAGE.bindings).filter(bound);
    return [
      ...everywhere.map((binding) => ({ namespace: undefined, rules: this.#rulesOf(binding) })),
      ...somewhere.map((binding) => ({
        namespace: binding.metadata.namespace,
        rules: this.#rulesOf(binding),
      })),
    ];
  }

  #rulesOf(binding: KubeObject): Fields[] {
    const name = textAt(binding, 'roleRef', 'name');
    const isCluster = textAt(binding, 'roleRef', 'kind') === 'ClusterRole';
    const role = isCluster
      ? this.#store.get(STORAGE.clusterRoles, '', name)
      : this.#store.get(STORAGE.roles, binding.metadata.namespace ?? '', name);
    return objectsAt(role, 'rules');
  }
}

function isSubject(subject: Fields, user: UserInfo, bindingNamespace: string | undefined): boolean {
  const name = textAt(subject, 'name');
  switch (subject['kind']) {
    case 'User':
      return name === '*' || name === user.username;
    case 'Group':
      return user.groups.includes(name);
    case 'ServiceAccount': {
      const namespace = textAt(subject, 'namespace') || (bindingNamespace ?? '');
      return user.username === `system:serviceaccount:${namespace}:${name}`;
    }
    default:
      return false;
  }
}

function has(rule: Fields, member: string, ...wanted: string[]): boolean {
  return listAt(rule, member).some((value) => value === '*' || wanted.includes(String(value)));
}

function ruleAllows(rule: Fields, attributes: Attributes): boolean {
  if (!has(rule, 'verbs', attributes.verb)) return false;
  const { path } = attributes;
  if (path !== undefined)
    return listAt(rule, 'nonResourceURLs').some((url) => {
      const text = String(url);
      return text === path || (text.endsWith('*') && path.startsWith(text.slice(0, -1)));
    });
  const { resource, subresource } = attributes;
  const names = listAt(rule, 'resourceNames');
  const full = subresource === '' ? [resource] : [`${resource}/${subresource}`, `*/${subresource}`];
  return (
    has(rule, 'apiGroups', attributes.group) &&
    has(rule, 'resources', ...full) &&
    (names.length === 0 || names.includes(attributes.name))
  );
}

function refusal(user: UserInfo, attributes: Attributes): StatusError {
  const { verb, group, resource, subresource, name, namespace, path } = attributes;
  const who = `User ${JSON.stringify(user.username)}`;
  if (path !== undefined)
    return new StatusError(
      403,
      'Forbidden',
      `forbidden: ${who} cannot ${verb} path ${JSON.stringify(path)}`,
      {},
    );
  const full = subresource === '' ? resource : `${resource}/${subresource}`;
  const scope =
    namespace === '' ? 'at the cluster scope' : `in the namespace ${JSON.stringify(namespace)}`;
  const qualified = group === '' ? resource : `${resource}.${group}`;
  const subject = name === '' ? qualified : `${qualified} ${JSON.stringify(name)}`;
  const message = `${subject} is forbidden: ${who} cannot ${verb} resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${scope}`;
  return new StatusError(403, 'Forbidden', message, {
    ...(name === '' ? {} : { name }),
    ...(group === '' ? {} : { group }),
    kind: resource,
  });
}
