/** One run of a container: a child process, what it writes, and how it ended. */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Clock } from '../../ports/clock.ts';
import type { LogStore } from './log-store.ts';
import type { Reaper } from './reaper.ts';

export interface ProcessExit {
  exitCode: number;
  signal: number | undefined;
  /** Why it did not start at all. */
  startError?: string;
}

export interface ContainerProcess {
  pid: number | undefined;
  /** Resolves once, when the process says that it listens; never rejects. */
  listening: Promise<void>;
  exited: Promise<ProcessExit>;
  /** SIGTERM is for the process alone, SIGKILL also for what it started. */
  kill(signal: 'SIGTERM' | 'SIGKILL'): void;
}

const SIGNALS: Record<string, number> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

const START_FAILED = 128;

interface Output {
  log: LogStore;
  clock: Clock;
}

/** Starts Node with `argv`, with this environment and nothing of our own. */
export function startNode(
  argv: string[],
  env: Record<string, string>,
  output: Output,
): ContainerProcess {
  const child = spawn(process.execPath, argv, { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  const listening = new Promise<void>((resolve) => {
    child.on('message', (message) => {
      if (typeof message === 'object' && 'listening' in message) resolve();
    });
  });
  return {
    pid: child.pid,
    listening,
    exited: exitOf(child, output),
    kill: (signal) => {
      child.kill(signal);
    },
  };
}

export interface Command {
  argv: string[];
  env: Record<string, string>;
  cwd: string;
}

/** Starts any program, as the leader of a process group that ends with it. */
export function startCommand(
  { argv: [program = '', ...args], env, cwd }: Command,
  output: Output,
  reaper: Reaper,
): ContainerProcess {
  const options = { env, cwd, detached: true, stdio: ['ignore', 'pipe', 'pipe'] as const };
  const child = spawn(program, args, { ...options, stdio: [...options.stdio] });
  const { pid } = child;
  if (pid !== undefined) reaper.add(pid);
  child.once('exit', () => {
    if (pid === undefined) return;
    // What the container's first process leaves behind goes with it, as in a container.
    killGroup(pid);
    reaper.remove(pid);
  });
  return {
    pid,
    listening: Promise.resolve(),
    exited: exitOf(child, output),
    kill: (signal) => {
      if (signal === 'SIGKILL' && pid !== undefined && child.exitCode === null) killGroup(pid);
      child.kill(signal);
    },
  };
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // nobody is left in it
  }
}

function exitOf(child: ChildProcess, { log, clock }: Output): Promise<ProcessExit> {
  const write = (text: string): void => log.append(text, clock.now());
  child.stdout?.setEncoding('utf8').on('data', write);
  child.stderr?.setEncoding('utf8').on('data', write);
  const exited = new Promise<ProcessExit>((resolve) => {
    child.on('error', (error: NodeJS.ErrnoException) => {
      write(`cannot start: ${error.message}\n`);
      if (child.pid !== undefined) return;
      const startError = startErrorOf(error);
      resolve({ exitCode: START_FAILED, signal: undefined, startError });
    });
    child.once('close', (code, name) => {
      const signal = name ? (SIGNALS[name] ?? 0) : undefined;
      resolve({ exitCode: code ?? 128 + (signal ?? 0), signal });
    });
  });
  return exited.finally(() => log.end(clock.now()));
}

function startErrorOf(error: NodeJS.ErrnoException): string {
  const program = JSON.stringify(error.path ?? '');
  if (error.code === 'ENOENT') return `exec: ${program}: executable file not found in $PATH`;
  return `exec: ${program}: ${error.message}`;
}

/** Runs a program to its end, for probes and hooks; undefined when it ended with 0. */
export function runToEnd(
  { argv: [program = '', ...args], env, cwd }: Command,
  signal: AbortSignal,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env, cwd, signal, killSignal: 'SIGKILL' });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (data: string) => {
        if (text.length < OUTPUT_LENGTH_MAX) text += data;
      });
    child.once('error', (error) => resolve(signal.aborted ? 'timed out' : error.message));
    child.once('close', (code) => {
      if (code === 0) resolve(undefined);
      else resolve(text.trim() || `command ended with exit code ${code}`);
    });
  });
}

const OUTPUT_LENGTH_MAX = 10_000;
