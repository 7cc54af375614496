/** A policy whose checks are a preset and nothing else: the API server takes it, a release keeps the queries, and the
 * command line asks the pods what the controller asks them. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import { type Lab, startLab } from '../../src/testing/lab.ts';
import { openShop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startLab({ nodes: 1 });
}, 180_000);
afterAll(async () => await lab?.stop());

interface Answers {
  release?: string;
  checks: {
    name: string;
    stable: { total?: number };
    candidate?: object;
    verdict?: string;
    because: string;
  }[];
}

test('a preset without a name is a check in the cluster, in a release and on the command line', async () => {
  const shop = await openShop(lab, { name: 'preset' });
  const scrape = { pods: { port: 8080 } };
  const preset = { preset: 'http', of: 'errors', scrape, max: '50%' } as const;
  const policy = shop.blueGreen({ approval: {} }, {});
  await shop.attach({ ...policy, checks: [preset] } as unknown as typeof policy);
  await shop.held();
  const at = { ...KINDS.releasePolicy, namespace: shop.namespace, name: shop.name };
  const stored = await lab.client.get(at);
  // Lists are kept apart by names, so that the API server gives it one.
  expect((stored?.['spec'] as { checks: unknown[] }).checks).toEqual([
    { name: 'preset', ...preset, scrape: { pods: { port: 8080, path: '/metrics' } } },
  ]);
  const asks = async () => {
    const check = ['-n', shop.namespace, 'check', shop.name, '-o', 'json'];
    const { code, output } = await lab.segue(...check);
    return { code, answers: JSON.parse(output) as Answers };
  };
  const idle = await asks();
  expect(idle).toMatchObject({
    code: 0,
    answers: { checks: [{ name: 'errors', stable: { counted: 'Ever' } }] },
  });
  expect(idle.answers.release).toBeUndefined();

  await shop.setImage('segue-demo:v2');
  const { spec } = await until('the release', () => shop.release(1));
  expect(spec.checks).toMatchObject([
    {
      name: 'errors',
      max: '50%',
      scrape: {
        total: 'http_requests_total',
        good: 'http_requests_total{code!~"5..",status!~"5..",status_code!~"5.."}',
      },
    },
  ]);
  await until('both versions to be counted', async () => {
    const { code, answers } = await asks();
    return code === 0 && answers.checks[0]?.candidate !== undefined;
  });
});

test('the API server takes no two presets without a name, and no unknown one', async () => {
  const shop = await openShop(lab, { name: 'presets' });
  const policy = shop.blueGreen({}, {});
  const attach = (...checks: object[]) =>
    shop.attach({ ...policy, checks } as unknown as typeof policy);
  const scrape = { pods: { port: 8080 } };
  await expect(attach({ preset: 'http', scrape }, { preset: 'istio', scrape })).rejects.toThrow(
    /Duplicate value/,
  );
  await expect(attach({ preset: 'isto', scrape })).rejects.toThrow(/spec\.checks(\[0\])?\.preset/);
});
