/** npm run bench -- writes: API writes counted at the API server, by a proxy in front of it. What a
 * canary stage costs is the difference between canaries of different lengths; events are counted
 * too, leases are not, and pods are the cluster's own. */
import { startRouteLab } from '../src/testing/route-lab.ts';
import { systemClock } from '../src/kube/index.ts';
import { openShop, type Shop } from '../src/testing/shop.ts';
import type { Lab } from '../src/testing/lab.ts';
import { report } from './results.ts';
import { spread } from './spread.ts';

const STAGES = [1, 2, 3, 4, 5];
const WEIGHTS = [10, 20, 30, 40, 50];
const STAGE_WRITES = 4;
const IDLE_POLICIES = 20;
const IDLE_MS = 60_000;
/** For what the policies' first look left to do. */
const QUIET_MS = 5_000;

/** Writes of a whole release in a namespace of its own: all, and events among them. */
async function release(lab: Lab, stages: number): Promise<{ writes: number; events: number }> {
  const shop = await openShop(lab, { name: `stages-${stages}`, route: true });
  await shop.attach(
    shop.canary(WEIGHTS.slice(0, stages).map((weight) => ({ weight, hold: '1s' }))),
  );
  await shop.held();
  const before = counted(lab, shop);
  await shop.setImage('segue-demo:v2');
  await shop.end(1, 'Promoted');
  await shop.held();
  const after = counted(lab, shop);
  return { writes: after.writes - before.writes, events: after.events - before.events };
}

const events = new Map<string, number>();

function counted(lab: Lab, shop: Shop): { writes: number; events: number } {
  const { namespace } = shop;
  return { writes: lab.proxy.writesIn(namespace).length, events: events.get(namespace) ?? 0 };
}

/** Writes of a minute in which nothing happens, over all namespaces, leases aside. */
async function idle(lab: Lab): Promise<number> {
  const names = Array.from({ length: IDLE_POLICIES }, (_, i) => `idle-${i}`);
  const shops: Shop[] = [];
  for (const name of names) shops.push(await openShop(lab, { name, replicas: 1, route: true }));
  await Promise.all(
    shops.map(async (shop) => {
      await shop.attach(shop.canary([{ weight: 10 }]));
      await shop.held();
    }),
  );
  const all = (): number =>
    shops.reduce((sum, shop) => sum + counted(lab, shop).writes + counted(lab, shop).events, 0);
  await systemClock.sleep(QUIET_MS);
  const before = all();
  await systemClock.sleep(IDLE_MS);
  return all() - before;
}

const lab = await startRouteLab({ proxy: true });
try {
  lab.proxy.rule = ({ method, path, namespace }) => {
    if (method !== 'GET' && /\/events(\/|\?|$)/.test(path))
      events.set(namespace, (events.get(namespace) ?? 0) + 1);
    return undefined;
  };
  const totals: { writes: number; events: number }[] = [];
  for (const stages of STAGES) totals.push(await release(lab, stages));
  const each = totals.slice(1).map((total, i) => {
    const before = totals[i] ?? { writes: 0, events: 0 };
    return total.writes + total.events - before.writes - before.events;
  });
  const stage = spread(each);
  const steady = spread([await idle(lab)]);
  report(
    'writes',
    [
      {
        what: 'one more canary stage',
        ...stage,
        unit: 'writes',
        target: `at most ${STAGE_WRITES}`,
        reached: stage.max <= STAGE_WRITES,
      },
      {
        what: `${IDLE_POLICIES} idle policies for ${IDLE_MS / 1_000} s`,
        ...steady,
        unit: 'writes',
        target: '0',
        reached: steady.max === 0,
      },
    ],
    { releases: totals.map((total, i) => ({ stages: STAGES[i], ...total })) },
  );
} finally {
  await lab.stop();
}
