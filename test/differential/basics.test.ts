/** Making and reading objects: names, namespaces, selectors, pages. */
import { del, get, post, watch } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const NAMESPACE = '/api/v1/namespaces/diff-basics';
const MAPS = `${NAMESPACE}/configmaps`;
const APPS = `${NAMESPACE}/configmaps`;

function map(name: string, more: Record<string, unknown> = {}) {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, ...more }, data: { key: 'v' } };
}

const select = (labelSelector: string) => ({ query: { labelSelector } });
const field = (fieldSelector: string) => ({ query: { fieldSelector } });

describeGroup('basics', [
  post('create', MAPS, map('one', { labels: { app: 'a', tier: 'front' } })),
  post('create another', MAPS, map('two', { labels: { app: 'b', tier: 'front' } })),
  post('create a third', MAPS, map('three', { labels: { app: 'b' }, annotations: { note: 'x' } })),
  post('create without kind and version', MAPS, { metadata: { name: 'bare' } }),
  post('create again', MAPS, map('one')),
  post('create dry', MAPS, map('dry'), { query: { dryRun: 'All' } }),
  get('dry is not there', `${MAPS}/dry`),
  post('create dry in vain', MAPS, map('dry'), { query: { dryRun: 'Some' } }),
  post('create dry again', MAPS, map('one'), { query: { dryRun: 'All' } }),
  get('get', `${MAPS}/one`),
  get('get missing', `${MAPS}/missing`),
  get('get pretty', `${MAPS}/one`, { query: { pretty: 'true' } }),
  get('get at a later version', `${MAPS}/one`, { query: { resourceVersion: '0' } }),
  post('generate a name', MAPS, { metadata: { generateName: 'made-' } }),
  post('generate from a long name', MAPS, { metadata: { generateName: `${'a'.repeat(70)}-` } }),
  post('no name', MAPS, { metadata: {} }),
  post('no metadata', MAPS, { data: {} }),
  post('bad name', MAPS, map('Not_Valid')),
  post('long name', MAPS, map('a'.repeat(254))),
  post('bad generated name', MAPS, { metadata: { generateName: 'Not_' } }),
  post('name with a dot', MAPS, map('with.dots')),
  post('bad label', MAPS, map('labels', { labels: { 'bad key!': 'v' } })),
  post('bad label value', MAPS, map('labels', { labels: { key: 'not ok' } })),
  post('long label value', MAPS, map('labels', { labels: { key: 'a'.repeat(64) } })),
  post('bad annotation', MAPS, map('annotations', { annotations: { 'a/b/c': 'v' } })),
  post('number as label', MAPS, map('labels', { labels: { key: 1 } })),
  post('bad data key', MAPS, { metadata: { name: 'data' }, data: { 'not ok': 'x' } }),
  post('data twice', MAPS, { metadata: { name: 'data' }, data: { a: 'x' }, binaryData: { a: '' } }),
  post('bad binary data', MAPS, { metadata: { name: 'data' }, binaryData: { a: '###' } }),
  post('number as data', MAPS, { metadata: { name: 'data' }, data: { a: 1 } }),
  post('list as data', MAPS, { metadata: { name: 'data' }, data: ['a'] }),
  post('with a version', MAPS, map('versioned', { resourceVersion: '7' })),
  post('with a uid', MAPS, map('with-uid', { uid: 'mine' })),
  post('with server fields', MAPS, {
    ...map('server-fields', { creationTimestamp: '2001-01-01T00:00:00Z', generation: 7 }),
  }),
  post('going from the start', MAPS, map('going', { deletionTimestamp: '2001-01-01T00:00:00Z' })),
  post('bad finalizer', MAPS, map('finalized', { finalizers: ['mine'] })),
  post('bad owner', MAPS, map('owned', { ownerReferences: [{ kind: 'ConfigMap', name: 'x' }] })),
  post(
    'two controllers',
    MAPS,
    map('owned', {
      ownerReferences: ['a', 'b'].map((name) => ({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        name,
        uid: name,
        controller: true,
      })),
    }),
  ),
  post('in another namespace', MAPS, map('elsewhere', { namespace: 'default' })),
  post('in no namespace', '/api/v1/namespaces/diff-nowhere/configmaps', map('one')),
  post('without a namespace', '/api/v1/configmaps', map('one')),
  post('another kind', MAPS, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'one' } }),
  post('another version', MAPS, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'one' } }),
  post('to an object', `${MAPS}/one`, map('one')),
  post('not JSON', MAPS, '{'),
  post('a list', MAPS, '[]'),
  post('nothing', MAPS, ''),
  post('a text', MAPS, '"text"'),

  get('list', MAPS),
  get('list empty', `${NAMESPACE}/secrets`, field('type=none')),
  get('list of no namespace', '/api/v1/namespaces/diff-nowhere/configmaps'),
  get(
    'list of a namespace by field',
    '/api/v1/configmaps',
    field('metadata.namespace=diff-basics'),
  ),
  get('select by label', MAPS, select('app=b')),
  get('select by two', MAPS, select('app=b,tier=front')),
  get('select unequal', MAPS, select('app!=b,tier')),
  get('select in', MAPS, select('app in (a, c)')),
  get('select notin', MAPS, select('app notin (b),tier')),
  get('select without', MAPS, select('app,!tier')),
  get('select by nothing', MAPS, select('app=')),
  get('select in vain', MAPS, select('app=zzz')),
  get('bad selector', MAPS, select('app=(')),
  get('bad selector key', MAPS, select('-app=x')),
  get('bad selector value', MAPS, select('app=-x')),
  get('bad selector set', MAPS, select('app in x')),
  get('bad selector operator', MAPS, select('app>x')),
  get('select greater', MAPS, select('app>3')),
  get('select by name', MAPS, field('metadata.name=one')),
  get('select not by name', MAPS, field('metadata.name!=one,metadata.name!=two')),
  get('bad field', MAPS, field('data.key=v')),
  get('bad field selector', MAPS, field('metadata.name')),
  get('pods by field', `${NAMESPACE}/pods`, field('status.phase=Running,spec.nodeName=n')),
  get('bad pod field', `${NAMESPACE}/pods`, field('spec.nothing=x')),
  get('first page', MAPS, { query: { limit: '2' }, keep: { next: 'metadata.continue' } }),
  get('second page', MAPS, { query: { limit: '2', continue: '{next}' } }),
  get('rest', MAPS, { query: { continue: '{next}' } }),
  get('bad continue', MAPS, { query: { limit: '2', continue: 'xyz' } }),
  get('continue with a version', MAPS, { query: { continue: '{next}', resourceVersion: '1' } }),
  get('page and select', MAPS, { query: { limit: '1', labelSelector: 'tier' } }),
  get('bad limit', MAPS, { query: { limit: 'many' } }),
  get('at any version', MAPS, { query: { resourceVersion: '0', labelSelector: 'app=a' } }),
  get('at a bad version', MAPS, { query: { resourceVersion: 'x' } }),
  get('at a later version still', MAPS, {
    query: { resourceVersion: '99999999', timeoutSeconds: '1' },
  }),
  get('an unknown match', MAPS, { query: { resourceVersionMatch: 'Some', resourceVersion: '1' } }),
  get('exactly nothing', MAPS, { query: { resourceVersionMatch: 'Exact', resourceVersion: '0' } }),
  get('match without version', MAPS, { query: { resourceVersionMatch: 'Exact' } }),
  get('exactly', APPS, {
    query: { resourceVersionMatch: 'NotOlderThan', resourceVersion: '0', labelSelector: 'app=a' },
  }),
  get('where to watch from', MAPS, { keep: { from: 'metadata.resourceVersion' } }),
  del('delete', `${MAPS}/one`),
  watch('watch', MAPS, 1, { query: { resourceVersion: '{from}' } }),
]);
