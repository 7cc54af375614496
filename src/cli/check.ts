/** `segue check`: asks what the checks of a policy ask, now, from this machine, and writes nothing. */
import { type Command, Option } from 'commander';
import { urlArgument } from './arguments.ts';
import { EXIT } from './cli-error.ts';
import { type Define, type GlobalOptions, type Invocation, withCluster } from './invocation.ts';
import { type DataFormat, printData } from './output.ts';

interface Options extends GlobalOptions {
  check?: string;
  prometheus?: string;
  output?: DataFormat;
}

export const defineCheck: Define = (program, cli) => {
  program
    .command('check')
    .description('ask the sources of the checks of a policy now, and say what they would conclude')
    .argument('<policy>', 'name of a ReleasePolicy')
    .option('--check <name>', 'only this one')
    .option(
      '--prometheus <url>',
      'where this machine reaches the Prometheus; default as in the checks',
      urlArgument,
    )
    .addOption(new Option('-o, --output <format>').choices(['json', 'yaml']))
    .action(async (name: string, _options, self: Command) => {
      cli.finish(await check(cli, name, self.optsWithGlobals<Options>()));
    });
};

async function check(cli: Invocation, name: string, options: Options): Promise<number> {
  const { askNow } = await import('./check-now.ts');
  const answers = await withCluster(
    cli,
    options,
    async (connection) =>
      await askNow(cli, connection, {
        policy: name,
        check: options.check,
        prometheus: options.prometheus,
      }),
  );
  if (options.output) await printData(cli.stdout, options.output, answers);
  else cli.stdout.write((await import('./check-view.ts')).checkText(answers));
  const unmeasured = answers.checks.some(({ stable, candidate }) =>
    [stable, candidate].some((one) => one?.missing !== undefined),
  );
  return unmeasured ? EXIT.failed : EXIT.ok;
}
