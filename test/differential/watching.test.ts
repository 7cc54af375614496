/** Watches: what is told, in which order, of what a selector sees. */
import { del, get, patch, post, watch } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const MAPS = '/api/v1/namespaces/diff-watching/configmaps';
const map = (name: string, labels: Record<string, string> = {}) => ({ metadata: { name, labels } });
const merge = (body: unknown) => ({ type: 'merge' as const, body });
const TABLE = { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' };
const PARTIAL = { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' };
const since = (more: Record<string, string> = {}) => ({
  query: { resourceVersion: '{start}', ...more },
});

describeGroup('watching', [
  get('a version to begin with', MAPS, { keep: { start: 'metadata.resourceVersion' } }),
  post('one', MAPS, map('one', { color: 'red' })),
  post('two', MAPS, map('two')),
  patch('one changes', `${MAPS}/one`, merge({ data: { a: '1' } })),
  patch('one turns blue', `${MAPS}/one`, merge({ metadata: { labels: { color: 'blue' } } })),
  patch('one turns red', `${MAPS}/one`, merge({ metadata: { labels: { color: 'red' } } })),
  patch('nothing changes', `${MAPS}/one`, merge({ data: { a: '1' } })),
  patch('two is held', `${MAPS}/two`, merge({ metadata: { finalizers: ['example.com/x'] } })),
  del('two is marked', `${MAPS}/two`),
  patch('two is let go', `${MAPS}/two`, merge({ metadata: { finalizers: null } })),
  del('one goes', `${MAPS}/one`),
  post('three', MAPS, map('three', { color: 'red' })),
  watch('all', MAPS, 10, since()),
  watch('reds', MAPS, 6, since({ labelSelector: 'color=red' })),
  watch('blues', MAPS, 2, since({ labelSelector: 'color=blue' })),
  watch('one by name', MAPS, 5, since({ fieldSelector: 'metadata.name=one' })),
  watch('by path', `${MAPS}/one`, 5, { ...since(), unchecked: true }),
  watch('as tables', MAPS, 3, { ...since(), headers: TABLE, except: [] }),
  watch('as metadata', MAPS, 3, { ...since(), headers: PARTIAL }),
  watch('from now', MAPS, 1, { query: { labelSelector: 'color=red' } }),
  watch('from anything', MAPS, 1, { query: { resourceVersion: '0', labelSelector: 'color=red' } }),
  watch('with bookmarks', MAPS, 3, since({ allowWatchBookmarks: 'true' })),
  watch('from a bad version', MAPS, 1, { query: { resourceVersion: 'x' } }),
  watch('from an old version', MAPS, 1, { query: { resourceVersion: '1' }, unchecked: true }),
  watch('with a bad selector', MAPS, 1, { query: { labelSelector: '!!' } }),
  watch('of an unknown kind', '/api/v1/namespaces/diff-watching/nothings', 1),
  watch(
    'in no namespace',
    '/api/v1/configmaps',
    2,
    since({ fieldSelector: 'metadata.namespace=diff-watching' }),
  ),
  watch('and a limit', MAPS, 2, since({ limit: '1' })),
  watch('that ends', MAPS, 50, {
    query: { resourceVersion: '{start}', timeoutSeconds: '1', labelSelector: 'color=blue' },
  }),
]);
