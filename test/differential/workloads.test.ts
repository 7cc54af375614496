/** Deployments and what they make: defaults, sets, pods, counts, events, and what is refused. */
import { del, get, patch, post, put } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const APPS = '/apis/apps/v1/namespaces/diff-workloads';
const CORE = '/api/v1/namespaces/diff-workloads';
const DEPLOYMENTS = `${APPS}/deployments`;
const WEB = `${DEPLOYMENTS}/web`;

const container = { name: 'app', image: 'example.com/app:1' };
function deployment(
  name: string,
  spec: Record<string, unknown> = {},
  pod: Record<string, unknown> = {},
) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [container], ...pod } },
      ...spec,
    },
  };
}
const merge = (body: unknown) => ({ type: 'merge' as const, body });
const strategic = (body: unknown) => ({ type: 'strategic' as const, body });
const image = (value: string) =>
  strategic({ spec: { template: { spec: { containers: [{ name: 'app', image: value }] } } } });
const of = (name: string) => ({ query: { labelSelector: `app=${name}` } });
const bad = (id: string, spec: Record<string, unknown>, pod: Record<string, unknown> = {}) =>
  post(id, DEPLOYMENTS, deployment('bad', spec, pod));
const NO_STATUS = { except: ['body.status', 'body.metadata.annotations'] };

