/** Filters of an HTTPRoute: checked once when a route changes, applied to each request. */
import type { FilterSpec, HeaderModifier, PathModifier, RedirectSpec } from './objects.ts';

export type Headers = Record<string, string | string[] | undefined>;

export interface Filters {
  request: HeaderModifier[];
  response: HeaderModifier[];
  redirect: RedirectSpec | undefined;
  rewrite: { hostname?: string; path?: PathModifier } | undefined;
  /** Services that get copies, as `namespace/name` and port, and of what share of the requests. */
  mirrors: { service: string; port: number | string; share: number; http2?: boolean }[];
}

/** Throws an Error that names the filter that is not supported. */
export function compileFilters(specs: FilterSpec[] | undefined, namespace: string): Filters {
  const filters: Filters = {
    request: [],
    response: [],
    redirect: undefined,
    rewrite: undefined,
    mirrors: [],
  };
  for (const spec of specs ?? []) addFilter(filters, spec, namespace);
  return filters;
}

function addFilter(filters: Filters, spec: FilterSpec, namespace: string): void {
  const known = ADDERS[spec.type];
  if (!known) throw new Error(`filter ${spec.type} is not supported by the sandbox gateway`);
  known(filters, spec, namespace);
}

const ADDERS: Record<string, typeof addFilter> = {
  RequestHeaderModifier: ({ request }, { requestHeaderModifier }) => {
    request.push(requestHeaderModifier ?? {});
  },
  ResponseHeaderModifier: ({ response }, { responseHeaderModifier }) => {
    response.push(responseHeaderModifier ?? {});
  },
  RequestRedirect: (filters, { requestRedirect = {} }) => {
    filters.redirect = requestRedirect;
  },
  URLRewrite: (filters, { urlRewrite = {} }) => {
    filters.rewrite = urlRewrite;
  },
  RequestMirror: ({ mirrors }, { requestMirror }, namespace) => {
    const { name = '', port = 0, namespace: other = namespace } = requestMirror?.backendRef ?? {};
    // As for backendRefs: nothing of another namespace without its leave.
    if (other !== namespace)
      throw new Error(`RequestMirror to another namespace: ${other}/${name}`);
    mirrors.push({ service: `${other}/${name}`, port, share: shareOf(requestMirror) });
  },
};

/** All requests where nothing is said. */
function shareOf({
  percent,
  fraction,
}: Partial<NonNullable<FilterSpec['requestMirror']>> = {}): number {
  if (fraction) return fraction.numerator / (fraction.denominator ?? 100);
  return (percent ?? 100) / 100;
}

export function modifyHeaders(headers: Headers, modifiers: HeaderModifier[]): void {
  for (const { set = [], add = [], remove = [] } of modifiers) {
    for (const { name, value } of set) headers[name.toLowerCase()] = value;
    for (const { name, value } of add) {
      const key = name.toLowerCase();
      const old = headers[key];
      headers[key] = old === undefined ? value : [old, value].flat();
    }
    for (const name of remove) delete headers[name.toLowerCase()];
  }
}

/** The path after a rewrite; `prefix` is what the rule matched, where it matched a prefix. */
export function rewritePath(
  path: string,
  modifier: PathModifier | undefined,
  prefix: string | undefined,
): string {
  if (modifier?.type === 'ReplaceFullPath') return modifier.replaceFullPath || '/';
  if (modifier?.type !== 'ReplacePrefixMatch' || prefix === undefined) return path;
  const rest = path.slice(prefix.replace(/\/+$/, '').length).replace(/^\/+/, '');
  const base = (modifier.replacePrefixMatch ?? '').replace(/\/+$/, '');
  return rest === '' ? base || '/' : `${base}/${rest}`;
}

export interface RedirectedRequest {
  host: string;
  port: number;
  path: string;
  search: string;
  prefix: string | undefined;
}

/** Status and Location of a redirect. */
export function redirectOf(
  redirect: RedirectSpec,
  { host, port, path, search, prefix }: RedirectedRequest,
): { code: number; location: string } {
  const scheme = redirect.scheme ?? 'http';
  const wellKnown = scheme === 'https' ? 443 : 80;
  const to = redirect.port ?? (redirect.scheme ? wellKnown : port);
  const suffix = to === wellKnown ? '' : `:${to}`;
  const target = rewritePath(path, redirect.path, prefix);
  const location = `${scheme}://${redirect.hostname ?? host}${suffix}${target}${search}`;
  return { code: redirect.statusCode ?? 302, location };
}
