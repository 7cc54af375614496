/** `segue get`: policies, releases, the defaults of namespaces and templates of checks in a table, or as data. */
import { type Command, Argument, Option } from 'commander';
import type { CheckTemplateSpec } from '../api/check-template.ts';
import { GROUP, KINDS } from '../api/group.ts';
import type { Condition, GroupKind, KubeObject } from '../api/object.ts';
import type { ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './deps.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import { imagesText, type PolicyObject, type ReleaseObject, strategyName } from './objects.ts';
import { formatAge, printData, tableText } from './output.ts';

interface Options extends GlobalOptions {
  allNamespaces?: true;
  output?: 'wide' | 'json' | 'yaml' | 'name';
}

interface View {
  kind: GroupKind;
  noun: string;
  header: string[];
  wide: string[];
  row(object: KubeObject, nowMs: number): string[];
  wideCells(object: KubeObject): string[];
}

const conditionOf = (object: PolicyObject, type: string): Condition | undefined =>
  object.status?.conditions?.find((condition) => condition.type === type);

const policies: View = {
  kind: KINDS.releasePolicy,
  noun: 'policies',
  header: ['NAME', 'TARGET', 'STRATEGY', 'VALID', 'READY', 'RELEASE', 'AGE'],
  wide: ['LAST', 'MESSAGE'],
  row: (object, nowMs) => {
    const policy = object as PolicyObject;
    return [
      policy.metadata.name,
      policy.spec.targetRef.name,
      strategyName(policy.spec),
      conditionOf(policy, 'Valid')?.status ?? '-',
      conditionOf(policy, 'Ready')?.status ?? '-',
      policy.status?.release ?? '-',
      formatAge(policy.metadata.creationTimestamp, nowMs),
    ];
  },
  wideCells: (object) => {
    const policy = object as PolicyObject;
    const bad = policy.status?.conditions?.find((condition) => condition.status !== 'True');
    return [policy.status?.lastRelease ?? '-', bad?.message ?? '-'];
  },
};

const releases: View = {
  kind: KINDS.release,
  noun: 'releases',
  header: ['NAME', 'POLICY', 'STRATEGY', 'PHASE', 'STAGE', 'WEIGHT', 'OUTCOME', 'AGE'],
  wide: ['IMAGES', 'MESSAGE'],
  row: (object, nowMs) => {
    const { metadata, spec, status } = object as ReleaseObject;
    const weight = status?.traffic?.weight;
    return [
      metadata.name,
      spec.policy,
      spec.strategy,
      status?.phase ?? '-',
      stageText(spec.plan.stages.length, status?.stage),
      weight === undefined ? '-' : `${weight}%`,
      status?.outcome ?? '-',
      formatAge(metadata.creationTimestamp, nowMs),
    ];
  },
  wideCells: (object) => {
    const { spec, status } = object as ReleaseObject;
    return [imagesText(spec.candidate.images), status?.message ?? '-'];
  },
};

const defaults: View = {
  kind: KINDS.releaseDefaults,
  noun: 'ReleaseDefaults',
  header: ['NAME', 'SAYS', 'AGE'],
  wide: ['FREEZES'],
  row: ({ metadata, ...object }, nowMs) => [
    metadata.name,
    Object.keys(spokenOf(object)).join(',') || '-',
    formatAge(metadata.creationTimestamp, nowMs),
  ],
  wideCells: (object) => {
    const freezes = spokenOf(object).window?.freeze ?? [];
    return [freezes.map(({ from, to }) => `${from} to ${to}`).join(', ') || '-'];
  },
};

const templates: View = {
  kind: KINDS.checkTemplate,
  noun: 'CheckTemplates',
  header: ['NAME', 'ARGUMENTS', 'AGE'],
  wide: ['ASKS'],
  row: ({ metadata, ...object }, nowMs) => [
    metadata.name,
    (templateIn(object).args ?? []).map(argumentText).join(',') || '-',
    formatAge(metadata.creationTimestamp, nowMs),
  ],
  wideCells: (object) => [templateIn(object).description ?? '-'],
};

/** `job`, or `codes=5..` where there is a default. */
function argumentText(argument: NonNullable<CheckTemplateSpec['args']>[number]): string {
  const { name, default: value } = argument;
  if (value === undefined) return name;
  return `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function templateIn(object: object): Partial<CheckTemplateSpec> {
  return (object as { spec?: CheckTemplateSpec }).spec ?? {};
}

function spokenOf(object: object): ReleaseDefaultsSpec {
  return (object as { spec?: ReleaseDefaultsSpec }).spec ?? {};
}

const VIEWS: Record<string, View> = {
  policies,
  policy: policies,
  releasepolicies: policies,
  relpol: policies,
  releases,
  release: releases,
  rel: releases,
  defaults,
  releasedefaults: defaults,
  reldef: defaults,
  templates,
  checktemplates: templates,
  relchk: templates,
};

function stageText(stages: number, stage: number | undefined): string {
  return stage === undefined || stages === 0 ? '-' : `${stage + 1}/${stages}`;
}

export const defineGet: Define = (program, cli) => {
  program
    .command('get')
    .description('list policies, releases, the defaults of namespaces or templates of checks')
    .addArgument(
      new Argument('[what]', 'policies, releases, defaults or templates')
        .choices(Object.keys(VIEWS))
        .default('policies'),
    )
    .argument('[name]', 'only this one')
    .option('-A, --all-namespaces', 'of all namespaces')
    .addOption(new Option('-o, --output <format>').choices(['wide', 'json', 'yaml', 'name']))
    .action(async (what: string, name: string | undefined, _options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const view = VIEWS[what] ?? policies;
      await withCluster(cli, options, async (connection) => {
        const objects = await find(connection, view, { ...options, name });
        await print(cli, view, { objects, ...options, one: name !== undefined });
      });
    });
};

async function find(
  { client, namespace }: Connection,
  view: View,
  { name, allNamespaces }: { name: string | undefined; allNamespaces?: true },
): Promise<KubeObject[]> {
  if (name === undefined) {
    const scope = allNamespaces ? {} : { namespace };
    return (await client.list(view.kind, scope)).items;
  }
  if (allNamespaces) throw new CliError('a name and -A exclude each other; give -n NAMESPACE');
  const object = await client.get({ ...view.kind, namespace, name });
  if (!object) throw new CliError(`${view.kind.kind} ${namespace}/${name}: not found`);
  return [object];
}

async function print(
  cli: Invocation,
  view: View,
  what: Options & { objects: KubeObject[]; one: boolean },
): Promise<void> {
  const { objects, output } = what;
  if (output === 'json' || output === 'yaml')
    return printData(cli.stdout, output, what.one ? objects[0] : listOf(objects));
  if (output === 'name') {
    const resource = `${view.kind.kind.toLowerCase()}.${GROUP}`;
    for (const { metadata } of objects) cli.stdout.write(`${resource}/${metadata.name}\n`);
    return;
  }
  if (objects.length === 0) {
    cli.stderr.write(`no ${view.noun} found\n`);
    return;
  }
  cli.stdout.write(table(cli, view, what));
}

const listOf = (items: KubeObject[]) => ({ apiVersion: 'v1', kind: 'List', items });

function table(cli: Invocation, view: View, what: Options & { objects: KubeObject[] }): string {
  const wide = what.output === 'wide';
  const first = what.allNamespaces ? ['NAMESPACE'] : [];
  const nowMs = cli.clock.now();
  return tableText(
    [...first, ...view.header, ...(wide ? view.wide : [])],
    what.objects.map((object) => [
      ...(what.allNamespaces ? [object.metadata.namespace ?? ''] : []),
      ...view.row(object, nowMs),
      ...(wide ? view.wideCells(object) : []),
    ]),
  );
}
