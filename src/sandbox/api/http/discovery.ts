/** What is served, told in the ways clients ask: group lists, resource lists, and all at once. */
import type { Registry } from '../registry.ts';
import { apiVersionOf, type Resource, type SubresourceInfo } from '../resource.ts';

type Json = Record<string, unknown>;

export const VERSION = {
  major: '1',
  minor: '34',
  emulationMajor: '1',
  emulationMinor: '34',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '33',
  gitVersion: 'v1.34.0',
  gitCommit: '0000000000000000000000000000000000000000',
  gitTreeState: 'clean',
  buildDate: '2025-08-27T10:00:00Z',
  goVersion: 'go1.24.6',
  compiler: 'gc',
  platform: 'linux/amd64',
};

export function coreVersions(serverAddress: string): Json {
  return {
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

export function groupList(registry: Registry): Json {
  return {
    kind: 'APIGroupList',
    apiVersion: 'v1',
    groups: registry.groups().map((group) => groupOf(registry, group)),
  };
}

function groupOf(registry: Registry, name: string): Json {
  const versions = registry
    .versions(name)
    .map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions, preferredVersion: versions[0] };
}

/** Undefined for a group nobody serves. */
export function oneGroup(registry: Registry, name: string): Json | undefined {
  if (registry.versions(name).length === 0) return undefined;
  return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(registry, name) };
}

/** The subresources of a resource, status and scale included. */
function subresourcesOf(resource: Resource): SubresourceInfo[] {
  const { group, version, kind } = resource;
  const change = ['get', 'patch', 'update'];
  const scale: SubresourceInfo = {
    name: 'scale',
    kind: 'Scale',
    group: 'autoscaling',
    version: 'v1',
    verbs: change,
  };
  const status: SubresourceInfo = { name: 'status', kind, group, version, verbs: change };
  const shared = [
    ...(resource.scale === undefined ? [] : [scale]),
    ...(resource.statusSubresource ? [status] : []),
  ];
  // Custom resources tell their status first.
  return [...resource.subresources, ...(resource.custom ? shared.toReversed() : shared)];
}

export function resourceList(registry: Registry, group: string, version: string): Json | undefined {
  const resources = registry.inVersion(group, version);
  if (resources.length === 0) return undefined;
  return {
    kind: 'APIResourceList',
    apiVersion: 'v1',
    groupVersion: group === '' ? version : `${group}/${version}`,
    resources: resources.flatMap(listEntries),
  };
}

function listEntries(resource: Resource): Json[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories } = resource;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames.length > 0 ? { shortNames } : {}),
      ...(categories.length > 0 ? { categories } : {}),
      storageVersionHash: storageHash(resource),
    },
    ...subresourcesOf(resource).map((sub) => ({
      name: `${plural}/${sub.name}`,
      singularName: '',
      namespaced,
      ...(sub.kind === kind ? {} : { group: sub.group, version: sub.version }),
      kind: sub.kind,
      verbs: sub.verbs,
    })),
  ];
}

function storageHash({ storage }: Resource): string {
  return Buffer.from(storage).toString('base64').slice(0, 11) + '=';
}

/** Aggregated discovery: of the core group, or of all others. */
export function aggregated(registry: Registry, groups: string[]): Json {
  return {
    kind: 'APIGroupDiscoveryList',
    apiVersion: 'apidiscovery.k8s.io/v2',
    metadata: {},
    items: groups.map((group) => ({
      metadata: { name: group, creationTimestamp: null },
      versions: registry.versions(group).map((version) => ({
        version,
        freshness: 'Current',
        resources: registry.inVersion(group, version).map(discoveryEntry),
      })),
    })),
  };
}

function discoveryEntry(resource: Resource): Json {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, group, version } =
    resource;
  const subresources = subresourcesOf(resource).map((sub) => ({
    subresource: sub.name,
    responseKind: { group: sub.group, version: sub.version, kind: sub.kind },
    verbs: sub.verbs,
  }));
  return {
    resource: plural,
    responseKind: { group, version, kind },
    scope: namespaced ? 'Namespaced' : 'Cluster',
    singularResource: singular,
    verbs,
    ...(shortNames.length > 0 ? { shortNames } : {}),
    ...(categories.length > 0 ? { categories } : {}),
    ...(subresources.length > 0 ? { subresources } : {}),
  };
}

/** `GET /`. */
export function rootPaths(registry: Registry): Json {
  const versions = registry
    .groups()
    .flatMap((group) => [
      `/apis/${group}`,
      ...registry.versions(group).map((version) => `/apis/${group}/${version}`),
    ]);
  const fixed = ['/healthz', '/livez', '/openapi/v2', '/openapi/v3', '/readyz', '/version'];
  return { paths: ['/api', '/api/v1', '/apis', ...versions, ...fixed].sort() };
}

/** Group versions as paths of `/openapi/v3`: `api/v1`, `apis/apps/v1`. */
export function groupVersionPaths(registry: Registry): Map<string, Resource[]> {
  const paths = new Map<string, Resource[]>();
  for (const resource of registry.all()) {
    const path = `${resource.group === '' ? 'api' : 'apis'}/${apiVersionOf(resource)}`;
    paths.set(path, [...(paths.get(path) ?? []), resource]);
  }
  return paths;
}
