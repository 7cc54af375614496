import { describe, expect, test } from 'vitest';
import { aPod, aService, type PodFacts } from '../testing/objects.ts';
import type { Write } from '../write.ts';
import { endpointsWrites } from './legacy.ts';
import { type EndpointSlice, sliceWrites, type Snapshot } from './slices.ts';

let counter = 0;

function writes(change: Partial<Snapshot>): Write[] {
  const random = (): number => {
    counter += 1;
    return (counter * 0.618_034) % 1;
  };
  return sliceWrites({ service: aService(), pods: [], slices: [], random, ...change });
}

function created(list: Write[]): EndpointSlice[] {
  return list.flatMap((write) => (write.op === 'Create' ? [write.object as EndpointSlice] : []));
}

/** The slices after the writes. */
function after(before: EndpointSlice[], list: Write[]): EndpointSlice[] {
  const name = (one: { metadata: { name: string } }): string => one.metadata.name;
  const updated = list.flatMap((write) => (write.op === 'Update' ? [write.object] : []));
  const gone = list.flatMap((write) => (write.op === 'Delete' ? [write.target.name] : []));
  const kept = before
    .filter((slice) => !gone.includes(name(slice)))
    .map((slice) => updated.find((one) => name(one) === name(slice)) ?? slice);
  return [...kept, ...created(list)] as EndpointSlice[];
}

const pods = (count: number, from = 0): ReturnType<typeof aPod>[] =>
  Array.from({ length: count }, (_, index) =>
    aPod(`p${from + index}`, { status: { podIP: `10.1.${from + index}.1` } }),
  );

test('a slice says where it comes from and what it holds', () => {
  const [slice] = created(writes({ pods: [aPod('a')] }));
  expect(slice).toMatchObject({
    metadata: {
      generateName: 'web-',
      labels: {
        team: 'shop',
        'kubernetes.io/service-name': 'web',
        'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io',
      },
      ownerReferences: [{ kind: 'Service', uid: 'service-uid', controller: true }],
    },
    addressType: 'IPv4',
    endpoints: [
      {
        addresses: ['10.1.0.1'],
        conditions: { ready: true, serving: true, terminating: false },
        nodeName: 'n1',
        targetRef: { kind: 'Pod', name: 'a', namespace: 'shop', uid: 'a-uid' },
      },
    ],
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  });
});

describe('the conditions of an endpoint', () => {
  test.each<[string, PodFacts, string]>([
    ['a ready pod', {}, 'ready serving'],
    ['an unready pod', { ready: false }, ''],
    ['a ready pod being deleted', { deleting: true }, 'serving terminating'],
    ['an unready pod being deleted', { ready: false, deleting: true }, 'terminating'],
  ])('%s', (_, facts, expected) => {
    const [slice] = created(writes({ pods: [aPod('a', facts)] }));
    const conditions = Object.entries(slice?.endpoints?.[0]?.conditions ?? {});
    expect(conditions.flatMap(([name, holds]) => (holds ? [name] : [])).join(' ')).toBe(expected);
  });

  test('publishNotReadyAddresses makes all ready', () => {
    const service = aService({ publishNotReadyAddresses: true });
    const [slice] = created(writes({ service, pods: [aPod('a', { ready: false })] }));
    expect(slice?.endpoints?.[0]?.conditions).toMatchObject({ ready: true, serving: false });
  });

  test.each<[string, PodFacts]>([
    ['without an address', { status: { podIP: '' } }],
    ['that has failed', { status: { phase: 'Failed' } }],
    ['that has succeeded', { status: { phase: 'Succeeded' } }],
  ])('a pod %s is no endpoint', (_, facts) => {
    expect(created(writes({ pods: [aPod('a', facts)] }))[0]?.endpoints).toEqual([]);
  });
});

test('a Service without endpoints keeps one empty slice', () => {
  const slices = created(writes({}));
  expect(slices).toMatchObject([{ endpoints: [], ports: [] }]);
  expect(writes({ slices })).toEqual([]);
  const filled = after(slices, writes({ slices, pods: [aPod('a')] }));
  expect(filled).toMatchObject([{ ports: [{ port: 8080 }] }]);
  expect(after(filled, writes({ slices: filled }))).toMatchObject([{ endpoints: [], ports: [] }]);
});

test('an address for each family', () => {
  const service = aService({ ipFamilies: ['IPv4', 'IPv6'] });
  const both = aPod('a', { status: { podIPs: [{ ip: '10.1.0.1' }, { ip: 'fd00::1' }] } });
  const slices = created(writes({ service, pods: [both] }));
  expect(slices.map((slice) => slice.endpoints?.[0]?.addresses)).toEqual([
    ['10.1.0.1'],
    ['fd00::1'],
  ]);
});

test('pods with other numbers for a named port get a slice of their own', () => {
  const containers = [{ name: 'web', ports: [{ name: 'http', containerPort: 9090 }] }];
  const slices = created(writes({ pods: [aPod('a'), aPod('b', { spec: { containers } })] }));
  expect(slices.map((slice) => slice.ports?.[0]?.port)).toEqual([8080, 9090]);
});

test('250 pods take three slices, and nothing more is written', () => {
  const all = pods(250);
  const slices = created(writes({ pods: all }));
  expect(slices.map((slice) => slice.endpoints?.length)).toEqual([100, 100, 50]);
  expect(writes({ slices, pods: all })).toEqual([]);
});

test('endpoints stay in their slice, and a new one fills the fullest with room', () => {
  const all = pods(150);
  const slices = created(writes({ pods: all }));
  const next = [...all.slice(0, 10), ...all.slice(11), ...pods(1, 200)];
  const list = writes({ slices, pods: next });
  expect(list.map((write) => write.op)).toEqual(['Update']);
  const sizes = after(slices, list).map((slice) => slice.endpoints?.length);
  expect(sizes).toEqual([100, 50]);
});

test('a slice that lost all its endpoints goes', () => {
  const all = pods(150);
  const slices = created(writes({ pods: all }));
  const list = writes({ slices, pods: all.slice(0, 100) });
  expect(list).toMatchObject([{ op: 'Delete' }]);
});

describe('Endpoints', () => {
  const subsets = (list: Write[]): unknown =>
    list.flatMap((write) => ('object' in write ? [write.object['subsets']] : []));

  test('split ready from unready and leave out those being deleted', () => {
    const list = endpointsWrites(
      aService(),
      [
        aPod('b', { status: { podIP: '10.1.0.2' } }),
        aPod('a'),
        aPod('c', { ready: false }),
        aPod('d', { deleting: true }),
      ],
      undefined,
    );
    expect(subsets(list)).toMatchObject([
      [
        {
          addresses: [{ ip: '10.1.0.1' }, { ip: '10.1.0.2' }],
          notReadyAddresses: [{ targetRef: { name: 'c' } }],
          ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        },
      ],
    ]);
  });

  test('are not written twice', () => {
    const [write] = endpointsWrites(aService(), [aPod('a')], undefined);
    const present = write?.op === 'Create' ? write.object : undefined;
    expect(endpointsWrites(aService(), [aPod('a')], present)).toEqual([]);
  });
});
