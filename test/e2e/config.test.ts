/** A changed ConfigMap is released like a changed image, and together with one. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { PolicyStatus } from '../../src/api/policy.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, type Shop } from '../../src/testing/shop.ts';
import { annotation, configure, openConfigured, WATCHED } from '../../src/testing/shop-config.ts';
import { until } from '../../src/testing/until.ts';

let lab: Lab;
beforeAll(async () => {
  lab = await startRouteLab();
}, 180_000);
afterAll(() => lab?.stop());

async function watched(name: string, rest: Record<string, unknown> = {}): Promise<Shop> {
  const shop = await openConfigured(lab, { name, replicas: 2 });
  await shop.attach(shop.blueGreen({ approval: {} }, { ...WATCHED, ...rest }));
  await shop.held();
  return shop;
}

const baseline = async (shop: Shop) =>
  ((await shop.get(KINDS.releasePolicy))['status'] as PolicyStatus).target?.config;

describe.concurrent('a ConfigMap that the template refers to', () => {
  test('adopted it starts nothing; changed it is released, and the record says what', async () => {
    const shop = await watched('plain');
    const before = await until('the baseline', () => baseline(shop));
    expect(before.objects).toMatchObject([
      { kind: 'ConfigMap', name: 'plain', data: { LEVEL: 'one' } },
    ]);
    expect(await annotation(shop)).toBeUndefined();
    await configure(shop, { LEVEL: 'two', MORE: 'yes' });
    await shop.reach(1, 'the preview', atGates(0));
    const { spec } = await shop.release(1);
    expect(spec.stable.images).toEqual(spec.candidate.images);
    expect(spec.config?.stable.objects).toMatchObject([{ data: { LEVEL: 'one' } }]);
    expect(spec.config?.candidate.objects).toMatchObject([{ data: { LEVEL: 'two', MORE: 'yes' } }]);
    expect(await annotation(shop)).toBe(spec.config?.candidate.digest);
    expect(await shop.events('ReleaseStarted')).toEqual([
      expect.stringMatching(/, with another configuration: ConfigMap plain \(LEVEL, MORE\)$/),
    ]);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    await shop.held();
    expect((await baseline(shop))?.digest).toBe(spec.config?.candidate.digest);
  });

  test.each(['image', 'configuration'])('the %s first: one release of both', async (first) => {
    const shop = await watched(`both-${first}`);
    const writes = [() => shop.setImage('segue-demo:v2'), () => configure(shop, { LEVEL: 'two' })];
    for (const write of first === 'image' ? writes : writes.toReversed()) await write();
    await shop.reach(1, 'the preview', atGates(0));
    const { spec } = await shop.release(1);
    expect(spec.candidate.images).toEqual(['segue-demo:v2']);
    expect(spec.config?.candidate.objects).toMatchObject([{ data: { LEVEL: 'two' } }]);
    await shop.ask('Promote');
    await shop.end(1, 'Promoted');
    await shop.held();
    expect(await shop.exists(KINDS.release, `both-${first}-2`)).toBe(false);
  });
});
