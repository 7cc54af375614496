/** `segue undo`: puts an earlier template back into the workload, which is then released like any
 * other; in the middle of a release that of the stable version, which gives the release up. */
import type { Command } from 'commander';
import type { KubeObject } from '../api/object.ts';
import type { PolicySpec } from '../api/policy.ts';
import type { ConfigVersion } from '../api/config.ts';
import { effectivePolicy, withoutConfig } from '../engine/index.ts';
import { KubeError } from '../ports/kube.ts';
import type { PodTemplate } from '../ports/workload.ts';
import { durationArgument, revisionArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import {
  type ConfigChange,
  configBefore,
  configNow,
  configText,
  configThen,
  differentConfig,
  putBack,
} from './config-undo.ts';
import type { Connection } from './deps.ts';
import {
  findPolicy,
  isRejected,
  plainTemplate,
  readTarget,
  refusePair,
  sameTemplate,
  templateImages,
  warnOfGit,
  writeTemplate,
} from './held-workload.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import {
  imagesText,
  type PolicyObject,
  readPolicyAndRelease,
  type ReleaseObject,
} from './objects.ts';
import { knownNumbers, readReleases, readRevisions, type Revision } from './revisions.ts';
import { stagesText } from './rollback-text.ts';
import { watchRelease } from './status.ts';
import { readDefaults } from './stored-beside.ts';

interface Options extends GlobalOptions {
  toRevision?: number;
  dryRun?: true;
  wait?: true;
  timeout?: number;
  withConfig?: true;
}

/** What is put back, and what becomes of it. */
interface Undo {
  template: PodTemplate;
  from: string;
  effect: string;
  /** The release that this gives up. */
  givesUp?: string;
  /** Nothing new is released by it. */
  runs?: boolean;
  /** The configuration that went with it. */
  config?: Pick<ConfigChange, 'earlier' | 'from'> | undefined;
}

interface Situation {
  policy: PolicyObject;
  target: KubeObject;
  revisions: Revision[];
  inProgress: ReleaseObject | undefined;
  releases: ReleaseObject[];
  configNow: ConfigVersion | undefined;
  lastRelease: string | undefined;
  /** How this template would be released. */
  stages: (template: PodTemplate) => string;
}

export const defineUndo: Define = (program, cli) => {
  program
    .command('undo')
    .description('release an earlier revision again; in the middle of a release, take it back')
    .argument('<policy>', 'the ReleasePolicy, or deployment/NAME, statefulset/NAME, daemonset/NAME')
    .option('--to-revision <number>', 'this one; default the one before', revisionArgument)
    .option('--with-config', 'put the ConfigMaps of then back too')
    .option('--dry-run', 'say what would be put back and change nothing')
    .option('--wait', 'wait until it is released, or taken back')
    .option('--timeout <duration>', 'with --wait: give up after this time', durationArgument)
    .addHelpText(
      'after',
      `\nThe revisions are those of '${cli.invokedAs} history NAME'. With --wait the exit code is 0 when\n` +
        'the earlier version has all the traffic again, 3 when its release was aborted.',
    )
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      cli.finish(
        await withCluster(cli, options, (connection) =>
          undo(cli, connection, { name, ...options }),
        ),
      );
    });
};

async function undo(
  cli: Invocation,
  connection: Connection,
  options: Options & { name: string },
): Promise<number> {
  const situation = await readSituation(cli, connection, options.name);
  const { target } = situation;
  const { toRevision } = options;
  const chosen = toRevision ? byNumber(situation, toRevision) : before(situation);
  const change = differentConfig(chosen.config, situation.configNow);
  const step: Chosen = {
    chosen,
    change,
    config: options.withConfig ? change : undefined,
    same: hasTemplate(situation, chosen),
    dryRun: options.dryRun === true,
  };
  const where = `${target.kind} ${connection.namespace}/${target.metadata.name}`;
  if (step.same && !step.config) {
    cli.stdout.write(`${where}: ${nothingToDo(chosen, change)}; nothing was changed\n`);
    return EXIT.ok;
  }
  const written = await write(cli, connection, { ...step, target });
  const dry = step.dryRun ? ' (dry run, nothing was changed)' : '';
  const said = [`back to ${chosen.from}`, ...written].join(', ');
  cli.stdout.write(`${where}: ${said}; ${chosen.effect}${dry}\n`);
  if (!options.wait || step.dryRun) return EXIT.ok;
  return wait(cli, connection, { situation, step, timeout: options.timeout });
}

interface Chosen {
  chosen: Undo;
  /** What of the configuration was another one then. */
  change: ConfigChange | undefined;
  /** The same, where it is put back. */
  config: ConfigChange | undefined;
  /** The target has the template. */
  same: boolean;
  dryRun: boolean;
}

/** The digest in it is Segue's, but for a release in progress, which is taken back by it. */
function hasTemplate({ target, policy }: Situation, { template, givesUp }: Undo): boolean {
  const watched = policy.spec.config?.watch === true && givesUp === undefined;
  return (watched ? sameButConfig : sameTemplate)(template, plainTemplate(target));
}

/** ConfigMaps first: the template begins the release. */
async function write(
  cli: Invocation,
  connection: Connection,
  { chosen, change, config, same, dryRun, target }: Chosen & { target: KubeObject },
): Promise<string[]> {
  const written = config ? await putBack(cli, connection, { change: config, dryRun }) : [];
  if (change && !config) cli.stderr.write(`note: ${otherConfig(change)}\n`);
  if (same) return written;
  warnOfGit(cli, target);
  const operations = [{ op: 'replace' as const, path: '/spec/template', value: chosen.template }];
  await writeTemplate(connection, { target, operations, dryRun });
  return written;
}

