/** `segue validate`: checks policies in files, without a cluster. */
import { CliError, EXIT } from './cli-error.ts';
import type { Define } from './invocation.ts';
import { readManifest } from './manifest-file.ts';

export const defineValidate: Define = (program, cli) => {
  program
    .command('validate')
    .description('check ReleasePolicies in YAML or JSON files, without a cluster')
    .requiredOption('-f, --filename <file...>', "files to check; '-' reads standard input")
    .action(async (options: { filename: string[] }) => {
      const { validateText } = await import('./validate-text.ts');
      let policies = 0;
      let faults = 0;
      for (const file of options.filename) {
        const { name: source, text } = await readManifest(cli, file);
        const result = validateText(source, text);
        policies += result.policies.length;
        faults += result.faults.length;
        for (const name of result.policies) cli.stdout.write(`${file}: ${name}\n`);
        for (const fault of result.faults) cli.stderr.write(`${fault}\n`);
      }
      if (policies === 0 && faults === 0)
        throw new CliError(`${options.filename.join(', ')}: no ReleasePolicy in it`);
      cli.finish(faults === 0 ? EXIT.ok : EXIT.failed);
    });
};
