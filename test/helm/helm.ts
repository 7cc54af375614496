/** A sandbox of its own and the real helm of this machine, for the tests of this folder. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { labOnSandbox, type Lab } from '../../src/testing/lab.ts';
import { TestProcess } from '../../src/testing/process.ts';

const MAIN = resolve(import.meta.dirname, '../../dist/main.js');
export const CHART = resolve(import.meta.dirname, 'chart');

export interface Output {
  code: number | null;
  text: string;
}

export interface Helm {
  /** What it prints; throws with its complaint when it fails. */
  (...args: string[]): Promise<string>;
  /** The whole outcome, success or not. */
  run(...args: string[]): Promise<Output>;
  lab: Lab;
  stop(): Promise<void>;
}

/** `flags`: of `segue sandbox up`. */
export async function sandboxHelm(...flags: string[]): Promise<Helm> {
  const sandbox = new TestProcess('sandbox', [MAIN, 'sandbox', 'up', '--no-gateway', ...flags]);
  const home = await mkdtemp(join(tmpdir(), 'segue-helm-'));
  const stop = async () => {
    await sandbox.stop();
    await rm(home, { recursive: true });
  };
  try {
    const [, kubeconfig = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
    const lab = await labOnSandbox(kubeconfig);
    const env = { ...process.env, ...homes(home), KUBECONFIG: kubeconfig };
    const run = (...args: string[]) => runHelm(args, env);
    const helm = async (...args: string[]) => {
      const { code, text } = await run(...args);
      if (code !== 0) throw new Error(`helm ${args.join(' ')} ended with ${code}:\n${text}`);
      return text;
    };
    const stopAll = async () => {
      await lab.client.close();
      await stop();
    };
    return Object.assign(helm, { run, lab, stop: stopAll });
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Nothing of the user's own helm. */
function homes(dir: string): NodeJS.ProcessEnv {
  return { HELM_CONFIG_HOME: dir, HELM_CACHE_HOME: dir, HELM_DATA_HOME: dir };
}

function runHelm(args: string[], env: NodeJS.ProcessEnv): Promise<Output> {
  return new Promise((resolved, reject) => {
    const child = spawn('helm', args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (data: Buffer) => (text += data.toString()));
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(
        error.code === 'ENOENT'
          ? new Error('helm is not on the PATH; these tests need helm 4, see .ci/run', {
              cause: error,
            })
          : error,
      ),
    );
    child.on('close', (code) => resolved({ code, text }));
  });
}
