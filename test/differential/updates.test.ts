/** Changing objects: replace, the patches, status and scale. */
import { get, patch, post, put } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const MAPS = '/api/v1/namespaces/diff-updates/configmaps';
const ONE = `${MAPS}/one`;
const SECRETS = '/api/v1/namespaces/diff-updates/secrets';
const QUOTA = '/api/v1/namespaces/diff-updates/resourcequotas';
const SETS = '/apis/apps/v1/namespaces/diff-updates/replicasets';
const SET = `${SETS}/set`;

function map(metadata: Record<string, unknown>, data: unknown = { a: '1' }) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata, data };
}
const merge = (body: unknown) => ({ type: 'merge' as const, body });
const json = (body: unknown) => ({ type: 'json' as const, body });
const strategic = (body: unknown) => ({ type: 'strategic' as const, body });

const scaleOf = (name: string) => ({ name, namespace: 'diff-updates' });

const containersOf = (...containers: Record<string, unknown>[]) =>
  strategic({ spec: { template: { spec: { containers } } } });

/** A controller writes it at its own time. */
const NO_STATUS = { except: ['body.status'] };

const container = { name: 'app', image: 'example.com/app:1' };
const set = {
  metadata: { name: 'set' },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: 'set' } },
    template: { metadata: { labels: { app: 'set' } }, spec: { containers: [container] } },
  },
};

