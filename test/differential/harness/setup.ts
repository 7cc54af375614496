/** Starts both servers once for all groups: the sandbox with its controllers and no nodes, as the
 * real control plane has none. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { clusterOver, createLog, systemClock } from '../../../src/kube/index.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { startControlPlane } from '../../../src/testing/control-plane.ts';
import { summary } from './report.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Kubeconfigs. */
    real: string;
    sandbox: string;
    /** Where the groups leave what they did. */
    reports: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const log = createLog({ format: 'pretty', level: 'error' });
  const deps = { clock: systemClock, log, random: Math.random };
  const sandbox = await startSandbox(
    { ...deps, clusterOver: (client) => clusterOver(client, deps), demoEntry: [] },
    { nodes: 0, hollow: 0, gateway: false },
  );
  const plane = await startControlPlane();
  const reports = await mkdtemp(join(tmpdir(), 'segue-differential-'));
  project.provide('real', plane.kubeconfig);
  project.provide('sandbox', sandbox.kubeconfig);
  project.provide('reports', reports);
  return async () => {
    await Promise.all([plane.stop(), sandbox.stop()]);
    const { line, problems } = await summary(reports);
    await rm(reports, { recursive: true });
    process.stdout.write(`${line}\n`);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  };
}
