/** npm run bench -- start: how long `segue --help` takes, and the sandbox until kubectl can use it. */
import { spawnSync } from 'node:child_process';
import { connect, createLog, loadKubeconfig, systemClock } from '../src/kube/index.ts';
import { TestProcess } from '../src/testing/process.ts';
import { until } from '../src/testing/until.ts';
import { report } from './results.ts';
import { spread } from './spread.ts';

const MAIN = 'dist/main.js';
const HELPS = 15;
const SANDBOXES = 5;
const HELP_MS = 150;
const READY_MS = 3_000;

/** Of a Node that runs this. */
function run(...args: string[]): number {
  const began = performance.now();
  spawnSync(process.execPath, args);
  return performance.now() - began;
}

/** Until the API answers, the nodes are Ready and it says so itself. */
async function ready(): Promise<number> {
  const began = performance.now();
  const sandbox = new TestProcess('sandbox', [MAIN, 'sandbox', 'up']);
  try {
    const [, path = ''] = await sandbox.waitFor(/KUBECONFIG=(\S+)/);
    const log = createLog({ format: 'pretty', level: 'error' });
    const config = await loadKubeconfig({ path });
    const { client } = connect(config, { clock: systemClock, log, random: Math.random });
    await until('nodes', async () => {
      const { items } = await client.list({ group: '', kind: 'Node' });
      return items.length > 0;
    });
    const took = performance.now() - began;
    await client.close();
    return took;
  } finally {
    await sandbox.stop();
  }
}

const runs = (...args: string[]) => spread(Array.from({ length: HELPS }, () => run(...args)));
run(MAIN, '--help');
const bare = runs('--eval', '0');
const helps = runs(MAIN, '--help');
const times: number[] = [];
for (let i = 0; i < SANDBOXES; i++) times.push(await ready());
const sandboxes = spread(times);
report('start', [
  { what: 'node that does nothing', ...bare, unit: 'ms', target: 'to compare', reached: true },
  {
    what: 'segue --help',
    ...helps,
    unit: 'ms',
    target: `under ${HELP_MS}`,
    reached: helps.median < HELP_MS,
  },
  {
    what: 'sandbox up until it lists nodes',
    ...sandboxes,
    unit: 'ms',
    target: `under ${READY_MS}`,
    reached: sandboxes.median < READY_MS,
  },
]);
