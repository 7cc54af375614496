/** DaemonSets on the sandbox and on a real control plane, over three nodes: the same steps, the same pods. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Servers, startServers, type Story } from './servers.ts';

let servers: Servers;

beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.stop());

const NODES = ['node-hollow-0', 'node-hollow-1', 'node-hollow-2'] as const;
const NEVER = { 'hollow.segue.dev/ready': 'never' };

function template(
  image: string,
  more: { annotations?: Record<string, string | null>; pod?: Record<string, unknown> } = {},
) {
  const { annotations, pod } = more;
  return {
    metadata: { labels: { app: 'app' }, ...(annotations && { annotations }) },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image }], ...pod },
  };
}

const set = (spec: Record<string, unknown> = {}) => ({
  selector: { matchLabels: { app: 'app' } },
  template: template('app:1'),
  ...spec,
});
const to = (image: string) => ({ template: template(image) });
const broken = { template: template('app:bad', { annotations: NEVER }) };
const mended = (image: string) => ({
  template: template(image, { annotations: { 'hollow.segue.dev/ready': null } }),
});
const ON_DELETE = { updateStrategy: { type: 'OnDelete', rollingUpdate: null } };
const missing = (maxUnavailable: number | string) => ({
  updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } },
});
const onHost = (...names: string[]) => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: names }] },
        ],
      },
    },
  },
});

const STORIES: Record<string, Story> = {
  'made, updated and brought back': async (stage, tell) => {
    await stage.create(set());
    await tell('made');
    await stage.change(to('app:2'));
    await tell('updated');
    await stage.change(to('app:1'));
    await tell('brought back');
    await stage.deletePod(await stage.podOn(NODES[1]));
    await tell('a pod deleted');
  },
  'on delete': async (stage, tell) => {
    await stage.create(set(ON_DELETE));
    await tell('made');
    await stage.change(to('app:2'));
    await tell('nothing moves');
    await stage.deletePod(await stage.podOn(NODES[2]));
    await tell('one deleted');
    await stage.change(to('app:3'));
    await stage.deletePod(await stage.podOn(NODES[0]));
    await tell('another template');
    await stage.change(to('app:1'));
    await tell('back without a move');
    await stage.change(missing(1));
    await tell('rolling now');
  },
  'a broken update and the way back': async (stage, tell) => {
    await stage.create(set(missing(2)));
    await tell('made');
    await stage.change(mended('app:2'));
    await tell('updated by two');
    await stage.change({ ...broken, ...missing('100%') });
    await tell('all broken');
    await stage.change({ ...mended('app:2'), ...missing(1) });
    await tell('brought back');
  },
  'some of the nodes': async (stage, tell) => {
    await stage.create(set({ template: template('app:1', { pod: onHost(NODES[0], NODES[1]) }) }));
    await tell('two nodes');
    await stage.change({ template: template('app:1', { pod: onHost(NODES[2]) }) });
    await tell('the third');
    await stage.change({ template: template('app:1', { pod: { affinity: null } }) });
    await tell('all');
    await stage.change({
      template: template('app:1', { pod: { nodeSelector: { 'segue.dev/node': 'none' } } }),
    });
    await tell('none');
  },
  'nodes with taints, and cordoned': async (stage, tell) => {
    const taint = (effect: string) => ({ taints: [{ key: 'apart', value: 'yes', effect }] });
    await stage.create(set());
    await tell('made');
    await stage.node(NODES[2], taint('NoSchedule'));
    await tell('the pod that is there stays');
    await stage.deletePod(await stage.podOn(NODES[2]));
    await tell('none comes after it');
    await stage.change(to('app:2'));
    await tell('updated without it');
    await stage.node(NODES[1], taint('NoExecute'));
    await tell('driven away');
    const tolerations = [{ key: 'apart', operator: 'Exists' }];
    await stage.change({ template: template('app:2', { pod: { tolerations } }) });
    await tell('tolerated');
    await stage.node(NODES[1], { taints: null });
    await stage.node(NODES[2], { taints: null });
    await stage.node(NODES[0], { unschedulable: true });
    await stage.deletePod(await stage.podOn(NODES[0]));
    await tell('made anew on a cordoned node');
    await stage.node(NODES[0], { unschedulable: null });
    await tell('as before');
  },
  'a short history': async (stage, tell) => {
    await stage.create(set({ revisionHistoryLimit: 1 }), { annotations: { note: 'first' } });
    await tell('made');
    for (const image of ['app:2', 'app:3', 'app:2']) {
      await stage.change(to(image));
      await tell(image);
    }
  },
  'orphaned and adopted': async (stage, tell) => {
    await stage.create(set(ON_DELETE));
    await stage.settle();
    await stage.change(to('app:2'));
    await stage.settle();
    await stage.remove('Orphan');
    await tell('orphaned');
    // The first template of the new set has the number that the pods are labelled with: newer
    // controllers take them for updated then, 1.20 compares that number with an address.
    await stage.create(set({ ...ON_DELETE, ...to('app:3') }));
    await stage.change(to('app:2'));
    await tell('adopted');
  },
};

test.each(Object.entries(STORIES))('%s', async (_name, story) => {
  const { real, sandbox } = await servers.play('DaemonSet', story);
  expect(sandbox.told).toEqual(real.told);
  expect(real.events.filter((event) => !sandbox.events.includes(event))).toEqual([]);
});