describeGroup('workloads', [
  post('create', DEPLOYMENTS, deployment('web', { replicas: 2 })),
  get('its status', WEB, {
    until: (at) =>
      at('status.unavailableReplicas') === 2 &&
      at('status.replicas') === 2 &&
      at('status.observedGeneration') === 1,
  }),
  get('its set', `${APPS}/replicasets`, {
    ...of('web'),
    until: (at) => at('items.0.status.replicas') === 2,
  }),
  get('its pods', `${CORE}/pods`, {
    ...of('web'),
    until: (at) =>
      at('items.1.status.conditions') !== undefined &&
      at('items.0.status.conditions') !== undefined,
  }),
  get('events of the deployment', `${CORE}/events`, {
    query: { fieldSelector: 'involvedObject.kind=Deployment,involvedObject.name=web' },
    until: (at) => at('items.0') !== undefined,
  }),
  get('events of the set', `${CORE}/events`, {
    query: { fieldSelector: 'involvedObject.kind=ReplicaSet' },
    until: (at) => at('items.1') !== undefined,
  }),
  get('scale', `${WEB}/scale`),
  patch('scale up', `${WEB}/scale`, merge({ spec: { replicas: 3 } })),
  get('scaled', WEB, {
    until: (at) =>
      at('status.replicas') === 3 &&
      at('status.observedGeneration') === at('metadata.generation') &&
      at('status.unavailableReplicas') === 3,
  }),
  patch('pause', WEB, merge({ spec: { paused: true } }), NO_STATUS),
  patch('change while paused', WEB, image('example.com/app:2'), NO_STATUS),
  get('paused', WEB, {
    until: (at) => at('status.observedGeneration') === at('metadata.generation'),
  }),
  patch('resume', WEB, merge({ spec: { paused: null } }), NO_STATUS),
  get('rolled', WEB, {
    until: (at) =>
      at('status.observedGeneration') === at('metadata.generation') &&
      at('status.updatedReplicas') === 1,
  }),
  get('two sets', `${APPS}/replicasets`, {
    ...of('web'),
    until: (at) => at('items.1.status.replicas') !== undefined,
  }),
  patch(
    'recreate',
    WEB,
    merge({ spec: { strategy: { type: 'Recreate', rollingUpdate: null } } }),
    NO_STATUS,
  ),
  patch(
    'recreate with a rolling update',
    WEB,
    merge({ spec: { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } } }),
  ),
  patch('annotate', WEB, merge({ metadata: { annotations: { note: 'x' } } }), {
    except: ['body.status'],
    only: ['status', 'body.metadata.annotations.note'],
  }),
  patch('the selector', WEB, merge({ spec: { selector: { matchLabels: { app: 'y' } } } })),
  patch('negative replicas', WEB, merge({ spec: { replicas: -1 } })),
  patch('a bad image', WEB, image('')),
  put(
    'replace with another selector',
    WEB,
    deployment('web', { selector: { matchLabels: { app: 'z' } } }),
  ),
  get('table', DEPLOYMENTS, {
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    query: { includeObject: 'None', labelSelector: 'none' },
  }),
  bad('no selector', { selector: undefined }),
  bad('an empty selector', { selector: {} }),
  bad('a selector that does not match', { selector: { matchLabels: { app: 'else' } } }),
  bad('a bad expression', {
    selector: { matchExpressions: [{ key: 'app', operator: 'Near', values: ['x'] }] },
  }),
  bad('an expression without values', {
    selector: { matchExpressions: [{ key: 'app', operator: 'In' }] },
  }),
  bad('no template', { template: undefined }),
  bad('a text of replicas', { replicas: 'two' }),
  bad('a half replica', { replicas: 1.5 }),
  bad('bad surge', { strategy: { rollingUpdate: { maxSurge: 'x' } } }),
  bad('no progress possible', { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
  bad('a bad strategy', { strategy: { type: 'Slowly' } }),
  bad('a bad deadline', { progressDeadlineSeconds: 5, minReadySeconds: 5 }),
  bad('a bad history', { revisionHistoryLimit: -1 }),
  bad('restart never', {}, { restartPolicy: 'Never' }),
  bad('no containers', {}, { containers: [] }),
  bad('a container without image', {}, { containers: [{ name: 'app' }] }),
  bad('a container without name', {}, { containers: [{ image: 'x' }] }),
  bad('a container twice', {}, { containers: [container, container] }),
  bad('a bad container name', {}, { containers: [{ ...container, name: 'Not_Good' }] }),
  bad('a bad port', {}, { containers: [{ ...container, ports: [{ containerPort: 0 }] }] }),
  bad(
    'a bad quantity',
    {},
    { containers: [{ ...container, resources: { limits: { cpu: 'much' } } }] },
  ),
  bad(
    'more asked than allowed',
    {},
    { containers: [{ ...container, resources: { limits: { cpu: '1' }, requests: { cpu: '2' } } }] },
  ),
  bad(
    'a negative quantity',
    {},
    { containers: [{ ...container, resources: { limits: { cpu: '-1' } } }] },
  ),
  bad(
    'an unknown volume',
    {},
    { containers: [{ ...container, volumeMounts: [{ name: 'v', mountPath: '/v' }] }] },
  ),
  bad('a volume twice', {}, { volumes: [{ name: 'v' }, { name: 'v' }] }),
  bad(
    'a bad probe',
    {},
    {
      containers: [{ ...container, readinessProbe: { periodSeconds: -1, httpGet: { port: 80 } } }],
    },
  ),
  bad('a probe of nothing', {}, { containers: [{ ...container, readinessProbe: {} }] }),
  bad(
    'a probe of two',
    {},
    {
      containers: [
        { ...container, readinessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } } },
      ],
    },
  ),
  bad('a bad pull policy', {}, { containers: [{ ...container, imagePullPolicy: 'Sometimes' }] }),
  bad('a bad variable', {}, { containers: [{ ...container, env: [{ name: '1=2' }] }] }),
  bad(
    'a variable of two',
    {},
    {
      containers: [
        {
          ...container,
          env: [{ name: 'A', value: 'x', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }],
        },
      ],
    },
  ),
  bad('a negative grace', {}, { terminationGracePeriodSeconds: -1 }),
  bad('a bad policy', {}, { dnsPolicy: 'Nowhere' }),
  post(
    'a full pod spec',
    DEPLOYMENTS,
    deployment(
      'full',
      { replicas: 0 },
      {
        volumes: [
          { name: 'empty' },
          { name: 'map', configMap: { name: 'm' } },
          { name: 'secret', secret: { secretName: 's' } },
        ],
        initContainers: [
          {
            name: 'init',
            image:
              'example.com/init@sha256:0000000000000000000000000000000000000000000000000000000000000000',
          },
        ],
        containers: [
          {
            name: 'app',
            image: 'example.com/app',
            ports: [{ containerPort: 80 }],
            env: [
              { name: 'NODE', valueFrom: { fieldRef: { fieldPath: 'spec.nodeName' } } },
              { name: 'EMPTY', value: '' },
            ],
            resources: {
              limits: { cpu: '0.5', memory: '1024Mi' },
              requests: { cpu: '100m', memory: '1e3' },
            },
            readinessProbe: { httpGet: { port: 'http' } },
            livenessProbe: { tcpSocket: { port: 80 } },
            lifecycle: { preStop: { exec: { command: ['x'] } } },
            volumeMounts: [{ name: 'empty', mountPath: '/e' }],
          },
        ],
        serviceAccountName: 'default',
        tolerations: [{ key: 'a', operator: 'Exists' }],
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, podAffinityTerm: { topologyKey: 'x', labelSelector: {} } },
            ],
          },
        },
      },
    ),
    NO_STATUS,
  ),
  del(
    'delete',
    WEB,
    { propagationPolicy: 'Background' },
    { only: ['status', 'body.kind', 'body.status', 'body.details'] },
  ),
  get('its sets go', `${APPS}/replicasets`, {
    ...of('web'),
    until: (at) => at('items.0') === undefined,
  }),
  get('its pods go', `${CORE}/pods`, { ...of('web'), until: (at) => at('items.0') === undefined }),
]);
