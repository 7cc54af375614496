/** The folder of a pod on this machine: one root for each container, with its volumes in place. */
import { existsSync, lstatSync } from 'node:fs';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, normalize } from 'node:path';
import type {
  ConfigMapVolumeSource,
  Container,
  KeyToPath,
  SecretVolumeSource,
  Volume,
} from 'kubernetes-types/core/v1.js';
import type { KubeObject } from '../../api/object.ts';
import { uidOf, type PodObject } from './pod.ts';

/** Reads a ConfigMap or Secret of the pod's namespace. */
export type ReadConfig = (
  kind: 'ConfigMap' | 'Secret',
  name: string,
) => Promise<KubeObject | undefined>;

interface PodFolderDeps {
  /** Where the folders of all pods are. */
  parent: string;
  read: ReadConfig;
}

/** Volumes are filled once, when the pod starts. */
export class PodFolder {
  readonly #pod: PodObject;
  readonly #deps: PodFolderDeps;
  readonly #path: string;

  constructor(pod: PodObject, deps: PodFolderDeps) {
    this.#pod = pod;
    this.#deps = deps;
    this.#path = join(deps.parent, uidOf(pod));
  }

  /** Makes the root of a container; throws an Error that names the volume that cannot be had. */
  async rootOf({ name, volumeMounts = [] }: Container): Promise<string> {
    const root = join(this.#path, 'containers', name);
    await mkdir(join(root, 'tmp'), { recursive: true });
    for (const mount of volumeMounts) {
      const volume = await this.#volume(mount.name);
      const from = mount.subPath ? inside(volume, mount.subPath) : volume;
      if (mount.subPath && !existsSync(from)) await mkdir(from, { recursive: true });
      const to = inside(root, mount.mountPath);
      if (isThere(to)) continue;
      await mkdir(dirname(to), { recursive: true });
      await symlink(from, to);
    }
    return root;
  }

  async remove(): Promise<void> {
    await rm(this.#path, { recursive: true, force: true });
  }

  async #volume(name: string): Promise<string> {
    const volume = (this.#pod.spec?.volumes ?? []).find((one) => one.name === name);
    if (!volume) throw new Error(`volume "${name}" is not in spec.volumes`);
    if (volume.hostPath) return volume.hostPath.path;
    const path = join(this.#path, 'volumes', name);
    if (existsSync(path)) return path;
    const files = await filesOf(volume, this.#deps);
    await mkdir(path, { recursive: true });
    for (const [file, content] of files) {
      const to = inside(path, file);
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, content, { mode: 0o600 });
    }
    return path;
  }
}

/** `..` leads out of nothing. */
function inside(root: string, path: string): string {
  return join(root, normalize(`/${path}`));
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

type Files = Map<string, Buffer>;

async function filesOf(volume: Volume, { read }: PodFolderDeps): Promise<Files> {
  const { configMap, secret, emptyDir, projected } = volume;
  if (emptyDir) return new Map();
  if (configMap) return sourceFiles('ConfigMap', configMap, read);
  if (secret) return sourceFiles('Secret', { ...secret, name: secret.secretName }, read);
  const files: Files = new Map();
  for (const source of projected?.sources ?? []) {
    const one = source.configMap ?? source.secret;
    if (!one) throw unsupported(volume.name, Object.keys(source).join());
    const kind = source.configMap ? 'ConfigMap' : 'Secret';
    for (const [file, content] of await sourceFiles(kind, one, read)) files.set(file, content);
  }
  if (!projected) throw unsupported(volume.name, kindOf(volume));
  return files;
}

function kindOf(volume: Volume): string {
  return Object.keys(volume).find((field) => field !== 'name') ?? 'none';
}

function unsupported(name: string, kind: string): Error {
  return new Error(
    `volume "${name}": ${kind} is not supported; the sandbox has configMap, secret, emptyDir, hostPath and projected configMaps and secrets`,
  );
}

type Source = Pick<ConfigMapVolumeSource & SecretVolumeSource, 'optional'> & {
  name?: string | undefined;
  items?: KeyToPath[];
};

async function sourceFiles(
  kind: 'ConfigMap' | 'Secret',
  { name = '', items, optional = false }: Source,
  read: ReadConfig,
): Promise<Files> {
  const object = await read(kind, name);
  if (!object && !optional) throw new Error(`${kind.toLowerCase()} "${name}" not found`);
  const content = contentOf(kind, object);
  if (!items) return content;
  const chosen: Files = new Map();
  for (const { key, path } of items) {
    const value = content.get(key);
    if (value) chosen.set(path, value);
    else if (!optional)
      throw new Error(`references non-existent key "${key}" of ${kind.toLowerCase()} "${name}"`);
  }
  return chosen;
}

function contentOf(kind: 'ConfigMap' | 'Secret', object: KubeObject | undefined): Files {
  const texts = Object.entries((object?.['data'] ?? {}) as Record<string, string>);
  const bytes = Object.entries((object?.['binaryData'] ?? {}) as Record<string, string>);
  const encoding = kind === 'Secret' ? 'base64' : 'utf8';
  return new Map([
    ...texts.map(([key, text]): [string, Buffer] => [key, Buffer.from(text, encoding)]),
    ...bytes.map(([key, text]): [string, Buffer] => [key, Buffer.from(text, 'base64')]),
  ]);
}
