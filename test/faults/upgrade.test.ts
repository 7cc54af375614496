/** Segue itself replaced by another version in the middle of a release. */
import { expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { KubeObject } from '../../src/api/object.ts';
import { atGates, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';
import { openField } from './field.ts';
import { CANARY, type Course, left, open, type Scenario } from './scenarios.ts';

const field = openField();

const BY_HAND: Scenario = {
  ...CANARY,
  policy: (shop) => shop.canary([{ weight: 25, approval: {} }], { bake: '200ms' }),
};

async function atStage(): Promise<Course> {
  const course = await open(field, BY_HAND);
  await course.shop.setImage('segue-demo:v2');
  await course.releases.reach(course.shop.namespace, 'the stage', atGates(0));
  return course;
}

async function promoted({ shop, releases }: Course): Promise<void> {
  await shop.ask('Promote');
  await releases.reach(shop.namespace, 'its end', (status) => status.outcome === 'Promoted');
}

type Properties = Record<string, { properties?: Properties; enum?: string[] }>;

/** The definition of Releases as another version of Segue had it. */
async function defineReleases(change: (properties: Properties) => void): Promise<void> {
  const { client } = field.lab;
  const kind = { group: 'apiextensions.k8s.io', kind: 'CustomResourceDefinition' };
  const crd = (await client.get({ ...kind, name: 'releases.segue.dev' })) as KubeObject & {
    spec: { versions: { schema: { openAPIV3Schema: { properties: Properties } } }[] };
  };
  for (const version of crd.spec.versions) change(version.schema.openAPIV3Schema.properties);
  await client.replace(crd);
}

async function decisions(): Promise<number> {
  const [, url] = (await field.lab.controller?.waitFor(/health=(\S+)/)) ?? [];
  const page = await (await fetch(`${url}/metrics`)).text();
  return Number(/^segue_decisions_total (\d+)/m.exec(page)?.[1]);
}

/** Writes the status; tried until the API server has taken up the definition. */
async function writeStatus(shop: Shop, status: Record<string, unknown>): Promise<void> {
  const name = { ...KINDS.release, namespace: shop.namespace, name: 'web-1' };
  await until('the status to be written', async () => {
    const written = await field.lab.client.patch(
      name,
      { type: 'merge', body: { status } },
      { subresource: 'status' },
    );
    const now = written['status'] as Record<string, unknown>;
    return Object.entries(status).every(([key, value]) => (now[key] ?? null) === value);
  });
}

test('a status with fields that are not known any more, and without some that are new', async () => {
  const undisturbed = await atStage();
  await promoted(undisturbed);
  const clean = await left(undisturbed);

  const course = await atStage();
  await field.lab.controller?.stop();
  await defineReleases(({ status }) => {
    Object.assign(status?.properties ?? {}, { legacy: { type: 'string' } });
  });
  const missing = {
    stageReplicas: null,
    phase: null,
    message: null,
    conditions: null,
    timeline: null,
    unavailableSince: null,
  };
  await writeStatus(course.shop, { legacy: 'a position of an older version', ...missing });
  await field.lab.startController();
  await promoted(course);
  expect(await left(course, clean)).toEqual(clean);
});

test('a step that is not known is left alone, the policy says so, and the newer version goes on', async () => {
  const course = await atStage();
  const { shop } = course;
  await field.lab.controller?.stop();
  await defineReleases(({ status }) => status?.properties?.['step']?.enum?.push('Mirror'));
  await writeStatus(shop, { step: 'Mirror' });
  field.lab.proxy.recount(shop.namespace);
  await field.lab.startController();
  const said = await until('the policy to say so', async () => {
    const ready = await shop.condition('Ready');
    return ready?.reason === 'ReleaseNotUnderstood' && ready;
  });
  expect(said.message).toContain('web-1 is at the step Mirror');
  const looked = await decisions();
  await shop.patch(KINDS.deployment, { metadata: { labels: { looked: 'at' } } });
  await until('a second look', async () => (await decisions()) > looked);
  const written = field.lab.proxy.writesIn(shop.namespace);
  expect(written).toEqual([expect.stringContaining('/releasepolicies/web/status')]);

  await field.lab.controller?.stop();
  await writeStatus(shop, { step: 'Stage' });
  await field.lab.startController();
  await promoted(course);
  expect((await left(course)).shortages).toEqual([]);
});
