/** Paths and queries of the Kubernetes API, and how requests are named in messages. */
import { FIELD_MANAGER } from '../api/group.ts';
import type { ListOptions, ServedResource, WriteOptions } from '../ports/kube.ts';

export type Query = Record<string, string | number | boolean | undefined>;

/** `/apis/apps/v1/namespaces/shop/deployments/web/status`; without a name, the collection. */
export function resourcePath(
  resource: ServedResource,
  at: { namespace?: string | undefined; name?: string; subresource?: string | undefined },
): string {
  const root = resource.group === '' ? '/api' : '/apis';
  const inNamespace =
    resource.namespaced && at.namespace ? `/namespaces/${encodeURIComponent(at.namespace)}` : '';
  const object = at.name === undefined ? '' : `/${encodeURIComponent(at.name)}`;
  const sub = at.subresource ? `/${at.subresource}` : '';
  return `${root}/${resource.apiVersion}${inNamespace}/${resource.resource}${object}${sub}`;
}

/** `?a=1&b=2` of the parameters that are set, or nothing. */
export function queryText(query: Query): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined && value !== '') parameters.set(name, String(value));
  const text = parameters.toString();
  return text === '' ? '' : `?${text}`;
}

export function writeQuery(options: WriteOptions | undefined, writesAs = FIELD_MANAGER): Query {
  return {
    fieldManager: options?.fieldManager ?? writesAs,
    dryRun: options?.dryRun ? 'All' : undefined,
  };
}

export function selectorQuery(options: ListOptions | undefined): Query {
  return { labelSelector: options?.labelSelector, fieldSelector: options?.fieldSelector };
}

/** `PATCH deployments.apps shop/web`, for messages. */
export function requestName(
  method: string,
  kind: { group: string; kind: string; resource?: string },
  object: {
    namespace?: string | undefined;
    name?: string;
    subresource?: string | undefined;
  } = {},
): string {
  const plural = kind.resource ?? kind.kind;
  const parts = [method, kind.group === '' ? plural : `${plural}.${kind.group}`];
  const { namespace, name, subresource } = object;
  if (namespace || name) parts.push([namespace, name ?? '*'].filter(Boolean).join('/'));
  if (subresource) parts.push(`(${subresource})`);
  return parts.join(' ');
}
