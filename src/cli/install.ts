/** `segue install`: everything a cluster needs, as YAML for kubectl. */
import type { Command } from 'commander';
import { connectOptions, type Define, type GlobalOptions } from './invocation.ts';
import { printData } from './output.ts';

interface Options extends GlobalOptions {
  image?: string;
  controller: boolean;
}

export const defineInstall: Define = (program, cli) => {
  const image = `segue:${cli.version}`;
  program
    .command('install')
    .description("print everything a cluster needs, for 'kubectl apply -f -'")
    .option('--image <image>', `image of the controller; default ${image}`)
    .option('--no-controller', 'leave the Deployment of the controller out')
    .addHelpText('after', '\nThe namespace is segue-system unless --namespace says otherwise.')
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const { installObjects } = await import('./install-objects.ts');
      const namespace = connectOptions(options).namespace ?? 'segue-system';
      if (options.controller && options.image === undefined)
        cli.stderr.write(
          `note: the Deployment uses the image ${image}, which is in no public registry; ` +
            'build and push one (docs/en/own-cluster.md) and give --image\n',
        );
      const chosen = options.controller ? (options.image ?? image) : undefined;
      const objects = installObjects({ namespace, image: chosen });
      await printData(cli.stdout, 'yaml', ...objects);
    });
};
