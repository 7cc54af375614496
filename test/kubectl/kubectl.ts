/** A sandbox of its own and the real kubectl of this machine, for the tests of this folder. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { TestProcess } from '../../src/testing/process.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');

export interface Output {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string;
  signal?: AbortSignal;
  /** Called with all that was printed so far. */
  onOutput?: (text: string) => void;
}

export interface Kubectl {
  /** What it prints; throws with its complaint when it fails. */
  (...args: string[]): Promise<string>;
  /** The whole outcome, success or not. */
  run(args: string[], options?: RunOptions): Promise<Output>;
  /** `kubectl <args> -f -` with this as the input. */
  pipe(input: string | object, ...args: string[]): Promise<string>;
  stop(): Promise<void>;
}

export async function sandboxKubectl(...flags: string[]): Promise<Kubectl> {
  const sandbox = new TestProcess('sandbox', [MAIN, 'sandbox', 'up', '--no-controller', ...flags]);
  const [, kubeconfig = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
  const run = (args: string[], options: RunOptions = {}) => runKubectl(kubeconfig, args, options);
  const kubectl = async (...args: string[]) => checked(args, await run(args));
  return Object.assign(kubectl, {
    run,
    pipe: async (input: string | object, ...args: string[]) => {
      const all = [...args, '-f', '-'];
      const stdin = typeof input === 'string' ? input : JSON.stringify(input);
      return checked(all, await run(all, { stdin }));
    },
    stop: () => sandbox.stop(),
  });
}

function checked(args: string[], { code, stdout, stderr }: Output): string {
  if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}:\n${stderr}`);
  return stdout.trim();
}

function runKubectl(kubeconfig: string, args: string[], options: RunOptions): Promise<Output> {
  const { signal, stdin = '', onOutput } = options;
  return new Promise((resolved, reject) => {
    const child = spawn('kubectl', args, { env: { ...process.env, KUBECONFIG: kubeconfig } });
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
    child.stdin.end(stdin);
  });
}
