/** Carries out the acts of a scenario. */
import { DEFAULTS_NAME } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { Act, Victim } from './acts.ts';
import { openRelease, sizeOf, targetOf, templateImage } from './facts.ts';
import { BUDGET, budgetObject, OTHER_BUDGET, ownUpdates } from './daemon-objects.ts';
import { failure } from './model-api.ts';
import type { ModelClient } from './model-client.ts';
import { defaultsObject, requestObject, serviceObject, writtenTemplate } from './objects.ts';
import { liveColour, otherColour, pairService } from './pair-objects.ts';
import { kindOf } from './routes/index.ts';
import { EDITED } from './routes/route-kind.ts';
import { ownStrategy } from './stateful-objects.ts';
import { START_MS, type World } from './world.ts';

const BY = 'person';

type Doers = { [Does in Act['does']]: (world: World, act: Extract<Act, { does: Does }>) => void };

/** How long the cluster needs to follow what was done to it. */
const FOLLOWS_MS = 500;

export function schedule(world: World, acts: readonly Act[]): void {
  for (const act of acts)
    if ('atMs' in act) world.clock.at(START_MS + act.atMs, () => perform(world, act));
  world.writeListeners.push(({ kind }) => {
    if (kind === 'Event') return;
    for (const act of acts) if ('atWrite' in act && act.atWrite === world.writes) soon(world, act);
  });
}

/** Not inside of the write itself. */
function soon(world: World, act: Act): void {
  world.clock.at(world.clock.now(), () => perform(world, act));
}

function perform(world: World, act: Act): void {
  if (world.isOver) return;
  world.trace.say('act', JSON.stringify(act));
  world.disturb(world.clock.now() + FOLLOWS_MS);
  const doer = DOERS[act.does] as (world: World, act: Act) => void;
  doer(world, act);
}

export function ask(world: World, action: Parameters<typeof requestObject>[0]): void {
  world.api.create(requestObject(action, ++world.requests), BY);
}

/** Writes one whose pods become ready and stay so, and that is neither of these; false where there is none. */
export function mend(world: World, known: readonly string[]): boolean {
  const well = Object.entries(world.scenario.images).find(
    ([image, { pods }]) =>
      !known.includes(image) && pods.neverEvery === 0 && pods.faintsAfterMs === undefined,
  );
  if (!well) return false;
  world.disturb(world.clock.now() + FOLLOWS_MS);
  DOERS.image(world, { atMs: 0, does: 'image', image: well[0] });
  return true;
}

/** Every node that is left takes pods, and no budget keeps one from going. */
export function mendNodes(world: World): void {
  world.nodes.mend();
  for (const name of [BUDGET, OTHER_BUDGET])
    world.api.delete({ group: '', kind: 'PodDisruptionBudget', name }, {}, BY);
}

function editSpec(
  world: World,
  kind: string,
  change: (spec: Record<string, unknown>) => void,
): void {
  world.api.edit(kind, 'web', {
    by: BY,
    change: (object) => change(object['spec'] as Record<string, unknown>),
  });
}

/** The Deployment; of two, the one that has the traffic or the other. */
function editTarget(
  { api, scenario }: World,
  which: 'live' | 'idle',
  change: (spec: Record<string, unknown>, colour: string | undefined) => void,
): void {
  const live = liveColour(api);
  const colour = scenario.pair && (which === 'live' ? live : otherColour(live));
  const kind = targetKind(scenario);
  api.edit(kind, colour === undefined ? 'web' : `web-${colour}`, {
    by: BY,
    change: (object) => change(object['spec'] as Record<string, unknown>, colour),
  });
}

function targetKind({ stateful, daemon }: World['scenario']): string {
  if (daemon) return 'DaemonSet';
  return stateful ? 'StatefulSet' : 'Deployment';
}

/** As its user wrote it; of a pair, the one that names the version users had first. */
function writtenService({ scenario }: World): KubeObject {
  return scenario.pair ? pairService('web', 'blue') : serviceObject();
}

function clientsOf(world: World, actor: 'segue' | 'kcm'): ModelClient[] {
  return actor === 'kcm' ? [world.kcm.client] : world.segues.map(({ client }) => client);
}