describeGroup('updates', [
  post('create', MAPS, map({ name: 'one', labels: { app: 'a' } }), {
    keep: { v1: 'metadata.resourceVersion', uid: 'metadata.uid' },
  }),
  put('replace', ONE, map({ name: 'one' }, { a: '2' }), {
    keep: { v2: 'metadata.resourceVersion' },
  }),
  put('replace by version', ONE, map({ name: 'one', resourceVersion: '{v2}' }, { a: '3' })),
  put('replace an old version', ONE, map({ name: 'one', resourceVersion: '{v1}' }, { a: '4' })),
  put('replace a version never given', ONE, map({ name: 'one', resourceVersion: 'x' })),
  put('replace by uid', ONE, map({ name: 'one', uid: '{uid}' }, { a: '5' })),
  put('replace another uid', ONE, map({ name: 'one', uid: 'other' })),
  put('replace another name', ONE, map({ name: 'two' })),
  put('replace without name', ONE, map({})),
  put('replace in another namespace', ONE, map({ name: 'one', namespace: 'default' })),
  put('replace the missing', `${MAPS}/missing`, map({ name: 'missing' })),
  put(
    'replace the missing by version',
    `${MAPS}/missing`,
    map({ name: 'missing', resourceVersion: '1' }),
  ),
  put('replace with a wrong kind', ONE, { ...map({ name: 'one' }, {}), kind: 'Secret' }),
  put('replace with bad labels', ONE, map({ name: 'one', labels: { 'a b': 'c' } })),
  put('replace dry', ONE, map({ name: 'one' }, { a: 'dry' }), { query: { dryRun: 'All' } }),
  get('dry left it', ONE),
  put('replace by the same', ONE, map({ name: 'one', uid: '{uid}' }, { a: '5' })),

  patch('merge', ONE, merge({ data: { b: '1' }, metadata: { labels: { app: 'b' } } })),
  patch('merge away', ONE, merge({ data: { b: null }, metadata: { labels: null } })),
  patch('merge nothing', ONE, merge({})),
  patch('merge a number', ONE, merge({ data: { a: 1 } })),
  patch('merge a list', ONE, merge([])),
  patch('merge a text', ONE, merge('"x"')),
  patch('merge bad JSON', ONE, merge('{')),
  patch('merge an old version', ONE, merge({ metadata: { resourceVersion: '{v1}' } })),
  patch('merge a name', ONE, merge({ metadata: { name: 'two' } })),
  patch('merge a namespace', ONE, merge({ metadata: { namespace: 'default' } })),
  patch('merge a uid', ONE, merge({ metadata: { uid: 'other' } })),
  patch('merge a kind', ONE, merge({ kind: 'Secret' })),
  patch('merge a version', ONE, merge({ apiVersion: 'v2' })),
  patch('merge the missing', `${MAPS}/missing`, merge({ data: {} })),
  patch('merge the unknown', ONE, merge({ nothing: { of: 'it' } })),
  patch('merge bad labels', ONE, merge({ metadata: { labels: { a: '-' } } })),
  patch('merge dry', ONE, merge({ data: { dry: 'x' } }), { query: { dryRun: 'All' } }),
  patch('merge with force', ONE, merge({ data: {} }), { query: { force: 'true' } }),
  patch('merge with a long manager', ONE, merge({ data: {} }), {
    query: { fieldManager: 'a'.repeat(129) },
  }),

  patch('json', ONE, json([{ op: 'add', path: '/data/c', value: '1' }])),
  patch('json replace', ONE, json([{ op: 'replace', path: '/data/c', value: '2' }])),
  patch('json test', ONE, json([{ op: 'test', path: '/data/c', value: '2' }])),
  patch('json test fails', ONE, json([{ op: 'test', path: '/data/c', value: '3' }])),
  patch('json remove', ONE, json([{ op: 'remove', path: '/data/c' }])),
  patch('json remove the missing', ONE, json([{ op: 'remove', path: '/data/c' }])),
  patch('json replace the missing', ONE, json([{ op: 'replace', path: '/data/zz', value: 'x' }])),
  patch('merge it away again', ONE, merge({ data: { zz: null } })),
  patch('json add too deep', ONE, json([{ op: 'add', path: '/nothing/deep/er', value: 'x' }])),
  patch('json move', ONE, json([{ op: 'move', from: '/data/a', path: '/data/m' }])),
  patch('json copy', ONE, json([{ op: 'copy', from: '/data/m', path: '/data/a' }])),
  patch('json unknown op', ONE, json([{ op: 'jump', path: '/data/a' }])),
  patch('json no path', ONE, json([{ op: 'add', value: 'x' }])),
  patch('json an object', ONE, json({ op: 'add' })),
  patch('json bad', ONE, json('[')),
  patch('json nothing', ONE, json([])),
  patch('json the missing', `${MAPS}/missing`, json([])),

  patch('strategic', ONE, strategic({ data: { s: '1' } })),
  patch('strategic away', ONE, strategic({ data: { s: null } })),
  patch('strategic whole', ONE, strategic({ data: { $patch: 'replace', a: 'only' } })),
  patch('strategic a list', ONE, strategic([])),
  patch('strategic bad directive', ONE, strategic({ data: { $patch: 'jump' } })),
  patch('strategic bad JSON', ONE, strategic('{')),
  patch('strategic a number', ONE, strategic({ data: { a: 1 } })),

  post('a set', SETS, set),
  patch(
    'add a container',
    SET,
    strategic({
      spec: { template: { spec: { containers: [{ name: 'side', image: 'example.com/side:1' }] } } },
    }),
    NO_STATUS,
  ),
  patch(
    'change a container',
    SET,
    strategic({
      spec: { template: { spec: { containers: [{ name: 'app', image: 'example.com/app:2' }] } } },
    }),
    NO_STATUS,
  ),
  patch(
    'order containers',
    SET,
    strategic({
      spec: {
        template: { spec: { '$setElementOrder/containers': [{ name: 'side' }, { name: 'app' }] } },
      },
    }),
    NO_STATUS,
  ),
  patch(
    'change and add',
    SET,
    containersOf(
      { name: 'app', env: [{ name: 'B', value: '2' }] },
      { name: 'new', image: 'example.com/new:1' },
    ),
    NO_STATUS,
  ),
  patch(
    'add to an inner list',
    SET,
    containersOf({ name: 'app', env: [{ name: 'A', value: '1' }] }),
    NO_STATUS,
  ),
  patch(
    'order some and add',
    SET,
    strategic({
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'new' }, { name: 'more' }, { name: 'app' }],
            containers: [{ name: 'more', image: 'example.com/more:1' }],
          },
        },
      },
    }),
    NO_STATUS,
  ),
  patch(
    'join a list of texts',
    SET,
    strategic({ metadata: { finalizers: ['example.com/b', 'example.com/a'] } }),
    NO_STATUS,
  ),
  patch(
    'join it again',
    SET,
    strategic({ metadata: { finalizers: ['example.com/c', 'example.com/b'] } }),
    NO_STATUS,
  ),
  patch(
    'take texts away',
    SET,
    strategic({
      metadata: {
        '$deleteFromPrimitiveList/finalizers': ['example.com/a', 'example.com/b', 'example.com/c'],
      },
    }),
    NO_STATUS,
  ),
  patch(
    'take a container away',
    SET,
    strategic({
      spec: { template: { spec: { containers: [{ name: 'side', $patch: 'delete' }] } } },
    }),
    NO_STATUS,
  ),
  patch(
    'a container without key',
    SET,
    strategic({
      spec: { template: { spec: { containers: [{ image: 'x' }] } } },
    }),
  ),
  patch(
    'containers of no list',
    SET,
    strategic({ spec: { template: { spec: { containers: {} } } } }),
  ),
  patch(
    'status of a set',
    `${SET}/status`,
    merge({ status: { replicas: 0, observedGeneration: 1 } }),
  ),
  patch(
    'spec by status',
    `${SET}/status`,
    merge({ spec: { replicas: 9 }, metadata: { labels: { by: 'status' } } }),
    NO_STATUS,
  ),
  patch('status without status', SET, merge({ status: { replicas: 7 } }), NO_STATUS),
  patch('negative status', `${SET}/status`, merge({ status: { replicas: -1 } })),
  put('status by an old version', `${SET}/status`, {
    ...set,
    metadata: { name: 'set', resourceVersion: '1' },
    status: { replicas: 0 },
  }),
  get('scale', `${SET}/scale`),
  put('set the scale', `${SET}/scale`, { metadata: scaleOf('set'), spec: { replicas: 0 } }),
  patch('patch the scale', `${SET}/scale`, merge({ spec: { replicas: 0 } })),
  patch('negative scale', `${SET}/scale`, merge({ spec: { replicas: -1 } })),
  patch('scale of text', `${SET}/scale`, merge({ spec: { replicas: 'x' } })),
  patch('scale strategic', `${SET}/scale`, strategic({ spec: { replicas: 0 } })),
  patch('scale json', `${SET}/scale`, json([{ op: 'replace', path: '/spec/replicas', value: 0 }])),
  put('scale another name', `${SET}/scale`, { metadata: { name: 'other' }, spec: { replicas: 0 } }),
  put('scale an old version', `${SET}/scale`, {
    metadata: { ...scaleOf('set'), resourceVersion: '1' },
    spec: { replicas: 0 },
  }),
  get('scale of the missing', `${SETS}/missing/scale`),
  patch('selector of a set', SET, merge({ spec: { selector: { matchLabels: { app: 'x' } } } })),
  patch(
    'template that does not match',
    SET,
    merge({ spec: { template: { metadata: { labels: { app: 'x' } } } } }),
  ),

  post('a secret', SECRETS, {
    metadata: { name: 's' },
    type: 'example.com/t',
    stringData: { a: 'x' },
  }),
  patch('type of a secret', `${SECRETS}/s`, merge({ type: 'Opaque' })),
  patch('text into a secret', `${SECRETS}/s`, merge({ stringData: { b: 'y' } })),
  patch('bad data into a secret', `${SECRETS}/s`, merge({ data: { b: '*' } })),
  post('an immutable secret', SECRETS, {
    metadata: { name: 'i' },
    immutable: true,
    data: { a: 'eA==' },
  }),
  patch('change the immutable', `${SECRETS}/i`, merge({ data: { a: 'eQ==' } })),
  patch('make mutable', `${SECRETS}/i`, merge({ immutable: false })),
  post('an immutable map', MAPS, { ...map({ name: 'i' }), immutable: true }),
  patch('change the immutable map', `${MAPS}/i`, merge({ data: { a: 'y' } })),
  post('a quota', QUOTA, {
    metadata: { name: 'q' },
    spec: { hard: { pods: '10', 'requests.cpu': '1500m', memory: '1024Mi' } },
  }),
  post('a bad quantity', QUOTA, { metadata: { name: 'bad' }, spec: { hard: { pods: 'ten' } } }),
  post('a negative quantity', QUOTA, { metadata: { name: 'bad' }, spec: { hard: { pods: '-1' } } }),
  post('half a pod', QUOTA, { metadata: { name: 'bad' }, spec: { hard: { pods: '500m' } } }),
  post('an unknown resource', QUOTA, {
    metadata: { name: 'bad' },
    spec: { hard: { nothing: '1' } },
  }),
]);
