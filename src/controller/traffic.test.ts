/** Several routers and the Services of each version read as one. */
import { expect, test } from 'vitest';
import type { RouteReading, TrafficRouter } from '../ports/traffic-router.ts';
import type { VersionServices, VersionServicesReading } from '../ports/version-services.ts';
import type { Write } from '../ports/write.ts';
import { releaseSpec } from '../testing/snapshots.ts';
import { readTraffic, type ReleaseTraffic, renderTraffic, trafficProblems } from './traffic.ts';

const write = (because: string): Write => ({
  op: 'Delete',
  target: { group: '', kind: 'Service', name: because },
  because,
});

function router(name: string, reading: Partial<RouteReading>): TrafficRouter {
  return {
    name,
    capabilities: {
      weights: 'Percent',
      dedicatedServices: true,
    },
    kinds: [],
    check: () => [{ field: 'Service web', message: 'it is headless', fix: 'do not' }],
    capture: () => ({}),
    render: () => [write(name)],
    observe: () => ({ route: 'Split', weight: 5, accepted: true, message: name, ...reading }),
  };
}

function services(reading: Partial<VersionServicesReading> = {}): VersionServices {
  return {
    render: ({ present }) => [write(present ? 'make' : 'remove')],
    observe: () => ({
      present: true,
      absent: false,
      endpoints: {},
      lingering: {},
      problems: [],
      ...reading,
    }),
  };
}

function at(routers: string[], dedicated = true): ReleaseTraffic {
  return {
    namespace: 'shop',
    name: 'web-1',
    uid: 'uid-web-1',
    spec: {
      ...releaseSpec(),
      traffic: {
        services: ['web'],
        routers: routers.map((name) => ({ name, config: {} })),
        preview: false,
      },
    },
    status: { traffic: { dedicated, route: 'Split', weight: 5 } },
    objects: {
      serves: () => true,
      get: () => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' } }),
      refusal: () => undefined,
      list: () => [],
      endpointSlices: () => [],
    },
  };
}

const parts = (readings: Partial<RouteReading>[], from = services()) => ({
  routers: new Map(readings.map((reading, i) => [`r${i}`, router(`r${i}`, reading)])),
  services: from,
});
const names = (readings: unknown[]) => readings.map((_, i) => `r${i}`);

test.each<[string, Partial<RouteReading>[], object]>([
  ['one', [{}], { route: 'Split', weight: 5, accepted: true, missing: false }],
  ['two that agree', [{}, {}], { route: 'Split', weight: 5, accepted: true }],
  ['two at different weights', [{}, { weight: 50 }], { route: 'Other' }],
  ['one still at the Service', [{}, { route: 'Service' }], { route: 'Other' }],
  ['one that is not accepted yet', [{}, { accepted: false }], { accepted: false, message: 'r1' }],
  [
    'one whose route is gone: it carries nothing',
    [{}, { route: 'Other', accepted: false, missing: true }],
    { route: 'Split', weight: 5, accepted: true, missing: false },
  ],
  [
    'one that has to name the Services',
    [{ named: true }, { route: 'Service' }],
    { named: true, namingRoute: 'Split', route: 'Other' },
  ],
  [
    'one of two that does not yet',
    [{ named: true }, { named: false, route: 'Service' }],
    { named: false, namingRoute: 'Service' },
  ],
  ['all gone', [{ route: 'Other', accepted: false, missing: true }], { missing: true }],
])('routers: %s', (_, readings, expected) => {
  expect(readTraffic(parts(readings), at(names(readings)))).toMatchObject(expected);
});

test.each<[string, Partial<VersionServicesReading>, boolean, string]>([
  ['there', {}, true, 'Present'],
  ['half there', { present: false }, true, 'Partial'],
  ['gone', { present: false, absent: true }, false, 'Absent'],
  ['none needed, wanted', { absent: true }, true, 'Present'],
  ['none needed, to go', { absent: true }, false, 'Absent'],
])('Services: %s', (_, reading, wanted, expected) => {
  const read = readTraffic(parts([{}], services(reading)), at(['r0'], wanted));
  expect(read?.dedicated).toBe(expected);
});

test('a route that may not be read is not taken for gone', () => {
  const given = at(['ingressNginx']);
  const [one] = given.spec.traffic?.routers ?? [];
  if (one) one.config = { ingress: 'web' };
  const known = { ...parts([]), routers: new Map([['ingressNginx', router('ingressNginx', {})]]) };
  const objects = { ...given.objects, refusal: () => 'forbidden' };
  expect(readTraffic(known, { ...given, objects })).toMatchObject({ weight: 5 });
  const unknown = { ...given, objects: { ...objects, get: () => undefined } };
  expect(() => readTraffic(known, unknown)).toThrow(/Ingress web is not known.*forbidden/);
});

test('the endpoints of the preview stand for the candidate where it has no other Service', () => {
  const from = services({ endpoints: { preview: 3 } });
  expect(readTraffic(parts([{}], from), at(['r0']))?.endpoints).toEqual({
    stable: undefined,
    candidate: 3,
  });
});

