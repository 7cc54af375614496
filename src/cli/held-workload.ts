/** The workload of a policy, as the commands that change its template read it. */
import { HASH_LABEL, KINDS } from '../api/group.ts';
import { gitopsTool } from '../api/gitops.ts';
import type { KubeObject } from '../api/object.ts';
import { sameJson } from '../api/same-json.ts';
import { KubeError } from '../ports/kube.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './deps.ts';
import type { Invocation } from './invocation.ts';
import { type PolicyObject, readPolicy } from './objects.ts';

const KIND_OF: [RegExp, string][] = [
  [/^(?:deployments?|deploy)(?:\.apps)?\/(.+)$/, 'Deployment'],
  [/^(?:statefulsets?|sts)(?:\.apps)?\/(.+)$/, 'StatefulSet'],
  [/^(?:daemonsets?|ds)(?:\.apps)?\/(.+)$/, 'DaemonSet'],
];

/** By the policy's name, or by that of what it releases: `deployment/web`, `statefulset/db`, `daemonset/agent`. */
export async function findPolicy(
  cli: Invocation,
  connection: Connection,
  name: string,
): Promise<PolicyObject> {
  const named = KIND_OF.flatMap(([pattern, kind]) => {
    const workload = pattern.exec(name)?.[1];
    return workload === undefined ? [] : [{ kind, workload }];
  })[0];
  if (!named) return readPolicy(cli, connection, name);
  const { kind, workload } = named;
  const { client, namespace } = connection;
  const { items } = await client.list(KINDS.releasePolicy, { namespace });
  const found = (items as PolicyObject[]).find(
    ({ spec }) =>
      spec.targetRef.kind === kind &&
      (spec.targetRef.name === workload || spec.pairRef?.name === workload),
  );
  if (found) return found;
  throw new CliError(
    `${kind} ${namespace}/${workload}: no ReleasePolicy releases it; ` +
      `for a ${kind} on its own there is 'kubectl rollout'`,
  );
}

/** What a new version is written into: of a pair the one that has no traffic, as the policy's status
 * last said. */
export function writtenInto({ spec, status }: PolicyObject): string {
  if (!spec.pairRef) return spec.targetRef.name;
  return status?.target?.pair?.idle ?? spec.pairRef.name;
}

/** For commands that write earlier templates: those of a pair are in two Deployments, which have
 * histories of their own. */
export function refusePair(policy: PolicyObject, command: string): void {
  if (!policy.spec.pairRef) return;
  const idle = writtenInto(policy);
  throw new CliError(
    `${command}: ${policy.metadata.name} releases a pair of Deployments, each with its own history; ` +
      `'kubectl rollout restart deployment/${idle}' releases what ${idle} has, ` +
      `'kubectl rollout undo deployment/${idle}' what it had before`,
  );
}

export async function readTarget(
  { client, namespace }: Connection,
  policy: PolicyObject,
): Promise<KubeObject> {
  const { group, kind } = policy.spec.targetRef;
  const name = writtenInto(policy);
  const target = await client.get({ group, kind, namespace, name });
  if (target) return target;
  throw new CliError(`${kind} ${namespace}/${name}: not found`);
}

/** Without what the cluster adds to tell sets apart. */
export function plainTemplate(object: KubeObject): PodTemplate {
  const spec = object['spec'] as { template?: PodTemplate } | undefined;
  const { metadata = {}, ...rest } = (spec?.template ?? {}) as {
    metadata?: Record<string, unknown>;
  };
  const { creationTimestamp: _, labels = {}, annotations = {}, ...kept } = metadata;
  const own = { ...(labels as Record<string, string>) };
  delete own[HASH_LABEL];
  const notes = Object.entries(annotations as Record<string, string>).filter(
    ([name]) => name !== 'segue.dev/leaving',
  );
  return {
    metadata: {
      ...kept,
      ...(Object.keys(own).length > 0 && { labels: own }),
      ...(notes.length > 0 && { annotations: Object.fromEntries(notes) }),
    },
    ...rest,
  };
}

export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  const plain = (template: PodTemplate) =>
    plainTemplate({ apiVersion: '', kind: '', metadata: { name: '' }, spec: { template } });
  return sameJson(plain(a), plain(b));
}

export function templateImages(template: PodTemplate): string[] {
  const spec = template['spec'] as { containers?: { image?: string }[] } | undefined;
  return (spec?.containers ?? []).map(({ image }) => image ?? '');
}

/** The template of the target was taken back and waits there; as the policy's status last said of
 * the target as it is now. */
export function isRejected({ status }: PolicyObject, target: KubeObject): boolean {
  const { rejected, observedGeneration = 0 } = status?.target ?? {};
  const ready = status?.conditions?.some((c) => c.type === 'Ready' && c.status === 'True');
  return (
    !ready && rejected !== undefined && observedGeneration >= (target.metadata.generation ?? 0)
  );
}

export interface TemplateWrite {
  target: KubeObject;
  operations: { op: 'add' | 'replace'; path: string; value: unknown }[];
  dryRun: boolean;
}

/** Writes only if nobody has changed the target since it was read. */
export async function writeTemplate(
  { client, namespace }: Connection,
  { target, operations, dryRun }: TemplateWrite,
): Promise<void> {
  const { name, resourceVersion } = target.metadata;
  const same = { op: 'replace', path: '/metadata/resourceVersion', value: resourceVersion };
  try {
    await client.patch(
      { group: 'apps', kind: target.kind, namespace, name },
      { type: 'json', body: [same, ...operations] },
      { fieldManager: 'segue-cli', dryRun },
    );
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'Conflict') throw error;
    throw new CliError(
      `${target.kind} ${namespace}/${name}: somebody changed it at the same moment; ` +
        'nothing was written, look again and repeat',
    );
  }
}

/** Said on standard error: what was written lives only as long as Git does not say otherwise. */
export function warnOfGit(cli: Invocation, target: KubeObject): void {
  const tool = gitopsTool(target);
  if (tool === undefined) return;
  cli.stderr.write(
    `warning: ${tool} applies ${target.kind} ${target.metadata.name} from Git and will put back what ` +
      'is there; change it in Git too\n',
  );
}
