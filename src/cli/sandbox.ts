/** `segue sandbox`: a local Kubernetes API to try and test with, its nodes, its gateway. */
import type { Command } from 'commander';
import { countArgument, portArgument, zonesArgument } from './arguments.ts';
import { connectOptions, type Define, type GlobalOptions } from './invocation.ts';

interface Options extends GlobalOptions {
  port?: number;
  gateway: boolean;
  controller: boolean;
  nodes?: number;
  hollow?: number;
  zones?: string[];
  data?: string;
  runCommands?: boolean;
}

const NODES = 'nodes whose pods are local processes';
const RUN_COMMANDS =
  'run the command of containers on this machine, with your rights and no isolation';
const ZONES = 'zones that the nodes are in, in turn (the label topology.kubernetes.io/zone)';
const HOLLOW = 'nodes whose pods only claim to run, for tests';

export const defineSandbox: Define = (program, cli) => {
  const sandbox = program
    .command('sandbox')
    .description('a local Kubernetes API for trying things out')
    .helpCommand(false);

  sandbox
    .command('up')
    .description('start it and print its kubeconfig; stop it with Ctrl-C')
    .option('--port <port>', 'port of the API; default a free one', portArgument)
    .option('--nodes <count>', NODES, countArgument)
    .option('--hollow <count>', HOLLOW, countArgument)
    .option('--zones <names>', ZONES, zonesArgument)
    .option('--run-commands', RUN_COMMANDS)
    .option('--no-gateway', 'route no traffic')
    .option('--no-controller', 'without Segue: install and run it yourself')
    .option('--data <dir>', 'keep everything in this directory, and go on from there')
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const { port, nodes, hollow, zones, gateway, controller, data } = options;
      const { runCommands = false } = options;
      const up = { port, nodes, hollow, zones, gateway, controller, data, runCommands };
      cli.finish(await cli.sandboxUp(up));
    });

  sandbox
    .command('nodes')
    .description('run nodes for any API server (--kubeconfig)')
    .option('--nodes <count>', NODES, countArgument)
    .option('--hollow <count>', HOLLOW, countArgument)
    .option('--zones <names>', ZONES, zonesArgument)
    .option('--run-commands', RUN_COMMANDS)
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      const { nodes, hollow, zones, runCommands = false } = options;
      const run = { ...connectOptions(options), nodes, hollow, zones, runCommands };
      cli.finish(await cli.sandboxNodes(run));
    });

  sandbox
    .command('gateway')
    .description('route traffic as the HTTPRoutes and Services of any API server say')
    .action(async (_options, self: Command) => {
      const options = self.optsWithGlobals<Options>();
      cli.finish(await cli.sandboxGateway(connectOptions(options)));
    });
};
