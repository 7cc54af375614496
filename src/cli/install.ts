/** `segue install`: everything a cluster needs, as YAML for kubectl. */
import type { Command } from 'commander';
import type { InstallOptions } from './install-objects.ts';
import { connectOptions, type Define, type GlobalOptions } from './invocation.ts';
import { printData } from './output.ts';

interface Options extends GlobalOptions {
  image?: string;
  controller: boolean;
  /** `true` without namespaces. */
  secrets?: string | true;
}

export const defineInstall: Define = (program, cli) => {
  const image = `segue:${cli.version}`;
  program
    .command('install')
    .description("print everything a cluster needs, for 'kubectl apply -f -'")
    .option('--image <image>', `image of the controller; default ${image}`)
    .option('--no-controller', 'leave the Deployment of the controller out')
    .option(
      '--secrets [namespaces]',
      'allow changed Secrets to be released (spec.config.secrets): everywhere, or in these, as in shop,pay',
    )
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
      const objects = installObjects({
        namespace,
        image: chosen,
        ...secretsOf(options),
      });
      await printData(cli.stdout, 'yaml', ...objects);
    });
};

function secretsOf({ secrets }: Options): Pick<InstallOptions, 'secrets'> {
  if (secrets === undefined) return {};
  if (secrets === true) return { secrets: 'Everywhere' };
  return { secrets: secrets.split(',').map((name) => name.trim()) };
}
