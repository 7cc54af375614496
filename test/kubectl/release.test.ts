/** A release as scripts wait for it: `kubectl wait` on policies and Releases. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, openShop } from '../../src/testing/shop.ts';
import { type Kubectl, kubectlOf } from './kubectl.ts';

let lab: Lab;
let kubectl: Kubectl;
beforeAll(async () => {
  lab = await startLab();
  kubectl = await kubectlOf(lab.kubeconfig, () => lab.stop());
});
afterAll(() => kubectl?.stop());

test('`kubectl wait` for an approval, a pause, the end, and the next release', async () => {
  const shop = await openShop(lab, { name: 'web', replicas: 2 });
  await shop.attach(shop.blueGreen({ approval: {} }));
  const wait = (condition: string, object: string) =>
    kubectl('-n', shop.namespace, 'wait', `--for=${condition}`, object, '--timeout=60s');
  expect(await wait('condition=Ready', 'relpol/web')).toContain('condition met');
  await shop.setImage('segue-demo:v2');
  await wait('create', 'release.segue.dev/web-1');
  await wait('jsonpath={.status.message}=approval', 'release.segue.dev/web-1');
  await shop.ask('Pause');
  await wait('condition=Paused', 'release.segue.dev/web-1');
  const completed = wait('condition=Completed', 'release.segue.dev/web-1');
  await shop.ask('Promote');
  expect(await completed).toContain('condition met');
  await wait('condition=Promoted', 'release.segue.dev/web-1');
  await wait('condition=Ready', 'relpol/web');

  await shop.setImage('segue-demo:v3');
  await wait('create', 'release.segue.dev/web-2');
  await shop.reach(2, 'the preview', atGates(0));
  await shop.ask('Abort');
  await wait('condition=Promoted=False', 'release.segue.dev/web-2');
  await wait('condition=Completed', 'release.segue.dev/web-2');
});
