/**
 * By a ServiceSplitter: what is written on the way of a release, that Consul takes it, and that all of it is put back.
 * Consul is played by what its controllers are known to do: whole graphs only, with the finalizer and the condition.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KINDS } from '../../src/api/group.ts';
import type { GroupKind, KubeObject } from '../../src/api/object.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { atGates, openShop, type Shop } from '../../src/testing/shop.ts';
import { until } from '../../src/testing/until.ts';

const SPLITTER = KINDS.serviceSplitter;
const RESOLVER = KINDS.serviceResolver;
const ROUTER = KINDS.serviceRouter;
const ALL = [SPLITTER, RESOLVER, ROUTER];
const FINALIZER = 'finalizers.consul.hashicorp.com';

interface Spec {
  splits?: { weight: number; serviceSubset?: string }[];
  subsets?: Record<string, { filter?: string }>;
  connectTimeout?: string;
  routes?: Route[];
}

interface Route {
  match?: { http?: { pathPrefix?: string; header?: { name: string; exact: string }[] } };
  destination?: { service?: string; serviceSubset?: string };
}

const specOf = (object: KubeObject) => (object['spec'] ?? {}) as Spec;

function definition(kind: string): KubeObject {
  const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  const plural = `${kind.toLowerCase()}s`;
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${SPLITTER.group}` },
    spec: {
      group: SPLITTER.group,
      scope: 'Namespaced',
      names: { kind, listKind: `${kind}List`, plural, singular: kind.toLowerCase() },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
          subresources: { status: {} },
        },
      ],
    },
  };
}

/** What Consul has of one service, and how it gets there. */
class Consul {
  readonly entries = new Map<string, Spec>();
  private readonly shop: Shop;
  private stopped = false;
  readonly done: Promise<void>;

  constructor(shop: Shop) {
    this.shop = shop;
    this.done = this.follow();
  }

  stop(): Promise<void> {
    this.stopped = true;
    return this.done;
  }

  private async follow(): Promise<void> {
    await until(
      'the end of the test',
      async () => {
        // Those that lead somewhere first, which is the wrong order at the beginning.
        await this.sync(ROUTER);
        await this.sync(SPLITTER);
        await this.sync(RESOLVER);
        return this.stopped;
      },
      120_000,
    );
  }

  private async sync(kind: GroupKind): Promise<void> {
    const { name } = this.shop;
    if (!(await this.shop.exists(kind, name))) return;
    const object = await this.shop.get(kind);
    const going = object.metadata.deletionTimestamp !== undefined;
    if (!going && !object.metadata.finalizers?.includes(FINALIZER))
      await this.shop.patch(kind, { metadata: { finalizers: [FINALIZER] } });
    const next = new Map(this.entries);
    if (going) next.delete(kind.kind);
    else next.set(kind.kind, specOf(object));
    const wrong = dangling(next);
    if (!wrong) {
      this.entries.clear();
      for (const [key, entry] of next) this.entries.set(key, entry);
      if (going) return void (await this.shop.patch(kind, { metadata: { finalizers: null } }));
    }
    await this.report(object, kind, wrong);
  }

  private async report(object: KubeObject, kind: GroupKind, wrong: string | undefined) {
    const condition = wrong
      ? { type: 'Synced', status: 'Unknown', reason: 'ConsulAgentError', message: wrong }
      : { type: 'Synced', status: 'True' };
    const { conditions } = (object['status'] ?? {}) as { conditions?: { status: string }[] };
    if (conditions?.[0]?.status === condition.status) return;
    await this.shop.lab.client.patch(
      { ...kind, namespace: this.shop.namespace, name: this.shop.name },
      { type: 'merge', body: { status: { conditions: [condition] } } },
      { subresource: 'status' },
    );
  }
}

/** A splitter or a router leads to a subset that is not there. */
function dangling(entries: ReadonlyMap<string, Spec>): string | undefined {
  const subsets = Object.keys(entries.get(RESOLVER.kind)?.subsets ?? {});
  const routes = entries.get(ROUTER.kind)?.routes ?? [];
  const lost = [
    ...(entries.get(SPLITTER.kind)?.splits ?? []),
    ...routes.map(({ destination = {} }) => destination),
  ].find(({ serviceSubset: to }) => to !== undefined && !subsets.includes(to));
  return lost && `service does not have a subset named "${lost.serviceSubset}"`;
}

