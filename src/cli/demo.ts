/** `segue demo`: releases with live traffic on this machine, nothing else needed. */
import type { Define } from './invocation.ts';

interface Options {
  once?: true;
  json?: true;
}

export const defineDemo: Define = (program, cli) => {
  program
    .command('demo')
    .description('watch three releases with live traffic on this machine')
    .option('--once', 'stop when the releases are over')
    .option('--json', 'print only the result, as one line of JSON')
    .action(async (options: Options) => {
      const demo = { once: options.once === true, json: options.json === true };
      cli.finish(await cli.demo(demo));
    });

  program
    .command('__demo-app', { hidden: true })
    .action(async () => cli.finish(await cli.demoApp()));
  program
    .command('__demo-load', { hidden: true })
    .action(async () => cli.finish(await cli.demoLoad()));
};
