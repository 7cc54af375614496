/** The ReleaseDefaults and the CheckTemplates of a namespace, as the cluster has them. */
import type { CheckTemplateSpec } from '../api/check-template.ts';
import { DEFAULTS_NAME, KINDS } from '../api/group.ts';
import type { ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import type { Templates } from '../engine/check-templates.ts';
import { KubeError } from '../ports/kube.ts';
import type { Connection } from './deps.ts';
import { type GlobalOptions, inNamespace, type Invocation, withCluster } from './invocation.ts';
import type { Sources, Stored } from './validate-text.ts';

/** Undefined where there are none, and where the cluster does not know the kind. */
export async function readDefaults({
  client,
  namespace,
}: Connection): Promise<ReleaseDefaultsSpec | undefined> {
  try {
    const found = await client.get({ ...KINDS.releaseDefaults, namespace, name: DEFAULTS_NAME });
    return found && ((found['spec'] ?? {}) as ReleaseDefaultsSpec);
  } catch (error) {
    if (error instanceof KubeError && error.reason === 'NotServed') return undefined;
    throw error;
  }
}

const none: Templates = (name) => ({
  message: `there is no CheckTemplate ${name}`,
  fix: 'create it, or correct the name',
});

/** Where they may not be read, that is what a check that uses one is told. */
export async function readTemplates({ client, namespace }: Connection): Promise<Templates> {
  try {
    const { items } = await client.list(KINDS.checkTemplate, { namespace });
    const all = new Map(items.map((one) => [one.metadata.name, one['spec'] as CheckTemplateSpec]));
    return (name) => {
      const spec = all.get(name);
      return spec ? { spec } : none(name);
    };
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    if (error.reason === 'NotServed')
      return (name) => ({
        message: `the cluster has no CheckTemplates, and so no ${name}`,
        fix: 'apply all that `segue install` prints',
      });
    if (error.code !== FORBIDDEN) throw error;
    return (name) => ({
      message: `CheckTemplate ${name} may not be read (${error.message})`,
      fix: 'ask for the right to list checktemplates, or name a file that has it',
    });
  }
}

const FORBIDDEN = 403;

/** Those of the namespaces for which the files have none, undefined being the one that is worked in. */
export async function storedBeside(
  cli: Invocation,
  options: GlobalOptions,
  { without, withoutTemplates }: Pick<Sources, 'without' | 'withoutTemplates'>,
): Promise<Stored> {
  const defaults = new Map<string | undefined, ReleaseDefaultsSpec | undefined>();
  const templates = new Map<string | undefined, Templates>();
  for (const namespace of new Set([...without, ...withoutTemplates]))
    await withCluster(cli, inNamespace(options, namespace), async (connection) => {
      const found = without.includes(namespace) ? await readDefaults(connection) : undefined;
      defaults.set(namespace, found);
      const uses = found?.checks?.some(({ template }) => template) ?? false;
      if (uses || withoutTemplates.includes(namespace))
        templates.set(namespace, await readTemplates(connection));
    });
  return {
    defaults: (namespace) => defaults.get(namespace),
    templates: (namespace) => templates.get(namespace) ?? none,
  };
}
