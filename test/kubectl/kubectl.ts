/** A sandbox of its own and a real kubectl (of the PATH, or SEGUE_KUBECTL) for the tests here. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { TestProcess } from '../../src/testing/process.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
const KUBECTL = process.env['SEGUE_KUBECTL'] ?? 'kubectl';

export interface Output {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string;
  signal?: AbortSignal;
  env?: Record<string, string>;
  /** Called with all that was printed so far. */
  onOutput?: (text: string) => void;
}

/** YAML, or an object, or several for a List. */
export type Input = string | object;

export interface Kubectl {
  /** Path of the administrator's kubeconfig. */
  kubeconfig: string;
  /** What it prints; throws with its complaint when it fails. */
  (...args: string[]): Promise<string>;
  /** The whole outcome, success or not. */
  run(args: string[], options?: RunOptions): Promise<Output>;
  /** `kubectl <args> -f -` with this as the input. */
  pipe(input: Input, ...args: string[]): Promise<string>;
  /** The same, with the whole outcome. */
  runPipe(input: Input, ...args: string[]): Promise<Output>;
  /** `kubectl get <args> -o json`. */
  json(...args: string[]): Promise<Record<string, unknown>>;
  /** The complaint of a command that has to fail. */
  refused(...args: string[]): Promise<string>;
  /** A file of this content, in a folder that goes with the sandbox. */
  file(name: string, content: string): Promise<string>;
  stop(): Promise<void>;
}

export async function sandboxKubectl(...flags: string[]): Promise<Kubectl> {
  const sandbox = new TestProcess('sandbox', [MAIN, 'sandbox', 'up', '--no-controller', ...flags]);
  const [, kubeconfig = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
  return kubectlOf(kubeconfig, () => sandbox.stop());
}

/** For the cluster of this kubeconfig; `stop` ends what it needs. */
export async function kubectlOf(kubeconfig: string, stop: () => Promise<void>): Promise<Kubectl> {
  const folder = await mkdtemp(join(tmpdir(), 'segue-kubectl-'));
  // What kubectl remembers of a server must not outlive the server: ports come again.
  const base = { KUBECONFIG: kubeconfig, KUBECACHEDIR: join(folder, 'cache') };
  const run = (args: string[], options: RunOptions = {}) =>
    runKubectl(args, { ...options, env: { ...base, ...options.env } });
  const kubectl = async (...args: string[]) => checked(args, await run(args));
  const runPipe = (input: Input, ...args: string[]) => {
    const stdin = typeof input === 'string' ? input : JSON.stringify(listed(input));
    return run([...args, '-f', '-'], { stdin });
  };
  return Object.assign(kubectl, {
    kubeconfig,
    run,
    runPipe,
    pipe: async (input: Input, ...args: string[]) =>
      checked([...args, '-f', '-'], await runPipe(input, ...args)),
    json: async (...args: string[]) =>
      JSON.parse(await kubectl('get', ...args, '-o', 'json')) as Record<string, unknown>,
    refused: async (...args: string[]) => {
      const { code, stdout, stderr } = await run(args);
      if (code === 0) throw new Error(`kubectl ${args.join(' ')} did not fail:\n${stdout}`);
      return stderr;
    },
    file: async (name: string, content: string) => {
      const path = join(folder, name);
      await writeFile(path, content, { mode: 0o755 });
      return path;
    },
    stop: async () => {
      await stop();
      await rm(folder, { recursive: true, force: true });
    },
  });
}

function listed(input: object): object {
  return Array.isArray(input) ? { apiVersion: 'v1', kind: 'List', items: input } : input;
}

function checked(args: string[], { code, stdout, stderr }: Output): string {
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout.trim();
}

function runKubectl(args: string[], options: RunOptions): Promise<Output> {
  const { signal, stdin = '', env, onOutput } = options;
  return new Promise((resolved, reject) => {
    const child = spawn(KUBECTL, args, {
      env: { ...process.env, ...env },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (data: Buffer) => {
      stdout += data.toString();
      onOutput?.(stdout);
    });
    child.stderr.on('data', (data: Buffer) => (stderr += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolved({ code, stdout, stderr }));
    signal?.addEventListener('abort', () => child.kill(), { once: true });
    // It may end without reading what it is given.
    child.stdin.on('error', () => undefined);
    child.stdin.end(stdin);
  });
}
