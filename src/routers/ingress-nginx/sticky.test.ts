/** How an Ingress keeps users with the version they came to first, and what is refused for it. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { TrafficIntent } from '../../ports/traffic-router.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import {
  defaulted,
  NAMESPACE,
  service,
  splitIntent,
} from '../../testing/router-conformance-objects.ts';
import { typeProblems } from '../../testing/upstream-types.ts';
import { ingressNginx } from './router.ts';

type Annotations = Record<string, string>;

const kind = KINDS.ingress;
const PREFIX = 'nginx.ingress.kubernetes.io';
const sticky = { cookie: 'segue-ab-web', maxAgeSeconds: 3_600 };
const CANDIDATE = '7f6d5c4b3a';
const KEPT: Annotations = {
  [`${PREFIX}/affinity`]: 'cookie',
  [`${PREFIX}/session-cookie-name`]: `segue-ab-web-${CANDIDATE}`,
  [`${PREFIX}/session-cookie-path`]: '/',
  [`${PREFIX}/session-cookie-max-age`]: '3600',
  [`${PREFIX}/session-cookie-samesite`]: 'Lax',
};
const OWN: Annotations = {
  [`${PREFIX}/affinity`]: 'cookie',
  [`${PREFIX}/session-cookie-name`]: 'mine',
};

const to = (path: string, port: object = { number: 80 }, name = 'web') => ({
  path,
  pathType: 'Prefix',
  backend: { service: { name, port } },
});

function ingress(annotations?: Annotations, paths: object[] = [to('/'), to('/api')]): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: { name: 'web', namespace: NAMESPACE, ...(annotations && { annotations }) },
    spec: { ingressClassName: 'nginx', rules: [{ host: 'shop.example.com', http: { paths } }] },
  };
}

const services = [
  service('web', {
    ports: [
      { name: 'http', port: 80 },
      { name: 'admin', port: 81 },
    ],
  }),
];
const annotate = (change: (all: Annotations) => void) => (store: ObjectStore) =>
  store.edit(kind, 'web', ({ metadata }) => {
    metadata.annotations ??= {};
    change(metadata.annotations);
  });

/** Without what Segue writes: annotations with its values, but where somebody else has turned affinity on. */
function foreign(object: KubeObject): KubeObject {
  const { annotations = {} } = object.metadata;
  const others = annotations[`${PREFIX}/session-cookie-name`] === 'mine';
  for (const [key, value] of Object.entries(KEPT))
    if (annotations[key] === value && !(others && key.endsWith('/affinity')))
      delete annotations[key];
  object.metadata.annotations = annotations;
  const text = JSON.stringify(object['spec']).replaceAll(/"web-(stable|candidate)"/g, '"web"');
  return { ...object, spec: JSON.parse(text) as unknown };
}

describeRouter({
  router: ingressNginx,
  scope: {
    namespace: NAMESPACE,
    services: ['web'],
    config: { ingress: 'web' },
    rules: [{ match: [{ headers: [{ name: 'x', exact: 'y' }] }] }, { sticky }],
  },
  objects: () => [ingress({ 'shop.example.com/owner': 'team shop' }), ...services],
  defaulting: defaulted,
  accept: () => {},
  written: [{ ...kind, name: 'web' }],
  foreign,
  // A server keeps no empty map of annotations.
  variations: fc
    .option(fc.dictionary(fc.string(), fc.string(), { minKeys: 1 }), { nil: undefined })
    .map((annotations) => [ingress(annotations), ...services]),
  edits: [
    { name: 'another annotation', edit: annotate((all) => void (all['own'] = 'thing')) },
    { name: 'affinity of their own', edit: annotate((all) => void Object.assign(all, OWN)) },
    {
      name: 'an attribute of the cookie',
      edit: annotate((all) => void (all[`${PREFIX}/session-cookie-secure`] = 'true')),
    },
  ],
  reverts: [
    {
      name: 'applied again and the canary deleted',
      edit(store) {
        store.edit(kind, 'web', (object) => {
          object.metadata.annotations = { 'shop.example.com/owner': 'team shop' };
          object['spec'] = ingress()['spec'];
        });
        store.remove(kind, 'web-candidate');
      },
    },
  ],
  refused: [
    {
      name: 'a cookie of the user’s',
      objects: [ingress(OWN), ...services],
      field: 'Ingress web metadata.annotations',
      says: 'keeps users by one cookie',
    },
    {
      name: 'the path of a cookie',
      objects: [ingress({ [`${PREFIX}/session-cookie-path`]: '/shop' }), ...services],
      field: 'Ingress web metadata.annotations',
      says: 'session-cookie-path',
    },
    {
      name: 'two ports',
      objects: [ingress({}, [to('/'), to('/admin', { number: 81 })]), ...services],
      field: 'Ingress web spec.rules',
      says: 'web:80 and web:81',
    },
    {
      name: 'one port by number and by name, which are two upstreams',
      objects: [ingress({}, [to('/'), to('/api', { name: 'http' })]), ...services],
      field: 'Ingress web spec.rules',
      says: 'web:80 and web:http',
    },
  ],
  writesMax: 2,
});

