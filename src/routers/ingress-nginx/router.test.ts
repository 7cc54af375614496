import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch } from '../../api/request-match.ts';
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
import type { IngressSpec, Path } from './backends.ts';
import { ingressNginx } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.ingress;
const PREFIX = 'nginx.ingress.kubernetes.io';

const to = (name: string, path: string, port: Fields = { number: 80 }): Path & Fields => ({
  path,
  pathType: 'Prefix',
  backend: { service: { name, port } },
});
const web = () => to('web', '/');
const api = () => to('api', '/api', { number: 8080 });
const docs = () => to('docs', '/docs');

function ingress(paths: Fields[], spec: Fields = {}, annotations?: Fields): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web',
      namespace: NAMESPACE,
      ...(annotations && { annotations: annotations as Record<string, string> }),
    },
    spec: {
      ingressClassName: 'nginx',
      tls: [{ hosts: ['shop.example.com'], secretName: 'shop' }],
      ...spec,
      rules: [
        { host: 'docs.example.com', http: { paths: [docs()] } },
        { host: 'shop.example.com', http: { paths } },
      ],
    },
  };
}

const specOf = (object: KubeObject | undefined) => (object?.['spec'] ?? {}) as IngressSpec;
const pathsIn = (object: KubeObject) => (specOf(object).rules?.[1]?.http?.paths ?? []) as Path[];
const services = [service('web'), service('api', { ports: [{ name: 'http', port: 8080 }] })];
const withPaths = (...paths: Fields[]) => [ingress(paths), ...services];
const edit = (change: (paths: Path[]) => Path[] | void) => (store: ObjectStore) =>
  store.edit(kind, 'web', (object) => {
    const rule = specOf(object).rules?.[1];
    if (rule) rule.http = { paths: change(pathsIn(object)) ?? pathsIn(object) };
  });

const byHeader: RequestMatch = { headers: [{ name: 'X-Canary', exact: 'yes' }] };
const byCookie: RequestMatch = { cookie: { name: 'canary', exact: 'always' } };
const byPattern: RequestMatch = { headers: [{ name: 'X-Canary', regex: 'a|b' }] };

const json = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));
const anyPath = fc
  .tuple(
    fc.constantFrom('web', 'api', 'docs'),
    fc.constantFrom('/a', '/b', '/c'),
    fc.constantFrom({ number: 80 }, { name: 'http' }),
    fc.option(json, { nil: undefined }),
  )
  .map(([name, path, port, newField]) => ({
    ...to(name, path, port),
    ...(newField !== undefined && { newField }),
  }));

const scope = {
  namespace: NAMESPACE,
  services: ['web', 'api'],
  config: { ingress: 'web' },
  rules: [{ match: [byHeader, byCookie] }, { match: [byPattern] }, { match: [byCookie] }],
};
const otherCanary = (path: string): KubeObject => ({
  ...ingress([to('next', path)], {}, { [`${PREFIX}/canary`]: 'true' }),
  metadata: { name: 'next', namespace: NAMESPACE, annotations: { [`${PREFIX}/canary`]: 'true' } },
});

