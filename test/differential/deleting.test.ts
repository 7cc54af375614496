/** Deleting objects: preconditions, propagation, finalizers, grace, collections, dependents. */
import { del, get, patch, post, put } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const NAMESPACE = '/api/v1/namespaces/diff-deleting';
const MAPS = `${NAMESPACE}/configmaps`;
const PODS = `${NAMESPACE}/pods`;
const SERVICES = `${NAMESPACE}/services`;

function map(name: string, more: Record<string, unknown> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more } };
}

function ownedBy(name: string, owner: string, more: Record<string, unknown> = {}) {
  const reference = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name: owner,
    uid: `{${owner}}`,
    ...more,
  };
  return map(name, { ownerReferences: [reference] });
}

const pod = (name: string, spec: Record<string, unknown> = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: 'app', image: 'example.com/app:1' }], ...spec },
});

const gone = { until: (at: (path: string) => unknown) => at('code') === 404 };
const finalizers = ['example.com/hold'];
const merge = (body: unknown) => ({ type: 'merge' as const, body });
const policy = (propagationPolicy: string) => ({ propagationPolicy });

describeGroup('deleting', [
  post('a map', MAPS, map('plain')),
  del('delete', `${MAPS}/plain`),
  del('delete again', `${MAPS}/plain`),
  post('a map for a body', MAPS, map('plain')),
  del('delete with options', `${MAPS}/plain`, {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    gracePeriodSeconds: 5,
  }),
  post('a map for conditions', MAPS, map('plain'), {
    keep: { uid: 'metadata.uid', version: 'metadata.resourceVersion' },
  }),
  del('another uid', `${MAPS}/plain`, { preconditions: { uid: 'other' } }),
  del('another version', `${MAPS}/plain`, { preconditions: { resourceVersion: '1' } }),
  del('unknown policy', `${MAPS}/plain`, policy('Sideways')),
  del('two policies', `${MAPS}/plain`, { ...policy('Orphan'), orphanDependents: true }),
  del('not JSON', `${MAPS}/plain`, '{'),
  del('another kind of options', `${MAPS}/plain`, { kind: 'ConfigMap', apiVersion: 'v1' }),
  del('dry', `${MAPS}/plain`, { dryRun: ['All'] }),
  del('dry by query', `${MAPS}/plain`, undefined, { query: { dryRun: 'All' } }),
  del('dry in vain', `${MAPS}/plain`, { dryRun: ['Some'] }),
  del('bad grace', `${MAPS}/plain`, undefined, { query: { gracePeriodSeconds: 'long' } }),
  get('still there', `${MAPS}/plain`),
  del('the right uid', `${MAPS}/plain`, {
    preconditions: { uid: '{uid}', resourceVersion: '{version}' },
  }),

  post('a held map', MAPS, map('held', { finalizers })),
  del('delete the held', `${MAPS}/held`),
  get('the held', `${MAPS}/held`),
  del('delete the held again', `${MAPS}/held`),
  post('make it anew', MAPS, map('held')),
  patch('change the going', `${MAPS}/held`, merge({ data: { a: 'b' } })),
  patch(
    'hold it more',
    `${MAPS}/held`,
    merge({ metadata: { finalizers: ['example.com/hold', 'example.com/more'] } }),
  ),
  patch('unmark it', `${MAPS}/held`, merge({ metadata: { deletionTimestamp: null } })),
  patch('let it go', `${MAPS}/held`, merge({ metadata: { finalizers: null } })),
  get('it went', `${MAPS}/held`),
  post('a map held for a put', MAPS, map('held', { finalizers })),
  del('delete it', `${MAPS}/held`),
  put('let it go by a put', `${MAPS}/held`, map('held')),
  get('it went by a put', `${MAPS}/held`),

  post('a parent', MAPS, map('parent'), { keep: { parent: 'metadata.uid' } }),
  post('a child', MAPS, ownedBy('child', 'parent')),
  del('delete the parent', `${MAPS}/parent`, policy('Background')),
  get('the child goes', `${MAPS}/child`, gone),
  post('a parent to orphan', MAPS, map('parent'), { keep: { parent: 'metadata.uid' } }),
  post('an orphan', MAPS, ownedBy('orphan', 'parent')),
  del('delete and orphan', `${MAPS}/parent`, policy('Orphan')),
  get('the parent goes', `${MAPS}/parent`, gone),
  get('the orphan', `${MAPS}/orphan`, {
    until: (at) => at('metadata.ownerReferences') === undefined,
  }),
  post('a parent for the foreground', MAPS, map('parent'), { keep: { parent: 'metadata.uid' } }),
  post('a blocking child', MAPS, {
    ...ownedBy('child', 'parent', { blockOwnerDeletion: true, controller: true }),
    metadata: {
      ...ownedBy('child', 'parent', { blockOwnerDeletion: true, controller: true }).metadata,
      finalizers,
    },
  }),
  del('delete in the foreground', `${MAPS}/parent`, policy('Foreground')),
  get('the child is marked', `${MAPS}/child`, {
    until: (at) => at('metadata.deletionTimestamp') !== undefined,
  }),
  get('the parent waits', `${MAPS}/parent`),
  patch('let the child go', `${MAPS}/child`, merge({ metadata: { finalizers: null } })),
  get('the parent follows', `${MAPS}/parent`, gone),
  post('a child of nobody', MAPS, {
    ...map('stray', {
      ownerReferences: [{ apiVersion: 'v1', kind: 'ConfigMap', name: 'nobody', uid: 'none' }],
    }),
  }),
  get('it is collected', `${MAPS}/stray`, gone),

  post('a pod', PODS, pod('unplaced')),
  del('delete the unplaced pod', `${PODS}/unplaced`, undefined, {
    only: ['status', 'body.kind', 'body.metadata'],
  }),
  get('the unplaced pod', `${PODS}/unplaced`),
  post(
    'a placed pod',
    PODS,
    pod('placed', { nodeName: 'nowhere', terminationGracePeriodSeconds: 20 }),
    {
      only: ['status', 'body.metadata'],
    },
  ),
  del('delete the placed pod', `${PODS}/placed`, undefined, { only: ['status', 'body.metadata'] }),
  del(
    'delete it sooner',
    `${PODS}/placed`,
    { gracePeriodSeconds: 5 },
    { only: ['status', 'body.metadata'] },
  ),
  del(
    'delete it later',
    `${PODS}/placed`,
    { gracePeriodSeconds: 50 },
    { only: ['status', 'body.metadata'] },
  ),
  del(
    'delete it at once',
    `${PODS}/placed`,
    { gracePeriodSeconds: 0 },
    { only: ['status', 'body.metadata'] },
  ),
  get('the placed pod', `${PODS}/placed`),
  post(
    'a service',
    SERVICES,
    { metadata: { name: 's' }, spec: { ports: [{ port: 80 }] } },
    { unchecked: true },
  ),
  del('delete the service', `${SERVICES}/s`),

  post('a map of a collection', MAPS, map('many-1', { labels: { many: 'a' } })),
  post('another of it', MAPS, map('many-2', { labels: { many: 'a' }, finalizers })),
  post('one beside it', MAPS, map('many-3', { labels: { many: 'b' } })),
  del('delete a collection dry', MAPS, undefined, {
    query: { labelSelector: 'many=a', dryRun: 'All' },
  }),
  del('delete a collection', MAPS, undefined, { query: { labelSelector: 'many=a' } }),
  get('what is left', MAPS, { query: { labelSelector: 'many' } }),
  del('delete by a bad selector', MAPS, undefined, { query: { labelSelector: '!!' } }),
  patch('let the last go', `${MAPS}/many-2`, merge({ metadata: { finalizers: null } })),
  del('delete an empty collection', MAPS, undefined, { query: { labelSelector: 'many=none' } }),

  post('a namespace', '/api/v1/namespaces', { metadata: { name: 'diff-deleting-short' } }),
  post(
    'something in it',
    '/api/v1/namespaces/diff-deleting-short/configmaps',
    map('in', { finalizers }),
  ),
  del('delete the namespace', '/api/v1/namespaces/diff-deleting-short'),
  post('too late', '/api/v1/namespaces/diff-deleting-short/configmaps', map('late')),
  get('the namespace waits', '/api/v1/namespaces/diff-deleting-short', {
    only: ['status', 'body.metadata', 'body.spec', 'body.status.phase'],
  }),
  get('what is in it goes', '/api/v1/namespaces/diff-deleting-short/configmaps/in', {
    until: (at) => at('metadata.deletionTimestamp') !== undefined,
  }),
  patch(
    'let it be empty',
    '/api/v1/namespaces/diff-deleting-short/configmaps/in',
    merge({ metadata: { finalizers: null } }),
  ),
  get('the namespace goes', '/api/v1/namespaces/diff-deleting-short', gone),
  del('delete the default namespace', '/api/v1/namespaces/default'),
]);
