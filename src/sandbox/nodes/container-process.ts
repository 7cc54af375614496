/** One run of a container: a child process, what it writes, and how it ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from '../../ports/clock.ts';
import type { LogStore } from './log-store.ts';

export interface ProcessExit {
  exitCode: number;
  signal: number | undefined;
}

export interface ContainerProcess {
  pid: number | undefined;
  /** Resolves once, when the process says that it listens; never rejects. */
  listening: Promise<void>;
  exited: Promise<ProcessExit>;
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

const SIGNALS: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGTERM: 15,
};

/** Starts `argv` with this environment and nothing of our own. */
export function startProcess(
  argv: string[],
  env: Record<string, string>,
  { log, clock }: { log: LogStore; clock: Clock },
): ContainerProcess {
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const write = (text: string): void => log.append(text, clock.now());
  child.stdout?.setEncoding('utf8').on('data', write);
  child.stderr?.setEncoding('utf8').on('data', write);
  return {
    pid: child.pid,
    listening: new Promise((resolve) => {
      child.on('message', (message) => {
        if (typeof message === 'object' && 'listening' in message) resolve();
      });
    }),
    exited: exitOf(child, write).finally(() => log.end(clock.now())),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

function exitOf(child: ChildProcess, write: (text: string) => void): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.on('error', (error) => {
      write(`cannot start: ${error.message}\n`);
      if (child.pid === undefined) resolve({ exitCode: 128, signal: undefined });
    });
    child.once('close', (code, name) => {
      const signal = name ? (SIGNALS[name] ?? 0) : undefined;
      resolve({ exitCode: code ?? 128 + (signal ?? 0), signal });
    });
  });
}
