/** `segue validate`: checks policies in files, without a cluster. */
import { CliError, EXIT } from './cli-error.ts';
import type { Define } from './invocation.ts';
import { readManifest } from './manifest-file.ts';

export const defineValidate: Define = (program, cli) => {
  program
    .command('validate')
    .description(
      'check ReleasePolicies and ReleaseDefaults in YAML or JSON files, without a cluster',
    )
    .requiredOption('-f, --filename <file...>', "files to check; '-' reads standard input")
    .action(async (options: { filename: string[] }) => {
      const { noPolicy, readSources } = await import('./validate-text.ts');
      const sources = [];
      for (const name of options.filename) {
        const { name: file, text } = await readManifest(cli, name);
        sources.push({ file, text });
      }
      const result = readSources(sources).judge(() => undefined);
      const { policies, faults } = result;
      for (const line of policies) cli.stdout.write(`${line}\n`);
      for (const line of faults) cli.stderr.write(`${line}\n`);
      if (policies.length === 0 && faults.length === 0)
        throw new CliError(noPolicy(options.filename, result));
      cli.finish(faults.length === 0 ? EXIT.ok : EXIT.failed);
    });
};