const DOERS: Doers = {
  image: (world, { image, into }) => {
    // What stands there already is no write: nobody hears of it.
    const stands = world.scenario.daemon && templateImage(targetOf(world.api)) === image;
    if (!stands) world.written = image;
    editTarget(world, into ?? 'idle', (spec, colour) =>
      Object.assign(spec, { template: writtenTemplate(world.scenario, image, colour) }),
    );
  },
  configure: ({ api }, { level }) =>
    api.edit('ConfigMap', 'web', { by: BY, change: (it) => (it['data'] = { LEVEL: level }) }),
  scale: (world, { replicas }) =>
    editTarget(world, 'live', (spec) => Object.assign(spec, { replicas })),
  ask: (world, { action }) => ask(world, action),
  unpause: (world) => editTarget(world, 'live', (spec) => delete spec['paused']),
  'write partition': (world, { partition }) =>
    editTarget(world, 'live', (spec) => {
      const rolling = { type: 'RollingUpdate', rollingUpdate: { partition } };
      const own = ownStrategy(world.scenario.stateful ?? {});
      spec['updateStrategy'] = partition === undefined ? own : rolling;
    }),
  'write strategy': (world, { updateStrategy }) =>
    editTarget(world, 'live', (spec) => {
      const { spec: own = {} } = world.scenario.daemon ?? {};
      spec['updateStrategy'] = structuredClone(updateStrategy ?? ownUpdates(own));
    }),
  'write budget': (world, { minAvailable }) => {
    const target = { group: '', kind: 'PodDisruptionBudget', name: BUDGET };
    world.api.delete(target, {}, BY);
    if (minAvailable !== undefined) world.api.create(budgetObject(minAvailable), BY);
  },
  'second budget': ({ api, clock }, { forMs }) => {
    const target = { group: '', kind: 'PodDisruptionBudget', name: OTHER_BUDGET };
    if (api.get(target.kind, target.name)) return;
    api.create(budgetObject(0, OTHER_BUDGET), BY);
    clock.at(clock.now() + forMs, () => api.delete(target, {}, BY));
  },
  node: (world, { deed, index, zone }) => world.nodes.do(deed, index, zone),
  'edit policy': (world, { bake }) =>
    editSpec(world, 'ReleasePolicy', (spec) => Object.assign(spec, { bake })),
  'edit defaults': ({ api }, { spec }) => {
    const wanted = defaultsObject(spec);
    const { name } = wanted.metadata;
    if (!api.get('ReleaseDefaults', name)) api.create(wanted, BY);
    else
      api.edit('ReleaseDefaults', name, { by: BY, change: (it) => (it['spec'] = wanted['spec']) });
  },
  delete: (world, act) => remove(world, act),
  'apply service': (world) => {
    if (world.api.get('Service', 'web'))
      editSpec(world, 'Service', (spec) => Object.assign(spec, writtenService(world)['spec']));
    else world.api.create(writtenService(world), BY);
  },
  'apply route': (world, { which = 0, replaced }) => {
    for (const object of world.scenario.routes[which]?.objects ?? [])
      (replaced ? replace : apply)(world, object);
  },
  'edit route': ({ api, scenario }, { which }) => {
    const route = scenario.routes[which];
    if (!route) return;
    api.edit(kindOf(route).kind, 'web', {
      by: BY,
      change({ metadata }) {
        metadata.annotations = { ...metadata.annotations, [EDITED]: 'yes' };
        metadata.labels = { ...metadata.labels, [EDITED]: 'yes' };
      },
    });
  },
  'hold back': (world, { from, kind, forMs }) => {
    const untilMs = world.clock.now() + forMs;
    world.disturb(untilMs + FOLLOWS_MS);
    for (const client of clientsOf(world, from)) client.hold(kind, untilMs);
  },
  'cut watch': (world, { of, kind, expired }) => {
    const how = expired ? failure(410, 'Expired', 'too old resource version') : 'Closed';
    world.disturb(world.clock.now() + 2_000);
    for (const client of clientsOf(world, of)) client.cut(kind, how);
  },
  stop: (world, { actor, forMs }) => {
    const untilMs = world.clock.now() + forMs;
    world.disturb(untilMs + FOLLOWS_MS);
    const stopped = actor === 'kcm' ? [world.kcm] : world.segues;
    for (const { process } of stopped) process.stopUntil(untilMs);
  },
  kill: (world, { forMs }) => {
    for (const segue of world.segues) world.killSegue(segue, 'killed', forMs);
  },
  'cut off': (world, { forMs }) => {
    const untilMs = world.clock.now() + forMs;
    // Backoff may take as long again.
    world.disturb(untilMs + forMs + 2_000);
    for (const { client } of world.segues) client.cutOff(untilMs);
  },
  'second controller': (world, { forMs }) => {
    const second = world.startSegue();
    world.disturb(world.clock.now() + forMs + FOLLOWS_MS);
    world.clock.at(world.clock.now() + forMs, () => {
      if (world.segues.length > 1) world.killSegue(second, 'the mistake is mended', 0);
    });
  },
  'kill pod': (world) => {
    const pods = world.api.all('Pod');
    if (pods.length === 0) return;
    const { metadata } = world.chance.from(pods);
    world.api.delete({ group: '', kind: 'Pod', name: metadata.name }, {}, BY);
  },
};

