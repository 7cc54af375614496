/** Both servers with three nodes whose pods only claim to run, and a story played on both at once. */
import {
  createLog,
  clusterOver,
  connect,
  loadKubeconfig,
  systemClock,
} from '../../../src/kube/index.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { startNodes } from '../../../src/sandbox/nodes/index.ts';
import { startSandbox } from '../../../src/sandbox/sandbox.ts';
import { startControlPlane } from '../../../src/testing/control-plane.ts';
import { Stage } from './stage.ts';

/** Plays a story and gives what was told at its stations. */
export type Story = (stage: Stage, tell: (station: string) => Promise<void>) => Promise<void>;

export interface Played {
  told: Record<string, unknown>;
  /** The real controller drops events of one object beyond 25. */
  events: string[];
}

export interface Servers {
  /** What each server made of the story. */
  play(kind: string, story: Story): Promise<{ real: Played; sandbox: Played }>;
  stop(): Promise<void>;
}

export async function startServers(): Promise<Servers> {
  const log = createLog({ format: 'pretty', level: 'error' });
  const deps = { clock: systemClock, log, random: Math.random };
  const sandbox = await startSandbox(
    { ...deps, clusterOver: (client) => clusterOver(client, deps), demoEntry: [] },
    { nodes: 0, hollow: 0, gateway: false },
  );
  const plane = await startControlPlane();
  const real = connect(await loadKubeconfig({ path: plane.kubeconfig }), deps);
  const clusters = { sandbox: sandbox.cluster, real };
  const nodes = await Promise.all(
    Object.values(clusters).map((cluster) =>
      startNodes({ ...deps, cluster }, { hollow: 3, name: 'node' }),
    ),
  );
  let count = 0;
  return {
    async play(kind, story) {
      count += 1;
      const namespace = `story-${count}`;
      const on = ({ client }: Cluster) => tellOf(story, new Stage(client, kind, namespace));
      const played = [on(clusters.real), on(clusters.sandbox)] as const;
      const [theirs, ours] = await Promise.all(played);
      return { real: theirs, sandbox: ours };
    },
    async stop() {
      await Promise.all(nodes.map((one) => one.stop()));
      await real.client.close();
      await Promise.all([plane.stop(), sandbox.stop()]);
    },
  };
}

async function tellOf(story: Story, stage: Stage): Promise<Played> {
  const told: Record<string, unknown> = {};
  await stage.open();
  await story(stage, async (station) => {
    told[station] = await stage.tell();
  });
  return { told, events: await stage.events() };
}
