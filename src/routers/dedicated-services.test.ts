import { describe, expect, test } from 'vitest';
import { HASH_LABEL, KINDS } from '../api/group.ts';
import type { KubeObject } from '../api/object.ts';
import type { WantedServices } from '../ports/version-services.ts';
import { ObjectStore } from '../testing/apply-writes.ts';
import {
  defaulted,
  endpointSlice,
  NAMESPACE,
  service,
} from '../testing/router-conformance-objects.ts';
import { typeProblems } from '../testing/upstream-types.ts';
import { checkDedicatedServices, dedicatedName, dedicatedServices } from './dedicated-services.ts';

const wanted: WantedServices = {
  namespace: NAMESPACE,
  services: ['web'],
  roles: [
    { suffix: 'stable', hash: 'aaa' },
    { suffix: 'candidate', hash: 'bbb' },
  ],
  owner: { name: 'web-1', uid: 'release-uid' },
  policy: 'web',
  present: true,
};
const SERVICE_OWNER = { apiVersion: 'v1', kind: 'Service', name: 'web', uid: expect.any(String) };
const gone = { ...wanted, present: false };

function storeOf(...objects: KubeObject[]): ObjectStore {
  return new ObjectStore(objects, defaulted);
}

function go(store: ObjectStore, to: WantedServices = wanted): void {
  for (const write of dedicatedServices.render(to, store)) store.apply(write);
}

function spec(store: ObjectStore, name: string): Record<string, unknown> {
  return store.get(KINDS.service, name)?.['spec'] as Record<string, unknown>;
}

function editSpec(store: ObjectStore, name: string, change: Record<string, unknown>): void {
  store.edit(KINDS.service, name, (object) => {
    Object.assign(object['spec'] as object, change);
  });
}

