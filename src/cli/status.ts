/** `segue status`: one policy and its release, once or until the release ends. */
import { type Command, Option } from 'commander';
import { KINDS, REVISION_LABEL } from '../api/group.ts';
import type { Condition, KubeObject } from '../api/object.ts';
import { durationArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { Connection } from './deps.ts';
import { findPolicy, writtenInto } from './held-workload.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import { type PolicyAndRelease, readPolicyAndRelease, type ReleaseObject } from './objects.ts';
import { type DataFormat, printData } from './output.ts';
import { releaseLine, releaseSummary } from './status-summary.ts';
import { statusText } from './status-view.ts';

interface Options extends GlobalOptions {
  watch?: true;
  timeout?: number;
  output?: DataFormat;
}

const POLL_MS = 1_000;
/** How long `--watch` waits for the controller to notice a change of the workload. */
const NOTICE_MS = 30_000;
const CLEAR = '\x1b[H\x1b[J';

export const defineStatus: Define = (program, cli) => {
  program
    .command('status')
    .description('show the release in progress, or the last one')
    .argument('<policy>', 'the ReleasePolicy, or deployment/NAME, statefulset/NAME, daemonset/NAME')
    .option('-w, --watch', 'go on until the release has ended')
    .option('--timeout <duration>', 'with --watch: give up after this time', durationArgument)
    .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
    .addHelpText(
      'after',
      '\nWith --watch the exit code is 0 when the release was promoted, 3 when it was aborted,\n' +
        '1 when the policy is not valid or the time ran out. Without it, 0.',
    )
    .action(async (name: string, _options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      cli.finish(
        await withCluster(cli, options, async (connection) => {
          const { metadata } = await findPolicy(cli, connection, name);
          const run = new StatusRun(cli, connection, { ...options, name: metadata.name });
          return options.watch ? run.watch() : run.once();
        }),
      );
    });
};

interface Watched {
  name: string;
  timeout: number | undefined;
  taken?: string | undefined;
  /** The last release there was: the next one begins though the workload was not written. */
  beyond?: string | undefined;
}

/** Shows the release until it has ended. `taken`: the release that is meant to be taken back, whose
 * abort is then no failure. */
export async function watchRelease(
  cli: Invocation,
  connection: Connection,
  watched: Watched,
): Promise<number> {
  const { name, timeout, taken, beyond } = watched;
  const limit = timeout !== undefined && { timeout };
  const run = new StatusRun(cli, connection, { name, ...limit, beyond });
  const code = await run.watch();
  return code === EXIT.aborted && taken !== undefined && run.last === taken ? EXIT.ok : code;
}

interface StatusOptions extends Options {
  name: string;
  beyond?: string | undefined;
}

class StatusRun {
  /** The release that was looked at last. */
  last: string | undefined;
  private readonly cli: Invocation;
  private readonly connection: Connection;
  private readonly options: StatusOptions;
  private lastShown = '';

  constructor(cli: Invocation, connection: Connection, options: StatusOptions) {
    this.cli = cli;
    this.connection = connection;
    this.options = options;
  }

  async once(): Promise<number> {
    const found = await this.read();
    if (this.options.output)
      await printData(this.cli.stdout, this.options.output, this.summary(found));
    else this.cli.stdout.write(await this.screen(found));
    return EXIT.ok;
  }

  async watch(): Promise<number> {
    const { clock } = this.cli;
    const { timeout, name } = this.options;
    const begun = clock.now();
    for (;;) {
      const found = await this.read();
      this.last = found.release?.metadata.name;
      const waitedMs = clock.now() - begun;
      const noticed = waitedMs >= NOTICE_MS || (await this.noticed(found));
      await this.show(found);
      if (!found.inProgress && noticed) return this.result(found);
      if (timeout !== undefined && waitedMs >= timeout)
        throw new CliError(
          `${name}: still in progress after ${Math.round(timeout / 1_000)}s; it goes on`,
        );
      await clock.sleep(POLL_MS);
    }
  }

  private read(): Promise<PolicyAndRelease> {
    return readPolicyAndRelease(this.cli, this.connection, this.options.name);
  }

  /** Whether the policy's status already speaks of the workload as it is now: right after
   * `kubectl set image` it does not, and the release to wait for is yet to begin. */
  private async noticed({ policy, release, inProgress }: PolicyAndRelease): Promise<boolean> {
    if (inProgress || falseCondition(policy, 'Valid')) return true;
    const { beyond } = this.options;
    if (isComing(policy) || (beyond !== undefined && beyond === release?.metadata.name))
      return false;
    const { group, kind } = policy.spec.targetRef;
    const name = writtenInto(policy);
    const { client, namespace } = this.connection;
    const target = await client.get({ group, kind, namespace, name });
    const seen = policy.status?.target?.observedGeneration ?? 0;
    return !target || (target.metadata.generation ?? 0) <= seen;
  }

  private result({ policy, release }: PolicyAndRelease): number {
    const invalid = falseCondition(policy, 'Valid');
    if (invalid) throw new CliError(`${policy.metadata.name}: not valid: ${invalid.message}`);
    return release?.status?.outcome === 'Aborted' ? EXIT.aborted : EXIT.ok;
  }

  private async show(found: PolicyAndRelease): Promise<void> {
    const { stdout } = this.cli;
    if (this.options.output) {
      const summary = this.summary(found);
      // What only time changes is no news to a script.
      if (this.isNews(JSON.stringify({ ...summary, waitsFor: [] })))
        await printData(stdout, this.options.output, summary);
    } else if (stdout.isTTY) {
      stdout.write(CLEAR + (await this.screen(found)));
    } else {
      const line = found.release
        ? releaseLine(found.release)
        : `${this.options.name}: nothing was released yet`;
      if (this.isNews(line)) stdout.write(`${line}\n`);
    }
  }

  private isNews(text: string): boolean {
    const news = text !== this.lastShown;
    this.lastShown = text;
    return news;
  }

  private summary({ policy, release, inProgress }: PolicyAndRelease) {
    const { metadata, status } = policy;
    return {
      policy: metadata.name,
      namespace: metadata.namespace,
      valid: status?.conditions?.find(({ type }) => type === 'Valid')?.status ?? 'Unknown',
      inProgress,
      ...(release ? releaseSummary(release, this.cli.clock.now()) : { release: null }),
    };
  }

  private async screen({ policy, release }: PolicyAndRelease): Promise<string> {
    return statusText({
      policy,
      release,
      pods: release
        ? {
            ...(await this.pods('stable', release)),
            ...(await this.pods('candidate', release)),
          }
        : {},
      nowMs: this.cli.clock.now(),
      colour: this.cli.stdout.isTTY === true,
      invokedAs: this.cli.invokedAs,
    });
  }

  /** Nothing for a set that is not there or may not be read: the rest is worth showing. */
  private async pods(role: 'stable' | 'candidate', { spec }: ReleaseObject) {
    const { client, namespace } = this.connection;
    const name = spec[role].replicaSet;
    if (spec.target.kind !== 'Deployment') return this.podsOfRevision(role, spec[role].hash);
    const set = await client.get({ ...KINDS.replicaSet, namespace, name }).catch(() => undefined);
    if (!set) return {};
    const { replicas = 0 } = (set['spec'] ?? {}) as { replicas?: number };
    const { readyReplicas = 0 } = (set['status'] ?? {}) as { readyReplicas?: number };
    return { [role]: `${readyReplicas}/${replicas} ready` };
  }

  /** A StatefulSet's or a DaemonSet's, which are told apart by their label alone. */
  private async podsOfRevision(role: 'stable' | 'candidate', hash: string) {
    const { client, namespace } = this.connection;
    const labelSelector = `${REVISION_LABEL}=${hash}`;
    const list = await client.list(KINDS.pod, { namespace, labelSelector }).catch(() => undefined);
    if (!list) return {};
    const ready = list.items.filter(isReady).length;
    return { [role]: `${ready}/${list.items.length} ready` };
  }
}

function isReady({ status }: KubeObject & { status?: unknown }): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: Condition[] };
  return conditions.some((one) => one.type === 'Ready' && one.status === 'True');
}

function falseCondition(policy: PolicyAndRelease['policy'], type: string): Condition | undefined {
  return policy.status?.conditions?.find((c) => c.type === type && c.status === 'False');
}

/** Seen, and released in a moment. */
function isComing(policy: PolicyAndRelease['policy']): boolean {
  return ['Quiet', 'ConfigChanged'].includes(falseCondition(policy, 'Ready')?.reason ?? '');
}
