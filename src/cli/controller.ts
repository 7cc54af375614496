/** `segue controller`: runs the controller until it is told to stop. */
import { type Command, Option } from 'commander';
import { addressArgument, workersArgument } from './arguments.ts';
import type { ControllerOptions, ListenAddress } from './deps.ts';
import { connectOptions, type Define, type GlobalOptions } from './invocation.ts';

interface Options extends GlobalOptions {
  logFormat?: 'json' | 'pretty';
  logLevel: ControllerOptions['logLevel'];
  metricsAddress: ListenAddress;
  workers?: number;
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
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const code = await cli.runController({
        ...connectOptions(options),
        logFormat: options.logFormat,
        logLevel: options.logLevel,
        metricsAddress: options.metricsAddress,
        workers: options.workers,
      });
      cli.finish(code);
    });
};
