import * as fc from 'fast-check';
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { RequestMatch } from '../../api/request-match.ts';
import { ObjectStore } from '../../testing/apply-writes.ts';
import { describeRouter } from '../../testing/router-conformance.ts';
import { defaulted, NAMESPACE, service, PLACES } from '../../testing/router-conformance-objects.ts';
import { keyOf, type Path, PREFIX, routingOf } from './ingress.ts';
import { isAddedKey, isAddedPath } from './turned.ts';
import { alb } from './router.ts';

type Fields = Record<string, unknown>;

const kind = KINDS.ingress;
const USE = { name: 'use-annotation' };
const FORWARD = keyOf('actions', 'to-api');

const to = (name: string, path: string, port: Fields = { number: 80 }): Path => ({
  path,
  pathType: 'Prefix',
  backend: { service: { name, port } },
});
const web = () => to('web', '/');
const api = () => to('to-api', '/api', USE);
const docs = () => to('docs', '/docs');
const old = () => to('gone', '/old', USE);

/** As a user writes it: with spaces, an unknown field, and a target group of theirs beside it. */
const TO_API = `{"type": "forward",
  "forwardConfig": {"newField": 1, "targetGroups": [
    {"serviceName": "api", "servicePort": "http", "weight": 7, "note": "x"},
    {"targetGroupARN": "arn:old", "weight": 0}
  ]}}`;
const GONE =
  '{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"410"}}';

const users = (): Record<string, string> => ({
  [`${PREFIX}target-type`]: 'ip',
  [FORWARD]: TO_API,
  [keyOf('actions', 'gone')]: GONE,
  [keyOf('conditions', 'web')]:
    '[{"field":"source-ip","sourceIPConfig":{"values":["10.0.0.0/8"]}}]',
});

function ingress(paths: Path[], spec: Fields = {}, annotations: Fields = users()): KubeObject {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'Ingress',
    metadata: {
      name: 'web',
      namespace: NAMESPACE,
      annotations: annotations as Record<string, string>,
    },
    spec: {
      ingressClassName: 'alb',
      ...spec,
      rules: [
        { host: 'docs.example.com', http: { paths: [docs()] } },
        { host: 'shop.example.com', http: { paths } },
      ],
    },
  };
}

const services = [service('web'), service('api', { ports: [{ name: 'http', port: 8080 }] })];
const withPaths = (...paths: Path[]) => [ingress(paths), ...services];
const pathsIn = (object: KubeObject) => routingOf(object).rules[1]?.http?.paths ?? [];
const edit =
  (change: (paths: Path[], object: KubeObject) => Path[] | void) => (store: ObjectStore) =>
    store.edit(kind, 'web', (object) => {
      const rule = routingOf(object).rules[1];
      const paths = pathsIn(object).filter((path) => !isAddedPath(path));
      if (rule) rule.http = { ...rule.http, paths: change(paths, object) ?? paths };
    });
/** In the JSON of the user's own action, whatever a release has made of it. */
const editAction = (change: (config: Fields) => void) => (store: ObjectStore) =>
  store.edit(kind, 'web', ({ metadata }) => {
    const annotations = metadata.annotations ?? {};
    const action = JSON.parse(annotations[FORWARD] ?? '') as { forwardConfig: Fields };
    change(action.forwardConfig);
    annotations[FORWARD] = JSON.stringify(action);
  });

const byHeader: RequestMatch = { headers: [{ name: 'X-Canary', exact: 'yes' }] };
const byQuery: RequestMatch = { query: [{ name: 'beta', exact: '1' }] };

const json = fc
  .jsonValue()
  .map((value) => JSON.parse(JSON.stringify(value)) as unknown)
  .filter((value) => !JSON.stringify(value).includes('__proto__'));
const anyPath = fc
  .tuple(
    fc.constantFrom(web, api, docs, old),
    fc.constantFrom('/a', '/b', '/c'),
    fc.option(json, { nil: undefined }),
  )
  .map(([make, path, newField]) => ({
    ...make(),
    path,
    ...(newField !== undefined && { newField }),
  }));

const OWN = /^(web|api)(-stable|-candidate)?$/;