let lab: Lab;
const consuls: Consul[] = [];
beforeAll(async () => {
  lab = await startRouteLab(
    {},
    ALL.map(({ kind }) => definition(kind)),
  );
}, 180_000);
afterAll(async () => {
  await Promise.all(consuls.map((one) => one.stop()));
  await lab?.stop();
});

/** By what its user has beside the splitter. */
interface Own {
  resolver?: Spec;
  router?: Spec;
}

const TESTERS = { headers: [{ name: 'x-tester', exact: 'yes' }] };

async function openMesh(
  name: string,
  { resolver, router }: Own,
): Promise<{ shop: Shop; consul: Consul }> {
  const shop = await openShop(lab, { name });
  const entry = (kind: string, spec: Spec): KubeObject => ({
    apiVersion: 'consul.hashicorp.com/v1alpha1',
    kind,
    metadata: { name, namespace: shop.namespace },
    spec,
  });
  await lab.client.create(entry(SPLITTER.kind, { splits: [{ weight: 100 }] }));
  if (resolver) await lab.client.create(entry(RESOLVER.kind, resolver));
  if (router) await lab.client.create(entry(ROUTER.kind, router));
  const consul = new Consul(shop);
  consuls.push(consul);
  const { traffic, ...rest } = shop.canary([{ weight: 20, match: [TESTERS], approval: {} }]);
  const routers = [{ consul: { serviceSplitter: name } }];
  await until('Consul to have it', async () => consul.entries.has(SPLITTER.kind));
  await shop.attach({ ...rest, traffic: { ...traffic, services: [{ name }], routers } });
  await shop.held();
  return { shop, consul };
}

/** Names of the pods that a subset has in Consul. */
async function podsIn(subset: string, { shop, consul }: { shop: Shop; consul: Consul }) {
  const { filter = '' } = consul.entries.get(RESOLVER.kind)?.subsets?.[subset] ?? {};
  const pattern = new RegExp(
    /^Service\.Meta\["pod-name"\] matches "(.*)"$/.exec(filter)?.[1] ?? '^$',
  );
  const { items } = await lab.client.list(KINDS.pod, { namespace: shop.namespace });
  return items
    .filter(({ metadata }) => pattern.test(metadata.name))
    .map(({ metadata }) => metadata.labels?.['pod-template-hash']);
}

const docs: Route = {
  match: { http: { pathPrefix: '/docs' } },
  destination: { service: 'docs' },
};

test.concurrent.each<['Promoted' | 'Aborted', Own]>([
  ['Promoted', {}],
  [
    'Aborted',
    {
      resolver: {
        connectTimeout: '5s',
        subsets: { v1: { filter: 'Service.Meta.version == v1' } },
      },
      router: { routes: [docs] },
    },
  ],
])('subsets and routes come and go, and all is as it was: %s', async (outcome, own) => {
  const { resolver, router } = own;
  const mesh = await openMesh(outcome.toLowerCase(), own);
  const { shop, consul } = mesh;
  const before = specOf(await shop.get(SPLITTER));
  await shop.setImage('segue-demo:v2');
  await shop.reach(1, 'the stage', atGates(0));
  expect(consul.entries.get(SPLITTER.kind)?.splits).toEqual([
    { weight: 80, serviceSubset: 'segue-stable' },
    { weight: 20, serviceSubset: 'segue-candidate' },
  ]);
  const header = [{ name: 'x-tester', exact: 'yes' }];
  expect(consul.entries.get(ROUTER.kind)?.routes).toEqual([
    ...(router?.routes ?? []),
    { match: { http: { header } }, destination: { serviceSubset: 'segue-candidate' } },
  ]);
  const { spec } = await shop.release(1);
  expect(new Set(await podsIn('segue-stable', mesh))).toEqual(new Set([spec.stable.hash]));
  expect(new Set(await podsIn('segue-candidate', mesh))).toEqual(new Set([spec.candidate.hash]));
  const { metadata } = await shop.get(KINDS.service, `${shop.name}-candidate`);
  expect(metadata.labels).toMatchObject({ 'consul.hashicorp.com/service-ignore': 'true' });
  await shop.ask(outcome === 'Promoted' ? 'Promote' : 'Abort');
  await shop.end(1, outcome);
  expect(specOf(await shop.get(SPLITTER))).toEqual(before);
  for (const [kind, users] of [
    [RESOLVER, resolver],
    [ROUTER, router],
  ] as const)
    if (users) expect(specOf(await shop.get(kind))).toEqual(users);
    else await until('its own to go', async () => !(await shop.exists(kind, shop.name)));
});
