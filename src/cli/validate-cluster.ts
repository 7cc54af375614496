/** Checks policies in files against what is on a cluster: what the controller would say in their conditions. */
import type { KubeObject } from '../api/object.ts';
import { examine } from '../controller/index.ts';
import type { Invocation } from './invocation.ts';
import { type GlobalOptions, inNamespace, withCluster } from './invocation.ts';
import { storedBeside } from './stored-beside.ts';
import type { Sources, TextResult, ValidPolicy } from './validate-text.ts';

export async function onCluster(
  cli: Invocation,
  options: GlobalOptions,
  sources: Sources,
): Promise<TextResult> {
  const result = sources.judge(await storedBeside(cli, options, sources));
  const beside = result.beside.filter(isObject);
  const faults = [...result.faults];
  const refused = new Set<string>();
  for (const namespace of new Set(result.valid.map((policy) => policy.namespace))) {
    const policies = result.valid.filter((policy) => policy.namespace === namespace);
    const found = await withCluster(cli, inNamespace(options, namespace), async (connection) =>
      examine(await cli.trafficParts(), connection.client, {
        namespace: connection.namespace,
        policies,
        beside,
      }),
    );
    found.forEach(({ problems, warnings, releasing }, i) => {
      const policy = policies[i] as ValidPolicy;
      faults.push(...problems.map((problem) => policy.tell(problem)));
      if (problems.length > 0) refused.add(policy.said);
      for (const warning of warnings) cli.stderr.write(`warning: ${policy.tell(warning)}\n`);
      if (releasing !== undefined)
        cli.stderr.write(
          `note: ${policy.name}: release ${releasing} is in progress; what is on the cluster is looked at when it has ended\n`,
        );
    });
  }
  const policies = result.policies.filter((said) => !refused.has(said));
  return { ...result, policies, faults };
}

/** Has what every Kubernetes object has. */
function isObject(written: Record<string, unknown>): written is KubeObject {
  const { apiVersion, kind, metadata, spec } = written as Partial<KubeObject>;
  return (
    typeof apiVersion === 'string' &&
    typeof kind === 'string' &&
    typeof metadata?.name === 'string' &&
    typeof (spec ?? {}) === 'object'
  );
}
