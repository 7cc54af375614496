/** Checks that are written once: a policy waits for its template, and its releases keep what came of it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { MetricsPage } from '../../src/testing/metrics-page.ts';
import { openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
let page: MetricsPage;
beforeAll(async () => {
  page = await MetricsPage.open();
  lab = await startLab();
}, 180_000);
afterAll(async () => {
  await lab?.stop();
  await page?.close();
});

/** The check of the page, with its limit as an argument. */
function template(shop: Shop): KubeObject {
  const { name: _, ...check } = page.check();
  return {
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'CheckTemplate',
    metadata: { name: 'errors', namespace: shop.namespace },
    spec: { args: [{ name: 'most' }], check: { ...check, max: '{{args.most}}' } },
  };
}

const asWritten = { name: 'errors', template: { name: 'errors', args: { most: '1%' } } };

async function validity(shop: Shop, status: string, message: RegExp): Promise<void> {
  await until(`Valid=${status}`, async () => {
    const valid = await shop.condition('Valid');
    return valid?.status === status && message.test(valid.message);
  });
}

test('a template makes its policy valid, and a release goes by the check that it began with', async () => {
  const shop = await openShop(lab, { name: 'templated' });
  const policy = shop.blueGreen({}, { bake: '1m' });
  await shop.attach({ ...policy, checks: [asWritten] } as typeof policy);
  await validity(
    shop,
    'False',
    /^spec\.checks\[0\]\.template\.name: there is no CheckTemplate err/,
  );
  const stored = await lab.client.get({
    ...KINDS.releasePolicy,
    namespace: shop.namespace,
    name: shop.name,
  });
  // Nothing is filled in that would go before the template.
  expect((stored?.['spec'] as { checks: unknown }).checks).toEqual([asWritten]);
  await lab.client.create(template(shop));
  await validity(shop, 'True', /./);
  await shop.held();
  await shop.setImage('segue-demo:v2');
  const { spec } = await until('the release', () => shop.release(1));
  expect(spec.checks).toEqual([{ ...page.check(), max: '1%', scope: 'Version', window: '1m' }]);
  await shop.delete(KINDS.checkTemplate, 'errors');
  page.say(spec.stable.hash, 'Good');
  page.say(spec.candidate.hash, 'Bad');
  expect((await shop.end(1, 'Aborted')).reason).toBe('CheckFailed');
  await validity(shop, 'False', /there is no CheckTemplate errors/);
});

test('the API server takes a check with a template, or with one place to measure', async () => {
  const shop = await openShop(lab, { name: 'strict' });
  const policy = shop.blueGreen({}, {});
  const { scrape, max } = page.check();
  const attach = (check: object) =>
    shop.attach({ ...policy, checks: [{ name: 'errors', ...check }] } as typeof policy);
  await expect(attach({ max })).rejects.toThrow(/spec\.checks(\[0\])?/);
  await expect(
    attach({ scrape, prometheus: { address: 'http://a', query: 'b' }, max }),
  ).rejects.toThrow(/spec\.checks(\[0\])?/);
  await attach({ template: asWritten.template, scrape });
});

const ROLE = {
  group: 'rbac.authorization.k8s.io',
  kind: 'ClusterRole',
  name: 'segue-controller',
};

test('rights from before there were templates: policies that use one say so, others release', async () => {
  const shop = await openShop(lab, { name: 'unread' });
  const other = await openShop(lab, { name: 'plain' });
  const role = (await lab.client.get(ROLE)) as KubeObject & { rules: { resources?: string[] }[] };
  const rules = role.rules.filter(({ resources }) => !resources?.includes('checktemplates'));
  expect(rules).toHaveLength(role.rules.length - 1);
  lab.controller?.kill('SIGTERM');
  await lab.controller?.gone();
  await lab.client.patch(ROLE, { type: 'merge', body: { rules } });
  const controller = await lab.startController();
  await lab.client.create(template(shop));
  const policy = shop.blueGreen();
  await shop.attach({ ...policy, checks: [asWritten] } as typeof policy);
  await other.attach(other.blueGreen());
  await validity(
    shop,
    'False',
    /may not be read by the controller .*forbidden.*apply all that `segue install` prints/,
  );
  await other.held();
  await other.setImage('segue-demo:v2');
  await other.end(1, 'Promoted');
  await lab.client.patch(ROLE, { type: 'merge', body: { rules: role.rules } });
  await validity(shop, 'True', /./);
  const told = controller.output.split('\n').filter((line) => line.includes('may not be read'));
  expect(told).toHaveLength(1);
}, 120_000);
