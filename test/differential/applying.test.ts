/** Server-side apply: who owns what, conflicts, force, and what is given up. */
import { get, patch, post, put } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const MAPS = '/api/v1/namespaces/diff-applying/configmaps';
const SETS = '/apis/apps/v1/namespaces/diff-applying/replicasets';

function map(data: Record<string, unknown>, metadata: Record<string, unknown> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'm', ...metadata }, data };
}

function set(spec: Record<string, unknown>, containers: unknown[]) {
  return {
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 's' },
    spec: {
      selector: { matchLabels: { app: 's' } },
      ...(containers.length > 0 && {
        template: { metadata: { labels: { app: 's' } }, spec: { containers } },
      }),
      ...spec,
    },
  };
}

const apply = (body: unknown) => ({ type: 'apply' as const, body });
const by = (fieldManager: string, more: Record<string, string> = {}) => ({
  query: { fieldManager, ...more },
  managedFields: true,
  except: ['body.status'],
});
const M = `${MAPS}/m`;
const S = `${SETS}/s`;
const container = { name: 'app', image: 'example.com/app:1' };

describeGroup('applying', [
  patch('apply', M, apply(map({ a: '1', b: '1' })), by('one')),
  patch('apply again', M, apply(map({ a: '1', b: '1' })), by('one')),
  patch('give up a field', M, apply(map({ a: '1' })), by('one')),
  patch('a second manager', M, apply(map({ c: '1' })), by('two')),
  patch('the same value', M, apply(map({ a: '1', c: '1' })), by('two')),
  patch('conflict', M, apply(map({ a: '2' })), by('three')),
  patch('two conflicts', M, apply(map({ a: '2', c: '2' })), by('three')),
  patch('force', M, apply(map({ a: '2' })), by('three', { force: 'true' })),
  patch('give up what is shared', M, apply(map({})), by('two')),
  patch('force without apply', M, { type: 'merge', body: {} }, by('one', { force: 'true' })),
  patch(
    'change by another way',
    M,
    { type: 'merge', body: { data: { a: '3', d: '1' } } },
    by('patcher'),
  ),
  patch('conflict with an update', M, apply(map({ d: '2' })), by('one')),
  patch('no manager', M, apply(map({ a: '1' }))),
  patch('dry', M, apply(map({ dry: '1' })), by('one', { dryRun: 'All' })),
  patch(
    'YAML',
    M,
    apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: {y: "1"}\n'),
    by('yaml'),
  ),
  patch('bad YAML', M, apply('{['), by('yaml')),
  patch('another name', M, apply(map({}, { name: 'other' })), by('one')),
  patch('another namespace', M, apply(map({}, { namespace: 'default' })), by('one')),
  patch('without name', M, apply({ apiVersion: 'v1', kind: 'ConfigMap', data: {} }), by('one')),
  patch('without kind', M, apply({ metadata: { name: 'm' }, data: {} }), by('one')),
  patch('another kind', M, apply({ ...map({}), kind: 'Secret' }), by('one')),
  patch('managed fields', M, apply(map({}, { managedFields: [{ manager: 'x' }] })), by('one')),
  patch('an old version', M, apply(map({}, { resourceVersion: '1' })), by('one')),
  patch(
    'a uid of nobody',
    `${MAPS}/new`,
    apply({ ...map({}), metadata: { name: 'new', uid: 'x' } }),
    by('one'),
  ),
  patch('an unknown field', M, apply({ ...map({}), nothing: 1 }), by('one')),
  patch('a wrong type', M, apply(map({ a: 1 })), by('one')),
  patch('a bad label', M, apply(map({}, { labels: { 'a b': 'c' } })), by('one')),
  put('replace drops owners', M, map({ only: '1' }), by('putter')),
  get('the managers', M, { managedFields: true }),
  put('clear the managers', M, map({ only: '1' }, { managedFields: [{}] }), by('putter')),

  patch('apply a set', S, apply(set({ replicas: 0 }, [container])), by('one')),
  get('the set is seen', S, {
    until: (at) => at('status.observedGeneration') === 1,
    unchecked: true,
  }),
  patch(
    'a port',
    S,
    apply(set({ replicas: 0 }, [{ ...container, ports: [{ containerPort: 80 }] }])),
    by('one'),
  ),
  patch(
    'the same port twice',
    S,
    apply(
      set({}, [
        { ...container, ports: [{ containerPort: 80 }, { containerPort: 80, protocol: 'UDP' }] },
      ]),
    ),
    by('one', { force: 'true' }),
  ),
  get('the pod is counted', S, {
    until: (at) => at('status.fullyLabeledReplicas') === 1,
    unchecked: true,
  }),
  patch(
    'a second container',
    S,
    apply(set({}, [{ name: 'side', image: 'example.com/side:1' }])),
    by('two'),
  ),
  patch('replicas of another', S, apply({ ...set({ replicas: 0 }, []) }), by('scaler')),
  get('no pod is counted', S, { until: (at) => at('status.replicas') === 0, unchecked: true }),
  patch(
    'conflict in a list',
    S,
    apply(set({}, [{ name: 'side', image: 'example.com/side:2' }])),
    by('three'),
  ),
  patch('give up a container', S, apply(set({}, [])), by('two')),
  patch(
    'environment',
    S,
    apply(
      set({}, [
        {
          name: 'app',
          env: [
            { name: 'A', value: '1' },
            { name: 'B', value: '2' },
          ],
        },
      ]),
    ),
    by('env'),
  ),
  patch(
    'less environment',
    S,
    apply(set({}, [{ name: 'app', env: [{ name: 'B', value: '2' }] }])),
    by('env'),
  ),
  patch('a container twice', S, apply(set({}, [container, container])), by('four')),
  patch('a container without key', S, apply(set({}, [{ image: 'x' }])), by('four')),
  patch(
    'selector as a whole',
    S,
    apply({ ...set({}, []), spec: { selector: { matchLabels: { b: 'c' } } } }),
    by('five'),
  ),
  patch(
    'finalizers',
    S,
    apply({ ...set({}, []), metadata: { name: 's', finalizers: ['example.com/a'] } }),
    by('six'),
  ),
  patch('an empty list', S, apply(set({ template: { spec: { volumes: [] } } }, [])), by('six')),
  patch('no finalizers', S, apply({ ...set({}, []), metadata: { name: 's' } }), by('six')),
  patch(
    'annotations',
    S,
    apply({ ...set({}, []), metadata: { name: 's', annotations: { a: 'b' }, labels: { c: 'd' } } }),
    by('six'),
  ),
  patch(
    'the status',
    `${S}/status`,
    apply({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 's' },
      status: { replicas: 0, observedGeneration: 1 },
    }),
    {
      query: { fieldManager: 'status', force: 'true' },
      only: ['status', 'body.kind', 'body.metadata.labels'],
    },
  ),
  post(
    'created',
    MAPS,
    { metadata: { name: 'created', labels: { a: 'b' } }, data: { x: '1' } },
    by('creator'),
  ),
  post(
    'created without manager',
    MAPS,
    { metadata: { name: 'plain' }, data: { x: '1' } },
    { managedFields: true },
  ),
  patch(
    'made by apply over a create',
    `${MAPS}/created`,
    apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'created' }, data: { x: '1' } }),
    by('one'),
  ),
]);