/** As `kubectl apply` does: what others have put beside it stays. */
function apply({ api }: World, object: KubeObject): void {
  const { kind, metadata, spec, data } = structuredClone(object);
  if (!api.get(kind, metadata.name)) return void api.create(object, BY);
  api.edit(kind, metadata.name, {
    by: BY,
    change(found) {
      const { annotations, labels } = metadata;
      if (annotations)
        found.metadata.annotations = { ...found.metadata.annotations, ...annotations };
      if (labels) found.metadata.labels = { ...found.metadata.labels, ...labels };
      if (spec !== undefined) found['spec'] = { ...(found['spec'] as object), ...(spec as object) };
      if (data !== undefined) found['data'] = data;
    },
  });
}

/** As `kubectl replace` does: what others have put into it is gone. */
function replace(world: World, object: KubeObject): void {
  const { kind, metadata, spec, data } = structuredClone(object);
  if (!world.api.get(kind, metadata.name)) return apply(world, object);
  world.api.edit(kind, metadata.name, {
    by: BY,
    change(found) {
      const { labels: _, annotations: __, ...rest } = found.metadata;
      const { labels, annotations } = metadata;
      found.metadata = { ...rest, ...(labels && { labels }), ...(annotations && { annotations }) };
      found['spec'] = spec;
      if (data !== undefined) found['data'] = data;
    },
  });
}

function remove(world: World, { what, propagation, which = 0 }: Extract<Act, { does: 'delete' }>) {
  const victim =
    what === 'route' || what === 'beside route'
      ? routeVictim(world, what, which)
      : victimOf(world, what);
  if (!victim) return;
  const { kind, metadata } = victim;
  world.api.delete({ group: '', kind, name: metadata.name }, { propagation }, BY);
}

/** A canary of the user's Ingress, for one, or who says which pods are a subset. */
function routeVictim(
  { api, scenario }: World,
  what: 'route' | 'beside route',
  which: number,
): KubeObject | undefined {
  const route = scenario.routes[which];
  if (!route) return undefined;
  const { kind, served } = kindOf(route);
  if (what === 'route') return api.get(kind, 'web');
  return Object.keys(served)
    .flatMap((one) => api.all(one))
    .find((one) => one.kind !== kind || one.metadata.name !== 'web');
}

type Other = Exclude<Victim, 'route' | 'beside route'>;

function victimOf({ api }: World, what: Other): KubeObject | undefined {
  const open = openRelease(api);
  const set = (version: 'stable' | 'candidate') =>
    open && api.get('ReplicaSet', open.spec[version].replicaSet);
  const victims: Record<Other, () => KubeObject | undefined> = {
    policy: () => api.get('ReleasePolicy', 'web'),
    release: () => open?.object,
    defaults: () => api.get('ReleaseDefaults', DEFAULTS_NAME),
    deployment: () => api.get('Deployment', 'web'),
    revision: () =>
      api.get(
        'ControllerRevision',
        api.get('DaemonSet', 'web') ? (open?.spec.candidate.replicaSet ?? '') : newRevision(api),
      ),
    'stateful set': () => api.get('StatefulSet', 'web'),
    'daemon set': () => api.get('DaemonSet', 'web'),
    'running set': () => api.all('ReplicaSet').find((one) => sizeOf(one) > 0),
    'stable set': () => set('stable'),
    'candidate set': () => set('candidate'),
    service: () => api.get('Service', 'web'),
    'stable service': () => api.get('Service', 'web-stable'),
    'candidate service': () => api.get('Service', 'web-candidate'),
    slice: () => api.all('EndpointSlice')[0],
  };
  return victims[what]();
}

/** Without the version that users have its controller has only the new one to make pods of: nobody can keep
 * it from that. */
function newRevision(api: World['api']): string {
  const { currentRevision, updateRevision = '' } = (api.get('StatefulSet', 'web')?.['status'] ??
    {}) as { currentRevision?: string; updateRevision?: string };
  return currentRevision === updateRevision ? '' : updateRevision;
}