describeRouter({
  router: ingressNginx,
  scope,
  objects: () => withPaths(web(), api(), docs()),
  defaulting: defaulted,
  accept: () => {},
  written: [{ ...kind, name: 'web' }],
  foreign(object) {
    for (const { http } of specOf(object).rules ?? [])
      for (const { backend } of http?.paths ?? [])
        if (backend?.service) backend.service.name = backend.service.name.split('-')[0] ?? '';
    return object;
  },
  variations: fc
    .record({
      paths: fc.array(anyPath, { maxLength: 5 }),
      labels: fc.dictionary(fc.string(), fc.string()),
      annotations: fc.dictionary(fc.string(), fc.string()),
      extra: fc.dictionary(fc.constant('newField'), json),
    })
    .map(({ paths, labels, annotations, extra }) => {
      const varied = ingress([...paths, web(), api()], extra);
      Object.assign(varied.metadata, { labels, annotations });
      return [varied, ...services];
    }),
  edits: [
    { name: 'a path in front', edit: edit((paths) => [to('docs', '/new'), ...paths]) },
    { name: 'paths turned round', edit: edit((paths) => paths.toReversed()) },
    { name: 'a path removed', edit: edit((paths) => paths.slice(1)) },
    { name: 'a second path to the Service', edit: edit((paths) => [...paths, to('web', '/2')]) },
    {
      name: 'another host',
      edit: (store) =>
        store.edit(kind, 'web', (object) => {
          const rule = specOf(object).rules?.[1];
          if (rule) rule.host = 'www.example.com';
        }),
    },
    {
      name: 'annotations',
      edit: (store) =>
        store.edit(kind, 'web', (object) => {
          object.metadata.annotations = { [`${PREFIX}/load-balance`]: 'ewma', own: 'thing' };
        }),
    },
  ],
  reverts: [
    {
      name: 'applied again and the canary deleted',
      edit(store) {
        edit(() => [web(), api(), docs()])(store);
        store.remove(kind, 'web-candidate');
      },
    },
  ],
  refused: [
    { name: 'no Ingress', objects: services, field: 'Ingress web', says: 'does not exist' },
    {
      name: 'an Ingress of another controller',
      objects: [ingress([web(), api()], { ingressClassName: 'alb' }), ...services],
      field: 'Ingress web',
      says: 'AWS Load Balancer Controller',
    },
    {
      name: 'no Service',
      objects: [ingress([web(), api()]), service('web')],
      field: 'Service api',
      says: 'does not exist',
    },
    { name: 'not named', objects: withPaths(web()), field: 'Ingress web', says: 'Service api' },
    {
      name: 'a port that there is not',
      objects: withPaths(web(), api(), to('web', '/x', { number: 81 })),
      field: 'Ingress web spec.rules[1].http.paths[2].backend.service.port',
      says: 'port 81',
    },
    {
      name: 'a default backend',
      objects: [
        ingress([web(), api()], { defaultBackend: { service: { name: 'web' } } }),
        ...services,
      ],
      field: 'Ingress web spec.defaultBackend',
      says: 'default backend',
    },
    {
      name: 'a resource',
      objects: withPaths(web(), api(), { path: '/x', backend: { resource: { kind: 'Bucket' } } }),
      field: 'Ingress web spec.rules[1].http.paths[2].backend.resource',
      says: 'resources',
    },
    {
      name: 'a canary itself',
      objects: [ingress([web(), api()], {}, { [`${PREFIX}/canary`]: 'true' }), ...services],
      field: 'Ingress web metadata.annotations',
      says: 'canary',
    },
    {
      name: 'a canary of somebody else',
      objects: [...withPaths(web(), api()), otherCanary('/api')],
      field: 'Ingress next',
      says: 'shop.example.com/api',
    },
    {
      name: 'affinity beside matches',
      objects: [ingress([web(), api()], {}, { [`${PREFIX}/affinity`]: 'cookie' }), ...services],
      field: 'Ingress web metadata.annotations',
      says: 'keeps users at their version',
    },
    {
      name: 'the name of the canary',
      objects: [
        ...withPaths(web(), api()),
        { ...ingress([]), metadata: { name: 'web-candidate', namespace: NAMESPACE } },
      ],
      field: 'Ingress web-candidate',
      says: 'taken',
    },
    {
      name: 'left over from a release that never ended',
      objects: withPaths(web(), to('api-stable', '/api', { number: 8080 })),
      field: 'Ingress web',
      says: 'dedicated',
    },
  ],
  writesMax: 2,
});