interface Waited {
  situation: Situation;
  step: Chosen;
  timeout: number | undefined;
}

function wait(
  cli: Invocation,
  connection: Connection,
  { situation, step: { chosen, same }, timeout }: Waited,
): Promise<number> {
  const { policy, lastRelease } = situation;
  const beyond = same && !chosen.runs && !chosen.givesUp ? lastRelease : undefined;
  const watched = { name: policy.metadata.name, timeout, beyond };
  return watchRelease(cli, connection, { ...watched, taken: chosen.givesUp });
}

function sameButConfig(a: PodTemplate, b: PodTemplate): boolean {
  return sameTemplate(withoutConfig(a), withoutConfig(b));
}

function nothingToDo({ from }: Undo, change: ConfigChange | undefined): string {
  if (!change) return `has that template already, ${from}`;
  return `only the configuration was another one at ${from}: ${configText(change)}; --with-config puts it back`;
}

function otherConfig(change: ConfigChange): string {
  return `the configuration was another one then: ${configText(change)}; it stays as it is, --with-config puts it back`;
}

async function readSituation(
  cli: Invocation,
  connection: Connection,
  name: string,
): Promise<Situation> {
  const policy = await findPolicy(cli, connection, name);
  const found = await readPolicyAndRelease(cli, connection, policy.metadata.name);
  refusePair(found.policy, 'undo');
  const target = await readTarget(connection, found.policy);
  const revisions = await readRevisions(connection, found.policy, target);
  const inProgress = found.inProgress ? found.release : undefined;
  const releases = await readReleases(connection, found.policy, target);
  const running = revisions.find(({ current }) => current)?.template;
  const nowMs = cli.clock.now();
  const rollbackWindow = await rollbackWindowOf(cli, connection, found.policy);
  const stages = (template: PodTemplate) =>
    stagesText(rollbackWindow, { releases, template, running, nowMs });
  return {
    policy: found.policy,
    target,
    revisions,
    inProgress,
    releases,
    stages,
    configNow: configNow(found),
    lastRelease: found.release?.metadata.name,
  };
}

/** The policy's, or that of its namespace. Who may undo need not be allowed to read the latter. */
async function rollbackWindowOf(
  cli: Invocation,
  connection: Connection,
  { spec }: PolicyObject,
): Promise<PolicySpec['rollbackWindow']> {
  if (spec.rollbackWindow) return spec.rollbackWindow;
  try {
    return effectivePolicy(spec, await readDefaults(connection)).spec.rollbackWindow;
  } catch (error) {
    if (!(error instanceof KubeError) || error.reason !== 'Forbidden') throw error;
    cli.stderr.write(
      'note: the ReleaseDefaults of the namespace may not be read, so that a rollbackWindow in them is not known here\n',
    );
    return undefined;
  }
}

function byNumber(situation: Situation, wanted: number): Undo {
  const { revisions, inProgress, policy, target } = situation;
  const found = revisions.find(({ number }) => number === wanted);
  if (!found)
    throw new CliError(
      `revision ${wanted}: not found; ReleasePolicy ${policy.metadata.name} knows ${knownNumbers(revisions)}`,
    );
  if (inProgress && sameTemplate(found.template, inProgress.spec.stable.template as PodTemplate))
    return takeBack(inProgress);
  const superseded = inProgress ? `${inProgress.metadata.name} is superseded, and it` : 'it';
  const effect =
    found.current && !inProgress
      ? runsAlready(policy, target)
      : `${superseded} is released ${situation.stages(found.template)}`;
  return {
    template: found.template,
    from: described(found),
    effect,
    runs: found.current && !inProgress,
    config: configThen(found, situation.releases),
  };
}

/** What undo means when nothing more is said. */
function before(situation: Situation): Undo {
  const { revisions, inProgress, policy, target } = situation;
  if (inProgress) return takeBack(inProgress);
  const current = revisions.find((revision) => revision.current);
  const tried = policy.status?.target?.rejectedConfig !== undefined;
  if (current && (tried || !sameTemplate(current.template, plainTemplate(target))))
    return {
      template: current.template,
      from: described(current),
      effect: runsAlready(policy, target),
      runs: true,
      config: configThen(current, situation.releases),
    };
  const earlier = revisions
    .filter(({ number }) => number !== undefined && number !== current?.number)
    .find(({ template }) => !sameTemplate(template, plainTemplate(target)));
  if (earlier)
    return {
      template: earlier.template,
      from: described(earlier),
      effect: `it is released ${situation.stages(earlier.template)}`,
      config: configThen(earlier, situation.releases),
    };
  throw new CliError(
    `ReleasePolicy ${policy.metadata.namespace}/${policy.metadata.name}: nothing to go back to; ` +
      `${imagesText(templateImages(plainTemplate(target)))} is the only revision there is`,
  );
}

function takeBack(release: ReleaseObject): Undo {
  const { metadata, spec } = release;
  return {
    config: configBefore(release),
    template: spec.stable.template as PodTemplate,
    from: `${imagesText(spec.stable.images)}, the stable version`,
    effect: `${metadata.name} is in progress and is taken back by this`,
    givesUp: metadata.name,
  };
}

function runsAlready(policy: PolicyObject, target: KubeObject): string {
  const tail = isRejected(policy, target) ? ', and what was taken back is forgotten' : '';
  return `it runs, so that nothing is released${tail}`;
}

function described({ number, release, images }: Revision): string {
  const by = release ? `, ${release.metadata.name}` : '';
  return `revision ${number} (${imagesText(images)}${by})`;
}
