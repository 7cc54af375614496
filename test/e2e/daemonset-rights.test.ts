/** Rights from before Segue released DaemonSets, and some of those that it needs. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/object.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openDaemons } from '../../src/testing/shop-daemons.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({});
}, 180_000);
afterAll(() => lab?.stop());

const ROLE = {
  group: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  name: 'segue-controller',
};

interface Rule {
  resources?: string[];
}

async function without(rules: Rule[], ...resources: string[]): Promise<void> {
  const left = rules.filter((rule) => !rule.resources?.some((one) => resources.includes(one)));
  lab.controller?.kill('SIGTERM');
  await lab.controller?.gone();
  await lab.client.patch(ROLE, { type: 'merge', body: { rules: left } });
  await lab.startController();
}

const NODES = ['segue-hollow-0', 'segue-hollow-1'];

test('what may not be read, or asked to go, is said with what to do', async () => {
  const { rules } = (await lab.client.get(ROLE)) as KubeObject & { rules: Rule[] };
  await without(rules, 'nodes');
  const shop = await openDaemons(lab, { name: 'agent', nodes: NODES });
  await shop.attach(rolling({}));
  const said = await until('the policy to say so', async () => {
    const valid = await shop.condition('Valid');
    return valid?.status === 'False' && valid;
  });
  expect(said.message).toMatch(
    /^spec\.targetRef\.kind: the controller may not read what a DaemonSet/,
  );
  await without(rules, 'pods/eviction');
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'its wait', ({ timeline = [] }) =>
    timeline.some(
      ({ reason, what }) =>
        reason === 'EvictionRefused' && what.includes('apply all that `segue install` prints'),
    ),
  );
  await shop.shows('v1 v1');
  await lab.client.patch(ROLE, { type: 'merge', body: { rules } });
  await shop.end(1, 'Promoted');
  await shop.shows('v2 v2');
}, 180_000);