describe('dedicated Services', () => {
  test('have what Kong reads of a Service, and nothing else of its annotations', () => {
    const plugins = { 'konghq.com/plugins': 'login', 'konghq.com/protocol': 'grpcs' };
    const web = service('web');
    web.metadata.annotations = { ...plugins, 'external-dns.alpha.kubernetes.io/hostname': 'a.b' };
    const store = storeOf(web);
    const annotations = (name: string) => store.get(KINDS.service, name)?.metadata.annotations;
    go(store);
    for (const name of ['web-stable', 'web-candidate']) expect(annotations(name)).toEqual(plugins);
    expect(dedicatedServices.observe(wanted, store).present).toBe(true);
    expect(dedicatedServices.render(wanted, store)).toEqual([]);
    // A login that somebody adds or takes out half way counts for both versions.
    store.edit(KINDS.service, 'web', ({ metadata }) => {
      metadata.annotations = { 'konghq.com/plugins': 'login,limit' };
    });
    expect(dedicatedServices.observe(wanted, store).present).toBe(false);
    go(store);
    expect(annotations('web-stable')).toEqual({ 'konghq.com/plugins': 'login,limit' });
    // What somebody wrote into ours beside it stays.
    store.edit(KINDS.service, 'web-stable', ({ metadata }) => {
      metadata.annotations = { ...metadata.annotations, own: 'thing' };
    });
    expect(dedicatedServices.render(wanted, store)).toEqual([]);
  });

  test('have the labels that are asked for, again where somebody took one off', () => {
    const store = storeOf(service('web'));
    const labels = { 'mesh.example.com/ignore': 'true' };
    const labelled = { ...wanted, roles: wanted.roles.map((role) => ({ ...role, labels })) };
    const labelsOf = () => store.get(KINDS.service, 'web-candidate')?.metadata.labels;
    go(store, labelled);
    const all = { ...labels, 'segue.dev/policy': 'web', 'segue.dev/release': 'release-uid' };
    expect(labelsOf()).toEqual(all);
    store.edit(KINDS.service, 'web-candidate', ({ metadata }) => {
      delete metadata.labels?.['mesh.example.com/ignore'];
    });
    go(store, labelled);
    expect(labelsOf()).toEqual(all);
    expect(dedicatedServices.render(labelled, store)).toEqual([]);
  });

  test('copy what clients notice and select one version', () => {
    const store = storeOf(
      service('web', {
        type: 'NodePort',
        selector: { app: 'web', tier: 'front' },
        ports: [
          { name: 'http', port: 80, targetPort: 'http', appProtocol: 'http', nodePort: 30_001 },
          { name: 'grpc', port: 90, nodePort: 30_002 },
        ],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        externalTrafficPolicy: 'Local',
        internalTrafficPolicy: 'Local',
        ipFamilies: ['IPv6', 'IPv4'],
        ipFamilyPolicy: 'RequireDualStack',
        publishNotReadyAddresses: true,
      }),
    );
    const writes = dedicatedServices.render(wanted, store);
    const created = writes.map((write) => (write.op === 'Create' ? write.object : undefined));
    expect(created[1]).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        name: 'web-candidate',
        namespace: NAMESPACE,
        labels: { 'segue.dev/policy': 'web', 'segue.dev/release': 'release-uid' },
        ownerReferences: [
          SERVICE_OWNER,
          {
            apiVersion: 'segue.dev/v1alpha1',
            kind: 'Release',
            name: 'web-1',
            uid: 'release-uid',
            controller: true,
            blockOwnerDeletion: true,
          },
        ],
      },
      spec: {
        type: 'ClusterIP',
        selector: { app: 'web', tier: 'front', [HASH_LABEL]: 'bbb' },
        ports: [
          { name: 'http', appProtocol: 'http', protocol: 'TCP', port: 80, targetPort: 'http' },
          { name: 'grpc', protocol: 'TCP', port: 90, targetPort: 90 },
        ],
        sessionAffinity: 'ClientIP',
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 60 } },
        internalTrafficPolicy: 'Local',
        ipFamilies: ['IPv6', 'IPv4'],
        ipFamilyPolicy: 'RequireDualStack',
        publishNotReadyAddresses: true,
      },
    });
    expect(created.map((object) => object?.metadata.name)).toEqual(['web-stable', 'web-candidate']);
    expect(typeProblems(created.flatMap((object) => object ?? []))).toEqual([]);
  });

  test('need no write once they are there, server defaults or not', () => {
    for (const store of [storeOf(service('web')), new ObjectStore([service('web')])]) {
      expect(dedicatedServices.observe(wanted, store)).toMatchObject({
        present: false,
        absent: true,
      });
      go(store);
      expect(dedicatedServices.render(wanted, store)).toEqual([]);
      expect(dedicatedServices.observe(wanted, store)).toMatchObject({
        present: true,
        absent: false,
      });
    }
  });

  test('need no write for a session affinity whose timeout only the server knows', () => {
    const store = new ObjectStore([service('web', { sessionAffinity: 'ClientIP' })]);
    go(store);
    const filledIn = { sessionAffinityConfig: { clientIP: { timeoutSeconds: 10_800 } } };
    for (const name of ['web-stable', 'web-candidate']) editSpec(store, name, filledIn);
    expect(dedicatedServices.render(wanted, store)).toEqual([]);
  });

  const drifts: Record<string, [string, Record<string, unknown>]> = {
    'their selector': ['web-stable', { selector: { app: 'other', extra: '1' } }],
    'their ports': ['web-stable', { ports: [{ port: 1 }] }],
    'their type': ['web-candidate', { type: 'NodePort' }],
    'the ports of the Service': ['web', { ports: [{ name: 'http', port: 81 }] }],
    'the selector of the Service': ['web', { selector: { app: 'web2' } }],
    'the affinity of the Service': ['web', { sessionAffinity: 'ClientIP' }],
    'not-ready addresses': ['web-stable', { publishNotReadyAddresses: true }],
    'a field only they have': ['web-stable', { trafficDistribution: 'PreferClose' }],
  };
  for (const [what, [name, change]] of Object.entries(drifts))
    test(`follow a change of ${what}, guarded by their version`, () => {
      const fresh = storeOf(service('web'));
      if (name === 'web') editSpec(fresh, name, change);
      go(fresh);
      const store = storeOf(service('web'));
      go(store);
      editSpec(store, name, change);
      expect(dedicatedServices.observe(wanted, store).present).toBe(false);
      const writes = dedicatedServices.render(wanted, store);
      for (const write of writes)
        expect(write).toMatchObject({ op: 'Patch', resourceVersion: expect.any(String) });
      go(store);
      expect(dedicatedServices.render(wanted, store)).toEqual([]);
      for (const one of ['web-stable', 'web-candidate'])
        expect(spec(store, one)).toEqual(spec(fresh, one));
    });

  test('go back to no affinity with the Service', () => {
    const store = storeOf(service('web', { sessionAffinity: 'ClientIP' }));
    go(store);
    store.edit(KINDS.service, 'web', () => service('web'));
    go(store);
    expect(spec(store, 'web-stable')).toMatchObject({ sessionAffinity: 'None' });
    expect(spec(store, 'web-stable')).not.toHaveProperty('sessionAffinityConfig');
    expect(dedicatedServices.render(wanted, store)).toEqual([]);
  });

  test('a Service of somebody else is left alone, and named', () => {
    const store = storeOf(service('web'), service('web-stable'));
    const before = store.get(KINDS.service, 'web-stable');
    go(store);
    go(store, gone);
    expect(store.get(KINDS.service, 'web-stable')).toEqual(before);
    const reading = dedicatedServices.observe(wanted, store);
    expect(reading.present).toBe(false);
    expect(reading.problems).toEqual([
      expect.objectContaining({
        field: 'Service web-stable',
        message: expect.stringContaining('taken'),
      }),
    ]);
    const free = { services: ['web'], roles: wanted.roles };
    expect(checkDedicatedServices(free, store)).toHaveLength(1);
    expect(checkDedicatedServices(free, storeOf(service('web')))).toEqual([]);
  });

  test('the name of a running release says which', () => {
    const store = storeOf(service('web'));
    go(store);
    const later = { ...wanted, owner: { name: 'web-2', uid: 'other-uid' } };
    expect(dedicatedServices.render(later, store)).toEqual([]);
    expect(dedicatedServices.observe(later, store).problems[0]).toMatchObject({
      message: 'it belongs to the Release web-1',
    });
  });

  test('whose owner the garbage collector took away are known, serve and go as ours', () => {
    const store = storeOf(service('web'));
    go(store);
    store.edit(KINDS.service, 'web-stable', ({ metadata }) => {
      metadata.ownerReferences = metadata.ownerReferences?.slice(0, 1) ?? [];
    });
    expect(dedicatedServices.observe(wanted, store)).toMatchObject({ present: true, problems: [] });
    expect(dedicatedServices.render(wanted, store)).toEqual([]);
    go(store, gone);
    expect(store.get(KINDS.service, 'web-stable')).toBeUndefined();
  });

  test('are deleted by uid, and only then absent', () => {
    const store = storeOf(service('web'));
    go(store);
    const writes = dedicatedServices.render(gone, store);
    expect(writes).toMatchObject([
      { op: 'Delete', uid: store.get(KINDS.service, 'web-stable')?.metadata.uid },
      { op: 'Delete', uid: store.get(KINDS.service, 'web-candidate')?.metadata.uid },
    ]);
    store.apply(writes[0]!);
    expect(dedicatedServices.observe(gone, store).absent).toBe(false);
    store.apply(writes[1]!);
    expect(dedicatedServices.observe(gone, store).absent).toBe(true);
    expect(dedicatedServices.render(gone, store)).toEqual([]);
  });

  test('are waited for while they are being deleted', () => {
    const store = storeOf(service('web'));
    go(store);
    store.edit(KINDS.service, 'web-stable', (object) => {
      object.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
    });
    expect(checkDedicatedServices({ ...wanted, roles: [{ suffix: 'stable' }] }, store)).toEqual([]);
    const roles = wanted.roles.slice(0, 1);
    expect(dedicatedServices.render({ ...wanted, roles }, store)).toEqual([]);
    expect(dedicatedServices.render({ ...gone, roles }, store)).toEqual([]);
    expect(dedicatedServices.observe(wanted, store)).toMatchObject({
      present: false,
      absent: false,
    });
  });

  test('stay as they are when the user deletes the Service half way, and can still go', () => {
    const store = storeOf(service('web'));
    go(store);
    store.remove(KINDS.service, 'web');
    expect(dedicatedServices.render(wanted, store)).toEqual([]);
    expect(dedicatedServices.observe(wanted, store)).toMatchObject({
      present: true,
      problems: [{ field: 'Service web', message: 'it does not exist' }],
    });
    go(store, gone);
    expect(store.all()).toEqual([]);
  });

  test('have names that are DNS labels, different for different Services', () => {
    const long = 'a'.repeat(62);
    const shortened = [`${long}b`, `${long}c`].map((name) => dedicatedName(name, 'candidate'));
    for (const name of shortened) expect(name).toMatch(/^a+-[0-9a-f]{8}-candidate$/);
    expect(shortened.map((name) => name.length)).toEqual([63, 63]);
    expect(new Set(shortened).size).toBe(2);
    expect(dedicatedName('web', 'stable')).toBe('web-stable');
  });

  test('a preview may be named by the user', () => {
    const store = storeOf(service('web'), service('api'));
    const roles = [{ suffix: 'preview' as const, hash: 'bbb', name: 'try-me' }];
    go(store, { ...wanted, services: ['web', 'api'], roles });
    expect(spec(store, 'try-me')).toMatchObject({ selector: { [HASH_LABEL]: 'bbb' } });
    expect(spec(store, 'api-preview')).toMatchObject({ selector: { [HASH_LABEL]: 'bbb' } });
  });
});

