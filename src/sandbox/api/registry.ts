/** All resources served at this moment; custom ones come and go. */
import type { Resource } from './resource.ts';

export class Registry {
  readonly #byPath = new Map<string, Resource>();
  /** The order in which versions of a group are preferred, newest first. */
  readonly #versions = new Map<string, string[]>();

  add(resource: Resource): void {
    const { group, version, plural } = resource;
    this.#byPath.set(`${group}/${version}/${plural}`, resource);
    const versions = this.#versions.get(group) ?? [];
    if (!versions.includes(version)) versions.push(version);
    this.#versions.set(group, versions.sort(compareVersions));
  }

  /** Takes all versions of a custom resource away. */
  removeStorage(storage: string): void {
    for (const [path, resource] of this.#byPath)
      if (resource.storage === storage && resource.custom) this.#byPath.delete(path);
    const served = new Set(this.all().map(({ group, version }) => `${group}/${version}`));
    for (const [group, versions] of this.#versions) {
      const left = versions.filter((version) => served.has(`${group}/${version}`));
      if (left.length === 0) this.#versions.delete(group);
      else this.#versions.set(group, left);
    }
  }

  find(group: string, version: string, plural: string): Resource | undefined {
    return this.#byPath.get(`${group}/${version}/${plural}`);
  }

  /** The kind in its preferred version, or in the one asked for. */
  findKind(group: string, kind: string, version?: string): Resource | undefined {
    const found = this.all().filter(
      (one) => one.group === group && one.kind === kind && one.version === (version ?? one.version),
    );
    return found.sort((a, b) => compareVersions(a.version, b.version))[0];
  }

  /** Any resource that stores its objects there. */
  findStorage(storage: string): Resource | undefined {
    return this.all().find((one) => one.storage === storage);
  }

  all(): Resource[] {
    return [...this.#byPath.values()];
  }

  groups(): string[] {
    return [...this.#versions.keys()].filter((group) => group !== '');
  }

  versions(group: string): string[] {
    return this.#versions.get(group) ?? [];
  }

  /** The core group, and those with a version. */
  serves(group: string): boolean {
    return group === '' || this.#versions.has(group);
  }

  inVersion(group: string, version: string): Resource[] {
    return this.all().filter((one) => one.group === group && one.version === version);
  }
}

const STAGES = ['alpha', 'beta', ''];

/** Kubernetes' order: v2, v1, v1beta2, v1beta1, v1alpha1, then anything else by name. */
function compareVersions(a: string, b: string): number {
  const left = rank(a);
  const right = rank(b);
  if (left === undefined || right === undefined)
    return left === right ? a.localeCompare(b) : left === undefined ? 1 : -1;
  for (const [i, value] of left.entries()) {
    const difference = (right[i] ?? 0) - value;
    if (difference !== 0) return difference;
  }
  return 0;
}

function rank(version: string): number[] | undefined {
  const match = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (match === null) return undefined;
  return [STAGES.indexOf(match[2] ?? ''), Number(match[1]), Number(match[3] ?? 0)];
}
