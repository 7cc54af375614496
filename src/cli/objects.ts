/** Policies and releases as the commands read them from a cluster. */
import { KINDS, POLICY_LABEL } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec, PolicyStatus } from '../api/policy.ts';
import type { ReleaseSpec, ReleaseStatus } from '../api/release.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './deps.ts';
import type { Invocation } from './invocation.ts';

export interface PolicyObject extends KubeObject {
  spec: PolicySpec;
  status?: PolicyStatus;
}

export interface ReleaseObject extends KubeObject {
  spec: ReleaseSpec;
  status?: ReleaseStatus;
}

export interface PolicyAndRelease {
  policy: PolicyObject;
  /** The release in progress, or else the last one. */
  release: ReleaseObject | undefined;
  inProgress: boolean;
}

/** Throws when there is no such policy, naming what to do. */
export async function readPolicy(
  cli: Invocation,
  { client, namespace }: Connection,
  name: string,
): Promise<PolicyObject> {
  const policy = await client.get({ ...KINDS.releasePolicy, namespace, name });
  if (policy) return policy as PolicyObject;
  throw new CliError(
    `ReleasePolicy ${namespace}/${name}: not found; ` +
      `'${cli.invokedAs} get policies -A' lists those there are`,
  );
}

export async function readPolicyAndRelease(
  cli: Invocation,
  connection: Connection,
  name: string,
): Promise<PolicyAndRelease> {
  const policy = await readPolicy(cli, connection, name);
  const release = await currentRelease(connection, policy);
  const inProgress = release !== undefined && release.status?.outcome === undefined;
  return { policy, release, inProgress };
}

async function currentRelease(
  { client, namespace }: Connection,
  policy: PolicyObject,
): Promise<ReleaseObject | undefined> {
  const name = policy.status?.release ?? policy.status?.lastRelease;
  const named = name && (await client.get({ ...KINDS.release, namespace, name }));
  if (named) return named as ReleaseObject;
  const labelSelector = `${POLICY_LABEL}=${policy.metadata.name}`;
  const { items } = await client.list(KINDS.release, { namespace, labelSelector });
  return (items as ReleaseObject[]).toSorted((a, b) => b.spec.number - a.spec.number)[0];
}

export function imagesText(images: readonly string[]): string {
  return images.length === 0 ? '-' : images.join(', ');
}

export function strategyName(spec: PolicySpec): string {
  return Object.keys(spec.strategy)[0] ?? '';
}