describe('their endpoints', () => {
  const reading = (...slices: KubeObject[]) => {
    const store = storeOf(service('web'), ...slices);
    go(store);
    return dedicatedServices.observe(wanted, store).endpoints;
  };

  test('are pods, not addresses: both families of one pod count once', () => {
    const pods = [{ uid: 'a' }, { uid: 'b' }, { uid: 'c', ready: false }];
    expect(
      reading(
        endpointSlice('web-stable', pods),
        endpointSlice('web-stable', pods, 'discovery.k8s.io/v1beta1'),
      ),
    ).toEqual({ stable: 2, candidate: 0 });
  });

  test('are the pods that serve, where addresses that are not ready are published', () => {
    const pods = [
      { uid: 'a', serving: true },
      { uid: 'b', serving: false },
    ];
    const leaving = { uid: 'c', serving: true, terminating: true };
    expect(reading(endpointSlice('web-stable', [...pods, leaving]))).toMatchObject({ stable: 1 });
  });

  test('of each version behind the user’s own Services are told too: those of the most', () => {
    const services = ['web', 'api'];
    const gone = { uid: 'web-aaa-3', ready: false };
    const store = storeOf(
      service('web'),
      service('api'),
      endpointSlice('web', [{ uid: 'web-aaa-1' }, { uid: 'web-bbb-2' }, gone]),
      endpointSlice('api', [{ uid: 'web-bbb-2' }, { uid: 'a' }]),
    );
    const { lingering } = dedicatedServices.observe({ ...wanted, services }, store);
    expect(lingering).toEqual({ stable: 1, candidate: 1 });
  });

  test('of a Service that was deleted without its endpoints are nobody’s', () => {
    const store = storeOf(endpointSlice('web', [{ uid: 'web-aaa-1' }]));
    expect(dedicatedServices.observe(wanted, store).lingering).toEqual({ stable: 0, candidate: 0 });
  });

  test('are the fewest over several Services, and none while a write is missing', () => {
    const services = ['web', 'api'];
    const store = storeOf(
      service('web'),
      service('api'),
      endpointSlice('web-stable', [{ uid: 'a' }, { uid: 'b' }]),
      endpointSlice('api-stable', [{ uid: 'a' }]),
    );
    const both = { ...wanted, services };
    expect(dedicatedServices.observe(both, store).endpoints).toMatchObject({ stable: 0 });
    go(store, both);
    expect(dedicatedServices.observe(both, store).endpoints).toMatchObject({ stable: 1 });
  });
});
