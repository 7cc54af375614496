/** `segue controller`: runs the controller until it is told to stop. */
import { type Command, Option } from 'commander';
import { addressArgument, durationArgument, workersArgument } from './arguments.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { ControllerOptions, ElectionOptions, ListenAddress } from './deps.ts';
import { connectOptions, type Define, type GlobalOptions } from './invocation.ts';

interface Options extends GlobalOptions {
  logFormat?: 'json' | 'pretty';
  logLevel: ControllerOptions['logLevel'];
  metricsAddress: ListenAddress;
  workers?: number;
  leaderElect?: true;
  leaderElectNamespace?: string;
  leaderElectLeaseDuration: number;
  leaderElectRenewDeadline: number;
  leaderElectRetryPeriod: number;
  configKeyNamespace?: string;
}

export const defineController: Define = (program, cli) => {
  program
    .command('controller')
    .description('run the controller; with --namespace only for that one')
    .addOption(
      new Option('--log-format <format>', 'default pretty on a terminal, json otherwise').choices([
        'json',
        'pretty',
      ]),
    )
    .addOption(
      new Option('--log-level <level>').choices(['debug', 'info', 'warn', 'error']).default('info'),
    )
    .option(
      '--metrics-address <host:port>',
      'where /metrics, /healthz and /readyz are served; default 127.0.0.1:0, a free port',
      addressArgument,
      { host: '127.0.0.1', port: 0 },
    )
    .option('--workers <n>', 'policies worked on at once; default 8', workersArgument)
    .option('--leader-elect', 'work only while elected among several; the others stand by')
    .option(
      '--leader-elect-namespace <name>',
      "of the Lease; default the context's, in a pod the pod's",
    )
    .option(
      '--leader-elect-lease-duration <duration>',
      'how long a leader that does not renew is believed; default 15s',
      durationArgument,
      15_000,
    )
    .option(
      '--leader-elect-renew-deadline <duration>',
      'how long a leader goes on without renewing; default 10s',
      durationArgument,
      10_000,
    )
    .option(
      '--leader-elect-retry-period <duration>',
      'between two tries; default 2s',
      durationArgument,
      2_000,
    )
    .option(
      '--config-key-namespace <name>',
      "of the Secret with the key for digests of Secrets; default the context's, in a pod the pod's",
    )
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const code = await cli.runController({
        ...connectOptions(options),
        logFormat: options.logFormat,
        logLevel: options.logLevel,
        metricsAddress: options.metricsAddress,
        workers: options.workers,
        election: election(options),
        configKeyNamespace: options.configKeyNamespace,
      });
      cli.finish(code);
    });
};

function election(options: Options): ElectionOptions | undefined {
  if (!options.leaderElect) return undefined;
  const leaseMs = options.leaderElectLeaseDuration;
  const renewMs = options.leaderElectRenewDeadline;
  const retryMs = options.leaderElectRetryPeriod;
  // A retry may take a fifth longer by chance.
  if (leaseMs <= renewMs || renewMs <= retryMs * 1.2 || retryMs <= 0)
    throw new CliError(
      '--leader-elect: the lease duration must be longer than the renew deadline, and that longer ' +
        'than the retry period and a fifth; else two could lead at once',
      EXIT.usage,
    );
  return { namespace: options.leaderElectNamespace, leaseMs, renewMs, retryMs };
}