describe('ingress-nginx keeps users', () => {
  const intent = splitIntent(
    { ingress: 'web' },
    {
      weight: 20,
      sticky,
      rules: [{ sticky }],
      candidateHash: CANDIDATE,
      release: { name: 'web-2', uid: 'uid-of-web-2', policy: 'shop' },
    },
  );
  const stored = (annotations?: Annotations) =>
    new ObjectStore([ingress(annotations), ...services]);
  const go = (store: ObjectStore, wanted: TrafficIntent) =>
    ingressNginx.render(wanted, store).map((write) => {
      store.apply(write);
      return `${write.op} ${write.op === 'Create' ? write.object.metadata.name : write.target.name}`;
    });
  const annotationsOf = (store: ObjectStore, name = 'web') =>
    store.get(kind, name)?.metadata.annotations;

  test('by annotations of both Ingresses, which go with the test', () => {
    const store = stored();
    // First that who comes gets a cookie, then that some come to the candidate: nobody changes versions meanwhile.
    expect(go(store, intent)).toEqual(['Patch web', 'Create web-candidate']);
    expect(annotationsOf(store)).toEqual(KEPT);
    expect(annotationsOf(store, 'web-candidate')).toEqual({
      ...KEPT,
      [`${PREFIX}/affinity-canary-behavior`]: 'sticky',
      [`${PREFIX}/canary`]: 'true',
      [`${PREFIX}/canary-weight`]: '20',
    });
    const written = store.list(kind).map(({ apiVersion, kind: of, metadata, ...rest }) => ({
      apiVersion,
      kind: of,
      metadata,
      ...rest,
    }));
    expect(typeProblems(written)).toEqual([]);
    expect(ingressNginx.observe(intent, store)).toMatchObject({ weight: 20, accepted: true });
    expect(go(store, intent)).toEqual([]);
  });

  test('an abort takes the candidate away before the cookies lose their meaning', () => {
    const store = stored();
    go(store, intent);
    const back = { ...intent, weight: 0, sticky: undefined };
    expect(go(store, back)).toEqual(['Delete web-candidate', 'Patch web']);
    expect(annotationsOf(store)).toBeUndefined();
    expect(ingressNginx.observe(back, store)).toMatchObject({ weight: 0, accepted: true });
  });

  test('with everything at the candidate nobody is kept at the version that goes', () => {
    const store = stored({ own: 'thing' });
    go(store, intent);
    const all = { ...intent, weight: 100, sticky: undefined };
    expect(go(store, all)).toEqual(['Patch web-candidate', 'Patch web']);
    expect(annotationsOf(store)).toEqual({ own: 'thing' });
    expect(annotationsOf(store, 'web-candidate')).toEqual({
      [`${PREFIX}/canary`]: 'true',
      [`${PREFIX}/canary-weight`]: '100',
    });
  });

  test('the cookie of an earlier release has another name', () => {
    const store = stored();
    go(store, { ...intent, candidateHash: 'bbb' });
    expect(annotationsOf(store)?.[`${PREFIX}/session-cookie-name`]).toBe('segue-ab-web-bbb');
  });

  test('annotations that are still there at the end are not put back exactly', () => {
    const store = stored();
    go(store, intent);
    go(store, { ...intent, route: 'Service', sticky: undefined });
    annotate((all) => void Object.assign(all, KEPT))(store);
    const end = { ...intent, route: 'Service' as const, sticky: undefined };
    expect(ingressNginx.observe(end, store)).toMatchObject({ route: 'Service', accepted: false });
    expect(go(store, end)).toEqual(['Patch web']);
    expect(annotationsOf(store)).toBeUndefined();
  });

  test('affinity by another cookie half way is told, and left alone', () => {
    const store = stored();
    go(store, intent);
    annotate((all) => void Object.assign(all, OWN))(store);
    const reading = ingressNginx.observe(intent, store);
    expect(reading).toMatchObject({ route: 'Other', accepted: false });
    expect(reading.message).toContain('by the cookie mine, of somebody else');
    go(store, intent);
    go(store, { ...intent, route: 'Service', sticky: undefined });
    expect(annotationsOf(store)).toEqual(OWN);
  });

  test.each<[string, (all: Annotations) => void]>([
    ['the name', (all) => void delete all[`${PREFIX}/session-cookie-name`]],
    ['the path', (all) => void (all[`${PREFIX}/session-cookie-path`] = '/shop')],
    ['the switch', (all) => void delete all[`${PREFIX}/affinity`]],
  ])('%s that somebody changed is out of date, and mended', (_, change) => {
    const store = stored();
    go(store, intent);
    annotate(change)(store);
    expect(ingressNginx.observe(intent, store)).toMatchObject({ weight: 20, accepted: false });
    expect(go(store, intent)).toContain('Patch web');
    expect(annotationsOf(store)).toEqual(KEPT);
  });

  test('refuses nothing of it where nobody is to be kept', () => {
    expect(ingressNginx.check({ ...intent, rules: [] }, stored(OWN))).toEqual([]);
  });
});
