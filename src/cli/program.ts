/** The commands. Nothing heavy is imported here or by what is imported here: zod, yaml and undici
 * are loaded by the action that needs them, so that help is instant. */
import { Command } from 'commander';
import type { CliDeps } from './deps.ts';
import { defineCheck } from './check.ts';
import { defineController } from './controller.ts';
import { defineCrds } from './crds.ts';
import { defineDemo } from './demo.ts';
import { defineDetach } from './detach.ts';
import { defineGet } from './get.ts';
import { defineHistory } from './history.ts';
import { defineInstall } from './install.ts';
import type { Define } from './invocation.ts';
import { defineJudge } from './judge.ts';
import { defineLater } from './later.ts';
import { definePlan } from './plan.ts';
import { defineRequests } from './request.ts';
import { defineRestart } from './restart.ts';
import { defineRetry } from './retry.ts';
import { defineSandbox } from './sandbox.ts';
import { defineStatus } from './status.ts';
import { defineUndo } from './undo.ts';
import { defineValidate } from './validate.ts';

const COMMANDS: Define[] = [
  defineGet,
  defineStatus,
  defineRequests,
  defineHistory,
  defineUndo,
  defineRetry,
  defineRestart,
  defineDetach,
  defineValidate,
  definePlan,
  defineCheck,
  defineJudge,
  defineCrds,
  defineInstall,
  defineController,
  defineSandbox,
  defineDemo,
  defineLater,
];

/** `finish` is told the exit code of an action that ran to its end. */
export function buildProgram(deps: CliDeps, finish: (code: number) => void = () => {}): Command {
  const program = new Command(deps.invokedAs)
    .description('Releases new versions on Kubernetes step by step, judged by metrics.')
    .version(deps.version)
    .option('-n, --namespace <name>', "namespace; default the context's")
    .option('--kubeconfig <file>', 'kubeconfig file; default $KUBECONFIG or ~/.kube/config')
    .option('--context <name>', 'context of the kubeconfig')
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => deps.stdout.write(text),
      writeErr: (text) => deps.stderr.write(text),
    })
    .showHelpAfterError(`'${deps.invokedAs} --help' lists what there is`)
    .helpCommand(false)
    .exitOverride();
  for (const define of COMMANDS) define(program, { ...deps, finish });
  return program;
}
