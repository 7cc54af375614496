/** Secrets are released only where somebody allows it, and nothing of what is in them is shown anywhere. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ controllerArgs: ['--config-key-namespace=segue-system'] });
}, 180_000);
afterAll(() => lab?.stop());

const BEFORE = 'horse-battery-staple';
const AFTER = 'correct-and-wholly-other';
const base64 = (text: string) => Buffer.from(text).toString('base64');

const secret = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name },
  data: { PASSWORD: base64(BEFORE) },
});

async function openSecretive(name: string, secrets = true): Promise<Shop> {
  const container = { envFrom: [{ secretRef: { name } }] };
  const shop = await openShop(lab, { name, replicas: 2, container, before: [secret(name)] });
  const config = { watch: true, secrets, quiet: '500ms' };
  await shop.attach(shop.blueGreen({ approval: {} }, { config }));
  return shop;
}

const change = (shop: Shop, password: string) =>
  shop.patch(KINDS.secret, { data: { PASSWORD: base64(password) } });

test('not allowed it is said and nothing starts; allowed a change is released, and nothing shown', async () => {
  const shop = await openSecretive('safe', false);
  await shop.held();
  await shop.patch(KINDS.releasePolicy, { spec: { config: { secrets: true } } });
  const said = await until('the policy to say so', async () => {
    const valid = await shop.condition('Valid');
    return valid?.status === 'False' && valid;
  });
  expect(said.message).toMatch(
    /^spec\.config\.secrets: the controller may not watch the Secrets of namespace \S+ \(.*forbidden.*\); apply what `segue install --secrets` prints/,
  );
  await change(shop, 'in-between');
  await shop.setImage('segue-demo:v2');
  const { output } = await lab.segue('install', '--no-controller', '--secrets', shop.namespace);
  await lab.apply(output);
  // What waited is released; what the Secret was before it could be read is not known.
  await shop.reach(1, 'the preview', atGates(0), 90_000);
  await shop.ask('Promote');
  await shop.end(1, 'Promoted');
  await shop.held();
  await change(shop, BEFORE);
  await shop.reach(2, 'the preview', atGates(0));
  await shop.ask('Promote');
  await shop.end(2, 'Promoted');
  await shop.held();
  await change(shop, AFTER);
  await shop.reach(3, 'the preview', atGates(0));
  const { spec } = await shop.release(3);
  expect(spec.config?.candidate.objects).toMatchObject([{ kind: 'Secret', name: 'safe' }]);
  expect(spec.config?.candidate.objects[0]?.keys?.['PASSWORD']).toMatch(/^[0-9a-f]{16}$/);
  expect(await shop.events('ReleaseStarted')).toContainEqual(
    expect.stringContaining('Secret safe (PASSWORD)'),
  );
  await shop.ask('Abort');
  await shop.end(3, 'Aborted');
  const status = await lab.segue('status', 'safe', '--namespace', shop.namespace);
  const undo = await lab.segue('undo', 'safe', '--with-config', '--namespace', shop.namespace);
  const shown = (await shop.told()) + status.output + undo.output;
  for (const value of [BEFORE, AFTER, 'in-between'])
    for (const form of [value, base64(value)]) expect(shown).not.toContain(form);
}, 240_000);

test('a restart of the controller finds the key again, and starts nothing', async () => {
  const shop = await openSecretive('kept');
  const { output } = await lab.segue(
    'install',
    '--no-controller',
    '--secrets',
    `kept,${shop.namespace}`,
  );
  await lab.client.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kept' } });
  await lab.apply(output);
  await until(
    'the policy to be held',
    async () => (await shop.condition('Ready'))?.status === 'True',
    90_000,
  );
  const before = JSON.stringify((await shop.get(KINDS.releasePolicy))['status']);
  lab.controller?.kill('SIGKILL');
  await lab.controller?.gone();
  await lab.startController();
  // It has looked at the policy when something else of it is done.
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the preview', atGates(0));
  const { spec } = await shop.release(1);
  expect(spec.config?.stable.digest).toBe(spec.config?.candidate.digest);
  expect(before).toContain(spec.config?.stable.digest);
  await shop.ask('Abort');
  await shop.end(1, 'Aborted');
}, 180_000);
