/** One call of the command line: what every command is given, and the options all of them share. */
import type { Command } from 'commander';
import type { CliDeps, ConnectOptions, Connection } from './deps.ts';

export interface Invocation extends CliDeps {
  /** Sets the exit code. */
  finish(code: number): void;
}

export type Define = (program: Command, cli: Invocation) => void;

/** Options that stand before or after any command. */
export interface GlobalOptions {
  namespace?: string;
  kubeconfig?: string;
  context?: string;
}

export function connectOptions(options: GlobalOptions): ConnectOptions {
  return {
    kubeconfig: options.kubeconfig,
    context: options.context,
    namespace: options.namespace,
  };
}

/** `-n` goes before what a file says. */
export function inNamespace<T extends GlobalOptions>(options: T, namespace: string | undefined): T {
  return { ...options, ...(options.namespace === undefined && namespace && { namespace }) };
}

/** Connects, works, and closes the connection whatever happens. */
export async function withCluster<T>(
  cli: Invocation,
  options: GlobalOptions,
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await cli.connect(connectOptions(options));
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}
