/** The ways back of a configuration: abort, undo, another change half way. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
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

async function watched(name: string): Promise<Shop> {
  const shop = await openConfigured(lab, { name, replicas: 2 });
  await shop.attach(shop.blueGreen({ approval: {} }, WATCHED));
  await shop.held();
  return shop;
}

const content = async (shop: Shop) => (await shop.get(KINDS.configMap))['data'];

const ready = (shop: Shop, reason: string) =>
  until(`${shop.name} to be ${reason}`, async () => {
    const condition = await shop.condition('Ready');
    return condition?.reason === reason && condition;
  });

async function halfWay(name: string): Promise<Shop> {
  const shop = await watched(name);
  await configure(shop, { LEVEL: 'two' });
  await shop.reach(1, 'the preview', atGates(0));
  return shop;
}

const segue = (shop: Shop, ...args: string[]) => lab.segue(...args, '--namespace', shop.namespace);

async function promoted(shop: Shop, number: number): Promise<void> {
  await shop.reach(number, 'the preview', atGates(0));
  await shop.ask('Promote');
  await shop.end(number, 'Promoted');
  await shop.held();
}

describe.concurrent('a configuration that was taken back', () => {
  test('stays stored, which is said, is not tried again, and undo puts it back', async () => {
    const shop = await halfWay('given-up');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    const said = await ready(shop, 'ReleaseAborted');
    expect(said.message).toMatch(/the configuration was taken back|segue-demo:v1 was taken back/);
    const stays = await until('the event', async () => (await shop.events('ConfigStays'))[0]);
    expect(stays).toMatch(
      /^ConfigMap given-up \(LEVEL\): what is stored is still what was taken back/,
    );
    const nothing = await segue(shop, 'undo', 'given-up');
    expect(nothing.output).toMatch(
      /only the configuration was another one at .*ConfigMap given-up \(LEVEL\).*--with-config/,
    );
    expect(await content(shop)).toEqual({ LEVEL: 'two' });
    const undone = await segue(shop, 'undo', 'given-up', '--with-config');
    expect(undone.output).toMatch(
      /ConfigMap given-up put back; it runs, so that nothing is released/,
    );
    await shop.held();
    expect(await content(shop)).toEqual({ LEVEL: 'one' });
    expect(await annotation(shop)).toBeUndefined();
    expect(await shop.exists(KINDS.release, 'given-up-2')).toBe(false);
    // The very same is something new again.
    await configure(shop, { LEVEL: 'two' });
    await promoted(shop, 2);
  });

  test('a person may have it tried again', async () => {
    const shop = await halfWay('again');
    await shop.ask('Abort');
    await shop.end(1, 'Aborted');
    await ready(shop, 'ReleaseAborted');
    const { code, output } = await segue(shop, 'retry', 'again');
    expect({ code, output }).toMatchObject({ code: 0 });
    await promoted(shop, 2);
    expect((await shop.release(2)).spec).toMatchObject({ retryOf: 'again-1' });
  });
});

describe.concurrent('half way', () => {
  test('another configuration supersedes it', async () => {
    const shop = await halfWay('newer');
    await configure(shop, { LEVEL: 'three' });
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'Superseded' });
    await until('the second release', () => shop.release(2));
    await promoted(shop, 2);
    const { spec } = await shop.release(2);
    expect(spec.config?.stable.objects).toMatchObject([{ data: { LEVEL: 'one' } }]);
    expect(spec.config?.candidate.objects).toMatchObject([{ data: { LEVEL: 'three' } }]);
  });

  test('back to what stable has, it is taken back and nothing is left to release', async () => {
    const shop = await halfWay('reverted');
    await configure(shop, { LEVEL: 'one' });
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'ConfigReverted' });
    await shop.held();
    expect(await annotation(shop)).toBeUndefined();
    expect(await shop.exists(KINDS.release, 'reverted-2')).toBe(false);
  });

  test('undo takes it back, and what stays stored is not released again', async () => {
    const shop = await halfWay('undone');
    const { output } = await segue(shop, 'undo', 'undone');
    expect(output).toContain('undone-1 is in progress and is taken back by this');
    expect(await shop.end(1, 'Aborted')).toMatchObject({ reason: 'TemplateReverted' });
    await ready(shop, 'ReleaseAborted');
    expect(await shop.exists(KINDS.release, 'undone-2')).toBe(false);
  });
});

describe.concurrent('released', () => {
  test('undo --with-config is one release, and the record says who put what back', async () => {
    const shop = await watched('both');
    await shop.setImage('segue-demo:v2');
    await configure(shop, { LEVEL: 'two', MORE: 'yes' });
    await promoted(shop, 1);
    const undone = await segue(shop, 'undo', 'both', '--with-config');
    expect(undone.output).toMatch(/back to revision 1 .*ConfigMap both put back; it is released/);
    await promoted(shop, 2);
    expect(await content(shop)).toEqual({ LEVEL: 'one' });
    const { spec } = await shop.release(2);
    expect(spec.candidate.images).toEqual(['segue-demo:v1']);
    expect(spec.config?.candidate.objects).toMatchObject([
      { data: { LEVEL: 'one' }, putBack: { from: 'both-1' } },
    ]);
    expect(await shop.exists(KINDS.release, 'both-3')).toBe(false);
    const history = await segue(shop, 'history', 'both');
    expect(history.output).toMatch(/both-2 +segue-demo:v1 \+ ConfigMap both \(LEVEL, MORE\)/);
    const status = await segue(shop, 'status', 'both');
    expect(status.output).toMatch(
      /configuration: ConfigMap both \(LEVEL, MORE\)\nboth was put back by /,
    );
  });

  test('undo without it is a release of the earlier image, and says what is different', async () => {
    const shop = await watched('kept');
    await shop.setImage('segue-demo:v2');
    await configure(shop, { LEVEL: 'two' });
    await promoted(shop, 1);
    const undone = await segue(shop, 'undo', 'kept');
    expect(undone.output).toMatch(
      /note: the configuration was another one then: ConfigMap kept \(LEVEL\)/,
    );
    await promoted(shop, 2);
    expect(await content(shop)).toEqual({ LEVEL: 'two' });
    const { spec } = await shop.release(2);
    expect(spec.candidate.images).toEqual(['segue-demo:v1']);
    expect(spec.config?.candidate.digest).toBe(spec.config?.stable.digest);
  });

  test('undo --with-config waits for a release of configuration alone', async () => {
    const shop = await halfWay('alone');
    await promoted(shop, 1);
    await shop.patch(KINDS.releasePolicy, {
      spec: { strategy: { blueGreen: { approval: null } } },
    });
    const { code, output } = await segue(
      shop,
      'undo',
      'alone',
      '--with-config',
      '--wait',
      '--timeout',
      '60s',
    );
    expect({ code, output }).toMatchObject({ code: 0 });
    expect((await shop.release(2)).status.outcome).toBe('Promoted');
    expect(await content(shop)).toEqual({ LEVEL: 'one' });
  });
});
