/** Rights from before Segue released StatefulSets: Deployments are released all the same. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/object.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop } from '../../src/testing/shop.ts';
import { rolling } from '../../src/testing/shop-native.ts';
import { openStateful } from '../../src/testing/shop-stateful.ts';
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
const NEW = ['statefulsets', 'controllerrevisions'];

interface Rule {
  resources?: string[];
  verbs: string[];
}

function before(rules: Rule[]): Rule[] {
  return rules
    .filter(({ resources }) => !resources?.some((one) => NEW.includes(one)))
    .map((rule) => (rule.resources?.includes('pods') ? { ...rule, verbs: ['get', 'list'] } : rule));
}

test('a StatefulSet waits and says what to do; a Deployment is released', async () => {
  const role = (await lab.client.get(ROLE)) as KubeObject & { rules: Rule[] };
  lab.controller?.kill('SIGTERM');
  await lab.controller?.gone();
  await lab.client.patch(ROLE, { type: 'merge', body: { rules: before(role.rules) } });
  await lab.startController();
  const shop = await openShop(lab, { name: 'web' });
  await shop.attach(shop.blueGreen());
  const stateful = await openStateful(lab, { name: 'db', replicas: 2 });
  await stateful.attach(rolling({}));
  const said = await until('the policy to say so', async () => {
    const valid = await stateful.condition('Valid');
    return valid?.status === 'False' && valid;
  });
  expect(said.message).toMatch(
    /^spec\.targetRef\.kind: the controller may not read what a StatefulSet is made of .*; apply all that `segue install` prints/,
  );
  await shop.held();
  await shop.setImage('segue-demo:v2');
  await shop.end(1, 'Promoted');
  await lab.client.patch(ROLE, { type: 'merge', body: { rules: role.rules } });
  // What was refused is asked for again after half a minute at most.
  await until(
    'the StatefulSet to be held',
    async () => (await stateful.condition('Ready'))?.status === 'True',
    60_000,
  );
}, 180_000);