/** What is Segue's to write is left out: the ports of backends, its annotations, and target groups of the Services. */
function foreign(object: KubeObject): KubeObject {
  const { rules, defaultBackend } = routingOf(object);
  for (const { http } of rules)
    if (http?.paths) http.paths = http.paths.filter((path) => !isAddedPath(path));
  const backends = rules.flatMap(({ http }) => (http?.paths ?? []).map(({ backend }) => backend));
  for (const backend of [...backends, defaultBackend])
    if (backend?.service && OWN.test(backend.service.name)) delete backend.service.port;
  const annotations = object.metadata.annotations ?? {};
  for (const key of Object.keys(annotations))
    if (isAddedKey(key) || key === keyOf('actions', 'web')) delete annotations[key];
  const text = annotations[FORWARD];
  if (text !== undefined) {
    const action = JSON.parse(text) as { forwardConfig: { targetGroups: Fields[] } };
    const { forwardConfig: config } = action;
    config.targetGroups = config.targetGroups.filter(
      ({ serviceName }) => !OWN.test(String(serviceName)),
    );
    annotations[FORWARD] = JSON.stringify(action);
  }
  return object;
}

const action = (targetGroups: Fields[], more: Fields = {}) =>
  JSON.stringify({ type: 'forward', forwardConfig: { targetGroups, ...more } });
const target = (serviceName: string, weight?: number, port: unknown = 8080) => ({
  serviceName,
  servicePort: port,
  ...(weight !== undefined && { weight }),
});
const withAction = (text: string) => [
  ingress([web(), api()], {}, { ...users(), [FORWARD]: text }),
  ...services,
];
const annotated = (more: Fields) => [
  ingress([web(), api()], {}, { ...users(), ...more }),
  ...services,
];
const AT_ACTION = `Ingress web metadata.annotations[${FORWARD}]`;

