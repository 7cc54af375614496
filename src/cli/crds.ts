/** `segue crds`: the CustomResourceDefinitions as YAML. */
import type { Define } from './invocation.ts';
import { printData } from './output.ts';

export const defineCrds: Define = (program, cli) => {
  program
    .command('crds')
    .description('print the CustomResourceDefinitions')
    .action(async () => {
      const { crds } = await import('../api/crd.ts');
      await printData(cli.stdout, 'yaml', ...crds());
    });
};
