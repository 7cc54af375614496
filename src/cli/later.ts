/** Commands of later versions: refused by name, with what to use until then. */
import { CliError, EXIT } from './cli-error.ts';
import type { Define } from './invocation.ts';

/** What to do instead; `segue` stands for the name it was called by. */
const INSTEAD: Record<string, string> = {
  rehearse: "'segue sandbox up' gives a local cluster to try a policy on",
};

export const defineLater: Define = (program, cli) => {
  for (const [name, instead] of Object.entries(INSTEAD))
    program
      .command(name, { hidden: true })
      .allowUnknownOption()
      .allowExcessArguments()
      .action(() => {
        const hint = instead.replaceAll("'segue ", `'${cli.invokedAs} `);
        throw new CliError(`${name}: not in this version; ${hint}`, EXIT.usage);
      });
};