describeRouter({
  router: alb,
  scope: {
    namespace: NAMESPACE,
    services: ['web', 'api'],
    config: { ingress: 'web' },
    rules: [{ match: [byHeader, byQuery] }, { match: [byQuery] }, { match: PLACES }],
  },
  objects: () => withPaths(web(), api(), docs(), old()),
  defaulting: defaulted,
  accept: () => {},
  written: [{ ...kind, name: 'web' }],
  foreign,
  variations: fc
    .record({
      paths: fc.array(anyPath, { maxLength: 5 }),
      labels: fc.dictionary(fc.string(), fc.string()),
      annotations: fc.dictionary(fc.string(), fc.string()),
      extra: fc.dictionary(fc.constant('newField'), json),
      byDefault: fc.boolean(),
    })
    .map(({ paths, labels, annotations, extra, byDefault }) => {
      const spec = { ...extra, ...(byDefault && { defaultBackend: web().backend }) };
      const varied = ingress([...paths, web(), api()], spec, { ...annotations, ...users() });
      Object.assign(varied.metadata, { labels });
      return [varied, ...services];
    }),
  edits: [
    { name: 'a path in front', edit: edit((paths) => [to('docs', '/new'), ...paths]) },
    { name: 'paths turned round', edit: edit((paths) => paths.toReversed()) },
    { name: 'a path removed', edit: edit((paths) => paths.slice(1)) },
    { name: 'a second path to the Service', edit: edit((paths) => [...paths, to('web', '/2')]) },
    {
      name: 'a second path to the action',
      edit: edit((paths) => [...paths, to('to-api', '/2', USE)]),
    },
    {
      name: 'another field in an action',
      edit: editAction((config) => (config['targetGroupStickinessConfig'] = { enabled: false })),
    },
    {
      name: 'another target group without a share',
      edit: editAction((config) => {
        (config['targetGroups'] as Fields[]).push({ targetGroupARN: 'arn:new', weight: 0 });
      }),
    },
    {
      name: 'annotations',
      edit: (store) =>
        store.edit(kind, 'web', (object) => {
          const own = { own: 'thing', [keyOf('conditions', 'web')]: '[]' };
          object.metadata.annotations = { ...object.metadata.annotations, ...own };
        }),
    },
  ],
  reverts: [
    {
      name: 'applied again',
      edit: edit((_, object) => {
        object.metadata.annotations = users();
        return [web(), api(), docs(), old()];
      }),
    },
    { name: 'backends applied again, and annotations left', edit: edit(() => [web(), api()]) },
    {
      name: 'an action pointed back',
      edit: (store) =>
        store.edit(kind, 'web', ({ metadata }) => {
          metadata.annotations = { ...metadata.annotations, [FORWARD]: TO_API };
        }),
    },
  ],
  refused: [
    { name: 'no Ingress', objects: services, field: 'Ingress web', says: 'does not exist' },
    {
      name: 'an Ingress of another controller',
      objects: [ingress([web(), api()], { ingressClassName: 'kong' }), ...services],
      field: 'Ingress web',
      says: 'that of Kong',
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
      objects: withPaths(to('web', '/x', { number: 81 }), api()),
      field: 'Ingress web spec.rules[1].http.paths[0].backend.service.port',
      says: 'port 81',
    },
    {
      name: 'a port of an action that there is not',
      objects: withAction(action([target('api', 1, '81')])),
      field: AT_ACTION,
      says: 'port 81',
    },
    {
      name: 'two ports of one Service',
      objects: [
        ingress([web(), to('web', '/x', { name: 'other' }), api()]),
        service('web', {
          ports: [
            { name: 'http', port: 80 },
            { name: 'other', port: 90 },
          ],
        }),
        ...services.slice(1),
      ],
      field: 'Ingress web spec.rules[1].http.paths[1].backend.service.port',
      says: 'ports 80 and other',
    },
    {
      name: 'an action of the name of a Service that is led to directly',
      objects: annotated({ [keyOf('actions', 'web')]: GONE }),
      field: 'Ingress web spec.rules[1].http.paths[0].backend.service',
      says: 'an action of that name',
    },
    {
      name: 'an action that is no JSON',
      objects: withAction('{"type": forward}'),
      field: AT_ACTION,
      says: 'JSON',
    },
    {
      name: 'shared with another target group',
      objects: withAction(action([target('api', 90), { targetGroupName: 'legacy', weight: 10 }])),
      field: AT_ACTION,
      says: 'api, legacy',
    },
    {
      name: 'more target groups than are taken',
      objects: withAction(
        action([target('api', 1), ...['a', 'b', 'c'].map((name) => target(name, 0))]),
      ),
      field: AT_ACTION,
      says: '4 target groups',
    },
    {
      name: 'users kept at a target group',
      objects: withAction(
        action([target('api', 1)], {
          targetGroupStickinessConfig: { enabled: true, durationSeconds: 60 },
        }),
      ),
      field: AT_ACTION,
      says: 'keeps users',
    },
    {
      name: 'sessions with targets',
      objects: annotated({
        [`${PREFIX}target-group-attributes`]:
          'a=b, stickiness.enabled=true,stickiness.type=lb_cookie',
      }),
      field: `Ingress web metadata.annotations[${PREFIX}target-group-attributes]`,
      says: 'stickiness.enabled=true',
    },
    {
      name: 'targets that are nodes',
      objects: annotated({ [`${PREFIX}target-type`]: 'instance' }),
      field: `Ingress web metadata.annotations[${PREFIX}target-type]`,
      says: 'nodes by instance',
    },
    {
      name: 'targets that may be nodes',
      objects: [
        ingress([web(), api()], {}, { [FORWARD]: TO_API }),
        service('web', { type: 'NodePort' }),
        ...services.slice(1),
      ],
      field: `Ingress web metadata.annotations[${PREFIX}target-type]`,
      says: 'may be nodes',
    },
    {
      name: 'a Service with annotations for its target group',
      objects: [
        ingress([web(), api()]),
        {
          ...service('web'),
          metadata: {
            name: 'web',
            namespace: NAMESPACE,
            annotations: { [`${PREFIX}auth-type`]: 'oidc' },
          },
        },
        ...services.slice(1),
      ],
      field: `Service web metadata.annotations[${PREFIX}auth-type]`,
      says: 'do not have it',
    },
    {
      name: 'an annotation by the name of a Service',
      objects: annotated({ [`${PREFIX}target-control-port.web.80`]: '3000' }),
      field: `Ingress web metadata.annotations[${PREFIX}target-control-port.web.80]`,
      says: 'not for those of each version',
    },
    {
      name: 'a default backend beside matches',
      objects: [ingress([web(), api()], { defaultBackend: web().backend }), ...services],
      field: 'Ingress web spec.defaultBackend',
      says: 'match',
    },
    {
      name: 'conditions that are no JSON, beside matches',
      objects: annotated({ [keyOf('conditions', 'web')]: '{' }),
      field: `Ingress web metadata.annotations[${keyOf('conditions', 'web')}]`,
      says: 'JSON',
    },
    {
      name: 'more values than a rule takes, beside matches',
      objects: annotated({
        [keyOf('conditions', 'to-api')]:
          '[{"field":"http-request-method","httpRequestMethodConfig":{"Values":["GET", "HEAD"]}}]',
      }),
      field: 'Ingress web spec.rules[1].http.paths[1]',
      says: '5 values',
    },
    {
      name: 'left over from a release that never ended',
      objects: withAction(
        action([target('api', 0), target('api-stable', 95), target('api-candidate', 5)]),
      ),
      field: 'Ingress web',
      says: 'dedicated',
    },
    {
      name: 'an annotation that a release adds',
      objects: annotated({ [keyOf('actions', 'web-segue-0')]: GONE }),
      field: `Ingress web metadata.annotations[${keyOf('actions', 'web-segue-0')}]`,
      says: 'no release is in progress',
    },
  ],
  writesMax: 1,
});