test('Services are made before the routes that name them', () => {
  const goal = { dedicated: true, route: 'Split', weight: 5, rules: {} } as const;
  const writes = renderTraffic(parts([{}, {}]), at(['r0', 'r1']), goal);
  expect(writes.map((one) => one.because)).toEqual(['make', 'r0', 'r1']);
});

test('the Services of each version have the labels that a router asks for, the others none', () => {
  const labels: unknown[] = [];
  const from = services();
  from.render = ({ roles }) => {
    labels.push(...roles.map((role) => role.labels));
    return [];
  };
  const goal = { dedicated: true, route: 'Split', weight: 5, rules: {} } as const;
  const given = parts([{}, {}], from);
  renderTraffic(given, at(['r0', 'r1']), goal);
  expect(labels.splice(0)).toEqual([undefined, undefined]);
  const asking = router('r1', {});
  asking.capabilities.serviceLabels = { 'mesh.example.com/ignore': 'true' };
  given.routers.set('r1', asking);
  renderTraffic(given, at(['r0', 'r1']), goal);
  expect(labels).toEqual([asking.capabilities.serviceLabels, asking.capabilities.serviceLabels]);
});

test('a router that this Segue does not know is said, not skipped', () => {
  expect(() => readTraffic(parts([{}]), at(['r0', 'istio']))).toThrow(/istio/);
});

test('the same problem found by two routers is told once', () => {
  const { spec, objects } = at(['r0', 'r1']);
  const traffic = spec.traffic as NonNullable<typeof spec.traffic>;
  const found = trafficProblems(parts([{}, {}]), {
    namespace: 'shop',
    policy: 'web',
    traffic,
    rules: [],
    objects,
  });
  expect(found).toHaveLength(1);
});

test('what names the Services until the end names them no more before they go', () => {
  const release = at(['r0'], false);
  const goal = { dedicated: false, route: 'Service', weight: 0, rules: {} } as const;
  const written = (announces: boolean, routes: Write[]) => {
    const one = router('r0', {});
    const capabilities = { ...one.capabilities, ...(announces && { announces: true as const }) };
    const known = { ...one, capabilities, render: () => routes };
    const given = { routers: new Map([['r0', known]]), services: services() };
    return renderTraffic(given, release, goal).map(({ because }) => because);
  };
  expect(written(false, [write('r0')])).toEqual(['remove', 'r0']);
  expect(written(true, [write('r0')])).toEqual(['r0']);
  expect(written(true, [])).toEqual(['remove']);
});

test('who has to name the versions first leads nobody to them, and the others go on', () => {
  const asked: [string, string, number][] = [];
  const one = (name: string, announces: boolean): TrafficRouter => {
    const plain = router(name, { route: 'Service', named: true });
    const capabilities = { ...plain.capabilities, ...(announces && { announces: true as const }) };
    const render: TrafficRouter['render'] = ({ route, weight }) => {
      asked.push([name, route, weight]);
      return [];
    };
    return { ...plain, capabilities, render };
  };
  const routers = new Map([one('r0', true), one('r1', false)].map((by) => [by.name, by]));
  const goal = { dedicated: true, route: 'Split', weight: 5, rules: {}, announces: true } as const;
  renderTraffic({ routers, services: services() }, at(['r0', 'r1']), goal);
  expect(asked).toEqual([
    ['r0', 'Service', 0],
    ['r1', 'Split', 5],
  ]);
});

type Seen = Pick<NonNullable<ReturnType<typeof readTraffic>>, 'named' | 'namingRoute'>;

test.each<[string, Seen, Partial<RouteReading>, boolean]>([
  ['as it was', { named: true, namingRoute: 'Split' }, { named: true }, true],
  [
    'at the Service since',
    { named: true, namingRoute: 'Split' },
    { route: 'Service', named: true },
    false,
  ],
  [
    'at the Service before too',
    { named: true, namingRoute: 'Service' },
    { route: 'Service', named: true },
    true,
  ],
  [
    'unnamed since',
    { named: true, namingRoute: 'Service' },
    { route: 'Service', named: false },
    false,
  ],
  ['unnamed since, and was led to', {}, { route: 'Service', named: false }, false],
  ['led to without a name', {}, { route: 'Other' }, true],
  ['no matter of names', {}, { route: 'Service' }, true],
])('requests are led to what is %s, or not', (_, seen, now, leads) => {
  const plain = router('r0', now);
  const capabilities = { ...plain.capabilities, announces: true as const };
  const given = { routers: new Map([['r0', { ...plain, capabilities }]]), services: services() };
  const goal = { dedicated: true, route: 'Split', weight: 5, rules: {}, seen } as const;
  const writes = renderTraffic(given, at(['r0']), goal);
  expect(writes.map(({ because }) => because)).toEqual(leads ? ['make', 'r0'] : ['make']);
});
