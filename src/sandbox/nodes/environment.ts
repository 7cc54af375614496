/** The environment of a container, from its pod and from what that refers to. */
import type { Container, EnvVar, EnvVarSource } from 'kubernetes-types/core/v1.js';
import type { ReadConfig } from './pod-folder.ts';
import type { PodObject } from './pod.ts';

export interface EnvironmentSources {
  pod: PodObject;
  /** What the container has without asking, which its own variables may refer to. */
  base: Record<string, string>;
  podIP: string;
  hostIP: string;
  read: ReadConfig;
}

/** Variables by name; throws an Error that names the variable that cannot be had. */
export async function resolveEnvironment(
  container: Container,
  sources: EnvironmentSources,
): Promise<Record<string, string>> {
  const env = { ...sources.base, ...(await bulkEnvironment(container, sources)) };
  for (const variable of container.env ?? []) {
    const value = await valueOf(variable, env, sources);
    if (value !== undefined) env[variable.name] = value;
  }
  return env;
}

async function bulkEnvironment(
  { envFrom = [] }: Container,
  sources: EnvironmentSources,
): Promise<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const { prefix = '', configMapRef, secretRef } of envFrom) {
    const data = configMapRef
      ? await wholeOf('ConfigMap', configMapRef, sources)
      : await wholeOf('Secret', secretRef ?? {}, sources);
    for (const [key, value] of Object.entries(data)) env[prefix + key] = value;
  }
  return env;
}

async function wholeOf(
  kind: 'ConfigMap' | 'Secret',
  { name = '', optional = false }: { name?: string; optional?: boolean },
  sources: EnvironmentSources,
): Promise<Record<string, string>> {
  const data = await dataOf(kind, name, sources);
  if (!data && !optional) throw new Error(`${kind.toLowerCase()} "${name}" not found`);
  return data ?? {};
}

async function valueOf(
  { name, value, valueFrom }: EnvVar,
  env: Record<string, string>,
  sources: EnvironmentSources,
): Promise<string | undefined> {
  if (!valueFrom) return expand(value ?? '', env);
  if (valueFrom.fieldRef) return fieldOf(valueFrom.fieldRef.fieldPath, sources);
  const { kind, ref } = keyReference(valueFrom);
  if (!ref) throw new Error(`env ${name}: ${Object.keys(valueFrom).join()} is not supported`);
  const data = await dataOf(kind, ref.name ?? '', sources);
  const found = data?.[ref.key];
  if (found === undefined && !ref.optional)
    throw new Error(`env ${name}: no key "${ref.key}" in ${kind.toLowerCase()} "${ref.name}"`);
  return found;
}

interface KeyReference {
  name?: string;
  key: string;
  optional?: boolean;
}

function keyReference({ configMapKeyRef, secretKeyRef }: EnvVarSource): {
  kind: 'ConfigMap' | 'Secret';
  ref: KeyReference | undefined;
} {
  return configMapKeyRef
    ? { kind: 'ConfigMap', ref: configMapKeyRef }
    : { kind: 'Secret', ref: secretKeyRef };
}

async function dataOf(
  kind: 'ConfigMap' | 'Secret',
  name: string,
  sources: EnvironmentSources,
): Promise<Record<string, string> | undefined> {
  const object = await sources.read(kind, name);
  if (!object) return undefined;
  const data = (object['data'] ?? {}) as Record<string, string>;
  if (kind === 'ConfigMap') return data;
  return Object.fromEntries(
    Object.entries(data).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  );
}

const MAP_ENTRY = /^metadata\.(labels|annotations)\['(.+)'\]$/;

function fieldOf(path: string, { pod, podIP, hostIP }: EnvironmentSources): string {
  const entry = MAP_ENTRY.exec(path);
  if (entry) return pod.metadata[entry[1] as 'labels' | 'annotations']?.[entry[2] ?? ''] ?? '';
  const fields: Record<string, string | undefined> = {
    'metadata.name': pod.metadata.name,
    'metadata.namespace': pod.metadata.namespace,
    'metadata.uid': pod.metadata.uid,
    'spec.nodeName': pod.spec?.nodeName,
    'spec.serviceAccountName': pod.spec?.serviceAccountName ?? 'default',
    'status.podIP': podIP,
    'status.podIPs': podIP,
    'status.hostIP': hostIP,
  };
  if (!(path in fields)) throw new Error(`fieldRef ${path} is not supported`);
  return fields[path] ?? '';
}

/** `$(NAME)` is the value of a variable, or stays as it is when there is none; `$$` is a `$`. */
export function expand(text: string, env: Record<string, string>): string {
  return text.replace(/\$(?:\$|\(([^)]*)\))/g, (all, name: string | undefined) =>
    name === undefined ? '$' : (env[name] ?? all),
  );
}
