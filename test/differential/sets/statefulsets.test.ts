/** StatefulSets on the sandbox and on a real control plane: the same steps, the same pods and counts. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Servers, startServers, type Story } from './servers.ts';

let servers: Servers;

beforeAll(async () => {
  servers = await startServers();
});
afterAll(() => servers.stop());

const NEVER = { 'hollow.segue.dev/ready': 'never' };

function template(image: string, annotations?: Record<string, string | null>) {
  return {
    metadata: { labels: { app: 'app' }, ...(annotations && { annotations }) },
    spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'app', image }] },
  };
}

const set = (spec: Record<string, unknown> = {}) => ({
  replicas: 3,
  serviceName: 'peers',
  selector: { matchLabels: { app: 'app' } },
  template: template('app:1'),
  ...spec,
});
const partition = (value: number) => ({ updateStrategy: { rollingUpdate: { partition: value } } });
const broken = { template: template('app:bad', NEVER) };
/** A merge patch keeps annotations that it does not take away. */
const mended = (image: string) => ({
  template: template(image, { 'hollow.segue.dev/ready': null }),
});
const to = (image: string) => ({ template: template(image) });

const STORIES: Record<string, Story> = {
  'made, updated and brought back': async (stage, tell) => {
    await stage.create(set(), { annotations: { note: 'first' } });
    await tell('made');
    await stage.change(to('app:2'));
    await tell('updated');
    await stage.change(to('app:1'));
    await tell('brought back');
    await stage.change({ replicas: 5 });
    await tell('grown');
    await stage.change({ replicas: 1 });
    await tell('shrunk');
    await stage.deletePod('app-0');
    await tell('a pod deleted');
  },
  'a partition': async (stage, tell) => {
    await stage.create(set(partition(0)));
    await tell('made');
    await stage.change({ ...to('app:2'), ...partition(2) });
    await tell('held at 2');
    await stage.deletePod('app-0');
    await tell('a pod below deleted');
    await stage.deletePod('app-2');
    await tell('a pod above deleted');
    await stage.change({ replicas: 4 });
    await tell('grown');
    await stage.change(partition(1));
    await tell('held at 1');
    await stage.change({ ...to('app:3') });
    await tell('a third template');
    await stage.change({ ...to('app:1') });
    await tell('back to the first');
    await stage.change(partition(9));
    await tell('beyond the end');
    await stage.change({ ...to('app:4'), replicas: 2 });
    await tell('shrunk');
    await stage.change(partition(0));
    await tell('complete');
  },
  'none left half way': async (stage, tell) => {
    await stage.create(set());
    await stage.settle();
    await stage.change({ ...to('app:2'), ...partition(2) });
    await tell('held');
    await stage.change({ replicas: 0 });
    await tell('none');
    await stage.change({ replicas: 3 });
    await tell('grown again');
  },
  'on delete': async (stage, tell) => {
    await stage.create(set({ updateStrategy: { type: 'OnDelete' } }));
    await tell('made');
    await stage.change(to('app:2'));
    await tell('nothing moves');
    await stage.deletePod('app-1');
    await tell('one deleted');
    await stage.deletePod('app-0');
    await stage.deletePod('app-2');
    await tell('all deleted');
    await stage.change({ replicas: 4 });
    await tell('grown');
    await stage.change({
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    });
    await tell('rolling now');
  },
  'a broken pod blocks the way back': async (stage, tell) => {
    await stage.create(set());
    await stage.settle();
    await stage.change(broken);
    await tell('broken');
    await stage.change(mended('app:1'));
    await tell('still broken');
    await stage.deletePod('app-2');
    await tell('deleted by hand');
  },
  'a broken pod below the partition': async (stage, tell) => {
    await stage.create(set(partition(0)));
    await stage.settle();
    await stage.change({ ...broken, ...partition(1) });
    await tell('broken');
    await stage.change(partition(3));
    await tell('held beyond');
    await stage.deletePod('app-2');
    await tell('deleted by hand');
    await stage.change(mended('app:1'));
    await tell('brought back');
  },
  'shrunk while broken': async (stage, tell) => {
    await stage.create(set());
    await stage.settle();
    await stage.change(broken);
    await tell('broken');
    await stage.change({ replicas: 2 });
    await tell('the broken one goes');
    await stage.change({ replicas: 4 });
    await tell('grown');
    await stage.change({ replicas: 1 });
    await tell('shrunk');
  },
  parallel: async (stage, tell) => {
    await stage.create(set({ podManagementPolicy: 'Parallel' }));
    await tell('made');
    await stage.change(to('app:2'));
    await tell('updated');
    await stage.change(broken);
    await tell('broken');
    await stage.change({ replicas: 5 });
    await tell('grown');
    await stage.change(mended('app:2'));
    await tell('brought back');
    await stage.change({ replicas: 1 });
    await tell('shrunk');
  },
  'parallel with a partition': async (stage, tell) => {
    await stage.create(set({ podManagementPolicy: 'Parallel', ...partition(0) }));
    await tell('made');
    await stage.change({ ...broken, ...partition(1) });
    await tell('one broken');
    await stage.deletePod('app-0');
    await stage.deletePod('app-1');
    await tell('others deleted');
    await stage.change(partition(2));
    await tell('held higher');
    await stage.change({ ...mended('app:1'), replicas: 4 });
    await tell('brought back and grown');
  },
  'made broken': async (stage, tell) => {
    await stage.create(set(broken));
    await tell('made');
    await stage.change(mended('app:1'));
    await tell('mended');
    await stage.deletePod('app-0');
    await tell('deleted by hand');
  },
  'a short history': async (stage, tell) => {
    await stage.create(set({ revisionHistoryLimit: 1, replicas: 1 }));
    await tell('made');
    for (const image of ['app:2', 'app:3', 'app:4', 'app:2']) {
      await stage.change(to(image));
      await tell(image);
    }
  },
  'orphaned and adopted': async (stage, tell) => {
    await stage.create(set());
    await stage.settle();
    await stage.change({ ...to('app:2'), ...partition(2) });
    await stage.settle();
    await stage.remove('Orphan');
    await tell('orphaned');
    await stage.create(set(to('app:2')));
    await tell('adopted');
  },
};

test.each(Object.entries(STORIES))('%s', async (_name, story) => {
  const { real, sandbox } = await servers.play('StatefulSet', story);
  expect(sandbox.told).toEqual(real.told);
  expect(real.events.filter((event) => !sandbox.events.includes(event))).toEqual([]);
});