describe('ingress-nginx', () => {
  const intent = splitIntent(
    { ingress: 'web' },
    { release: { name: 'web-2', uid: 'uid-of-web-2', policy: 'shop' } },
  );
  const stored = (annotations: Fields = {}) =>
    new ObjectStore([ingress([web(), docs()], {}, annotations), ...services]);
  const go = (store: ObjectStore, wanted: TrafficIntent) =>
    ingressNginx.render(wanted, store).map((write) => {
      store.apply(write);
      const name = write.op === 'Create' ? write.object.metadata.name : write.target.name;
      return `${write.op} ${name}`;
    });
  const canary = (store: ObjectStore) => store.get(kind, 'web-candidate');
  const main = (store: ObjectStore) =>
    pathsIn(store.get(kind, 'web') as KubeObject).map(({ backend }) => backend?.service?.name);
  const annotationsOf = (match: RequestMatch[]) => {
    const store = stored();
    go(store, { ...intent, weight: 0, match });
    return canary(store)?.metadata.annotations;
  };

  test('the canary has the paths that lead to the Services, and what belongs to an upstream', () => {
    const store = stored({
      [`${PREFIX}/load-balance`]: 'ewma',
      [`${PREFIX}/session-cookie-name`]: 'route',
      [`${PREFIX}/rewrite-target`]: '/',
      [`${PREFIX}/canary`]: 'false',
      'kubernetes.io/ingress.class': 'edge',
      'cert-manager.io/cluster-issuer': 'letsencrypt',
    });
    go(store, intent);
    expect(canary(store)).toMatchObject({
      metadata: {
        labels: { 'segue.dev/policy': 'shop', 'segue.dev/release': 'uid-of-web-2' },
        ownerReferences: [
          { kind: 'Release', name: 'web-2', uid: 'uid-of-web-2', controller: true },
        ],
      },
      spec: {
        ingressClassName: 'nginx',
        tls: [{ hosts: ['shop.example.com'], secretName: 'shop' }],
      },
    });
    expect(canary(store)?.metadata.annotations).toEqual({
      [`${PREFIX}/canary`]: 'true',
      [`${PREFIX}/canary-weight`]: '5',
      [`${PREFIX}/load-balance`]: 'ewma',
      [`${PREFIX}/session-cookie-name`]: 'route',
      'kubernetes.io/ingress.class': 'edge',
    });
    expect(specOf(canary(store)).rules).toEqual([
      { host: 'shop.example.com', http: { paths: [to('web-candidate', '/')] } },
    ]);
    expect(main(store)).toEqual(['web-stable', 'docs']);
  });

  test('whatever is written is an Ingress to upstream', () => {
    const store = stored();
    go(store, { ...intent, match: [byPattern, byCookie] });
    const written = [store.get(kind, 'web'), canary(store)] as KubeObject[];
    const asTyped = written.map(({ apiVersion, kind: of, metadata, ...rest }) => ({
      apiVersion,
      kind: of,
      metadata,
      ...rest,
    }));
    expect(typeProblems(asTyped)).toEqual([]);
    const broken = { ...(written[1] as KubeObject), spec: { rulez: [] } };
    expect(typeProblems([broken])).not.toEqual([]);
  });

  test('with everything at the candidate no backend leads to the version that loses its pods', () => {
    const store = stored();
    expect(go(store, { ...intent, weight: 0 })).toEqual(['Patch web']);
    expect(go(store, { ...intent, weight: 50 })).toEqual(['Create web-candidate']);
    expect(go(store, { ...intent, weight: 60 })).toEqual(['Patch web-candidate']);
    // The canary first: the user's Service has pods of both versions.
    expect(go(store, { ...intent, weight: 100 })).toEqual(['Patch web-candidate', 'Patch web']);
    expect(main(store)).toEqual(['web', 'docs']);
    expect(go(store, { ...intent, weight: 0 })).toEqual(['Patch web', 'Delete web-candidate']);
    expect(go(store, { ...intent, weight: 100 })).toEqual(['Create web-candidate', 'Patch web']);
    expect(go(store, { ...intent, route: 'Service' })).toEqual(['Delete web-candidate']);
    expect(main(store)).toEqual(['web', 'docs']);
  });

  test('a header, a pattern of the whole of it, a cookie', () => {
    const common = { [`${PREFIX}/canary`]: 'true', [`${PREFIX}/canary-weight`]: '0' };
    expect(annotationsOf([byHeader, byCookie])).toEqual({
      ...common,
      [`${PREFIX}/canary-by-header`]: 'X-Canary',
      [`${PREFIX}/canary-by-header-value`]: 'yes',
      [`${PREFIX}/canary-by-cookie`]: 'canary',
    });
    expect(annotationsOf([byPattern])).toEqual({
      ...common,
      [`${PREFIX}/canary-by-header`]: 'X-Canary',
      [`${PREFIX}/canary-by-header-pattern`]: '^(?:a|b)$',
    });
  });

  test('what a stage no longer matches is taken out', () => {
    const store = stored();
    go(store, { ...intent, match: [byHeader, byCookie] });
    expect(go(store, { ...intent, match: [byPattern] })).toEqual(['Patch web-candidate']);
    const left = Object.keys(canary(store)?.metadata.annotations ?? {});
    expect(left).not.toContain(`${PREFIX}/canary-by-header-value`);
    expect(left).not.toContain(`${PREFIX}/canary-by-cookie`);
  });

  test('a canary of somebody else for another path, or without that annotation, is in nobody’s way', () => {
    const off = { ...otherCanary('/'), metadata: { name: 'xoff', namespace: NAMESPACE } };
    const store = new ObjectStore([ingress([web()]), otherCanary('/other'), off, ...services]);
    expect(ingressNginx.check(intent, store)).toEqual([]);
  });

  test('another prefix', () => {
    const store = stored();
    const config = { ingress: 'web', annotationPrefix: 'higress.io' };
    go(store, { ...intent, config });
    expect(canary(store)?.metadata.annotations).toEqual({
      'higress.io/canary': 'true',
      'higress.io/canary-weight': '5',
    });
    expect(ingressNginx.observe({ ...intent, config }, store)).toMatchObject({ weight: 5 });
  });

  test('an Ingress of that name that is not ours is left alone, and the stable version keeps everything', () => {
    const store = stored();
    const foreign = { ...ingress([]), metadata: { name: 'web-candidate', namespace: NAMESPACE } };
    const before = new ObjectStore([foreign, ...store.all()]);
    expect(go(before, { ...intent, weight: 100 })).toEqual(['Patch web']);
    expect(main(before)).toEqual(['web-stable', 'docs']);
    expect(ingressNginx.observe({ ...intent, weight: 100 }, before)).toMatchObject({ weight: 0 });
    expect(go(before, { ...intent, route: 'Service' })).toEqual(['Patch web']);
    expect(canary(before)?.metadata.annotations).toBeUndefined();
  });

  test('a canary that somebody changed is out of date, and mended', () => {
    const store = stored();
    go(store, intent);
    store.edit(kind, 'web-candidate', (object) => {
      (object['spec'] as IngressSpec).rules = [];
    });
    expect(ingressNginx.observe(intent, store)).toMatchObject({ weight: 5, accepted: false });
    expect(go(store, intent)).toEqual(['Patch web-candidate']);
    expect(ingressNginx.observe(intent, store)).toMatchObject({ weight: 5, accepted: true });
  });

  test('when the user’s Ingress is gone its canary goes too', () => {
    const store = stored();
    go(store, intent);
    store.remove(kind, 'web');
    expect(go(store, intent)).toEqual(['Delete web-candidate']);
  });
});
