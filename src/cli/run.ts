/** Runs one command line and turns whatever happens into an exit code and one line of error. */
import { CommanderError } from 'commander';
import { KubeError } from '../ports/kube.ts';
import { CliError, EXIT } from './cli-error.ts';
import type { CliDeps } from './deps.ts';
import { buildProgram } from './program.ts';

/** `args`: what the user wrote after the name of the program. */
export async function runCli(deps: CliDeps, args: readonly string[]): Promise<number> {
  let code: number = EXIT.ok;
  const program = buildProgram(deps, (finished) => {
    code = finished;
  });
  if (args.length === 0) {
    deps.stderr.write(program.helpInformation());
    return EXIT.usage;
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    return reportError(deps, error);
  }
}

function reportError(deps: CliDeps, error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  deps.stderr.write(`error: ${errorText(deps, error)}\n`);
  return error instanceof CliError ? error.exitCode : EXIT.failed;
}

function errorText(deps: CliDeps, error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof KubeError && error.reason === 'NotServed')
    return (
      `${error.message}; if Segue is not installed there, ` +
      `'${deps.invokedAs} install | kubectl apply -f -' does it`
    );
  return error.message;
}
