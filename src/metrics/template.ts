/** Puts the version into a query template. */
import { parseDuration } from '../api/duration.ts';
import type { VersionContext } from '../ports/metric-provider.ts';

type Variable =
  | 'namespace'
  | 'service'
  | 'versionService'
  | 'canary'
  | 'hash'
  | 'pods'
  | 'ips'
  | 'window'
  | 'seconds';

const VALUES: Record<Variable, (version: VersionContext) => string> = {
  namespace: (version) => quotable(version.namespace),
  service: (version) => quotable(version.service),
  versionService: (version) => quotable(versionService(version)),
  canary: (version) => quotable(canaryPattern(version)),
  hash: (version) => quotable(version.hash),
  pods: ({ pods }) => anyOf(pods.map(({ name }) => name)),
  ips: ({ pods }) => anyOf(pods.map(({ ip }) => ip).filter((ip) => ip !== '')),
  window: ({ window }) => promDuration(window),
  seconds: ({ window }) => String(Math.max(1, Math.round((parseDuration(window) ?? 0) / 1_000))),
};

/** Known variables. */
export const VARIABLES = Object.keys(VALUES);

/** No pod is called this, so that a pattern of no pods matches none instead of the empty label. */
const NO_POD = '-';
const VARIABLE = /\{\{\s*(\w+)\s*\}\}/g;

/**
 * The query for one version. `{{pods}}` becomes an alternation for `=~`, `web-1|web-2`; values are
 * escaped so that they stand in any of PromQL's quotes; `{{window}}` becomes a range PromQL reads
 * (it knows no `1.5s`). Unknown variables, which `checkProblems` refuses, stay as they are.
 */
export function renderQuery(template: string, version: VersionContext): string {
  return template.replace(VARIABLE, (written, name: string) =>
    isVariable(name) ? VALUES[name](version) : written,
  );
}

/** Of the Services that Segue makes for the length of a release. */
function versionService({ service, role }: VersionContext): string {
  return `${service}-${role.toLowerCase()}`;
}

/** What ingress-nginx writes into its label `canary`: the namespace, Service and port of the canary Ingress that
 * took a request, and nothing where none did. */
function canaryPattern(version: VersionContext): string {
  if (version.role === 'Stable') return '';
  return `${version.namespace}-${versionService(version)}-.+`;
}

function anyOf(names: readonly string[]): string {
  return quotable(names.map(regexLiteral).join('|') || NO_POD);
}

function isVariable(name: string): name is Variable {
  return Object.hasOwn(VALUES, name);
}

/** In a class rather than behind a backslash, which PromQL's quotes would need doubled. */
function regexLiteral(name: string): string {
  return name.replaceAll(/[.*+?()|{}[\]$]/g, '[$&]');
}

function quotable(value: string): string {
  return value.replaceAll(
    /[\\"'`\n]/g,
    (character) => String.raw`\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

function promDuration(window: string): string {
  if (/^\d+(ms|s|m|h)$/.test(window)) return window;
  const ms = parseDuration(window) ?? 0;
  return ms % 1_000 === 0 ? `${ms / 1_000}s` : `${ms}ms`;
}
