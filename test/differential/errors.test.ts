/** Paths, methods and content types that are not served. */
import { type Exchange, get, post, put, patch } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const MAPS = '/api/v1/namespaces/diff-errors/configmaps';
const MAP = `${MAPS}/one`;
const body = { metadata: { name: 'one' } };

function ask(id: string, method: Exchange['method'], path: string, more = {}): Exchange {
  return { id, method, path, ...more };
}

describeGroup('errors', [
  post('something to ask for', MAPS, body),
  get('unknown root', '/nothing', { only: ['status', 'headers'] }),
  get('unknown group', '/apis/nothing.example.com'),
  get('unknown version', '/apis/apps/v9'),
  get('unknown version of core', '/api/v9'),
  get('unknown kind', '/api/v1/namespaces/diff-errors/nothings'),
  get('unknown kind of a group', '/apis/apps/v1/namespaces/diff-errors/nothings'),
  get('unknown kind in no group', '/apis/nothing.example.com/v1/nothings'),
  get('unknown subresource', `${MAP}/nothing`),
  get('no status', `${MAP}/status`),
  get('no scale', `${MAP}/scale`),
  get('too deep', `${MAP}/status/more`),
  get('a node in a namespace', '/api/v1/namespaces/diff-errors/nodes'),
  get('a map in no namespace', '/api/v1/configmaps/one'),
  get('a closing slash', `${MAPS}/`),
  post('post to the unknown', '/apis/apps/v1/namespaces/diff-errors/nothings', body),
  put('put to the collection', MAPS, body),
  patch('patch the collection', MAPS, { type: 'merge', body }),
  ask('delete collection of namespaces', 'DELETE', '/api/v1/namespaces'),
  ask('options', 'OPTIONS', MAP),
  ask('head', 'HEAD', MAP),
  get('a review', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews'),
  get('get a binding', '/api/v1/namespaces/diff-errors/pods/x/binding'),
  get('get an eviction', '/api/v1/namespaces/diff-errors/pods/x/eviction'),
  post('post to discovery', '/api/v1', body),
  post('post to version', '/version', body),
  get('accept nothing known', MAP, { headers: { accept: 'text/html' } }),
  get('accept anything', MAP, { headers: { accept: '*/*' } }),
  get('accept YAML', MAP, { headers: { accept: 'application/yaml' }, unchecked: true }),
  get('accept several', MAP, { headers: { accept: 'text/html, application/json;q=0.9' } }),
  get('accept an unknown form', MAP, {
    headers: { accept: 'application/json;as=Chair;g=meta.k8s.io;v=v1' },
  }),
  get('accept a form of another version', MAP, {
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v9' },
  }),
  get('accept one of two forms', MAP, {
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v9,application/json' },
  }),
  post('unknown content', MAPS, 'a=b', {
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  }),
  post('content of text', MAPS, JSON.stringify(body), {
    headers: { 'content-type': 'text/plain' },
  }),
  post('YAML', MAPS, 'metadata: {name: yaml}\ndata: {a: "1"}\n', {
    headers: { 'content-type': 'application/yaml' },
  }),
  post('bad YAML', MAPS, 'metadata: {name: [', { headers: { 'content-type': 'application/yaml' } }),
  put('patch content to put', MAP, body, {
    headers: { 'content-type': 'application/merge-patch+json' },
  }),
  ask('patch of JSON', 'PATCH', MAP, { body, headers: { 'content-type': 'application/json' } }),
  ask('patch of nothing', 'PATCH', MAP, {
    headers: { 'content-type': 'application/merge-patch+json' },
  }),
  get('without token', MAP, { headers: { authorization: '' } }),
  get('with a bad token', MAP, { headers: { authorization: 'Bearer nobody' } }),
  get('version without token', '/version', {
    headers: { authorization: '' },
    only: ['status', 'body.major', 'body.platform'],
  }),
  get('health', '/healthz'),
  get('ready', '/readyz'),
  get('live', '/livez'),
]);
