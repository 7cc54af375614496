/** Services: defaults, addresses and ports given out, and what may not be. */
import { del, get, patch, post } from './harness/exchange.ts';
import { describeGroup } from './harness/group.ts';

const NAMESPACE = '/api/v1/namespaces/diff-services';
const SERVICES = `${NAMESPACE}/services`;
const SLICES = '/apis/discovery.k8s.io/v1beta1/namespaces/diff-services/endpointslices';

const service = (name: string, spec: Record<string, unknown>) => ({ metadata: { name }, spec });
const merge = (body: unknown) => ({ type: 'merge' as const, body });
const http = [{ port: 80 }];

describeGroup('services', [
  post('create', SERVICES, service('web', { selector: { app: 'web' }, ports: http })),
  get('get', `${SERVICES}/web`),
  get('its endpoints', `${NAMESPACE}/endpoints/web`, {
    until: (at) => at('metadata.uid') !== undefined,
  }),
  post('create again', SERVICES, service('web', { ports: http })),
  post(
    'two ports',
    SERVICES,
    service('two', {
      ports: [
        { name: 'a', port: 1, targetPort: 'x' },
        { name: 'b', port: 2, protocol: 'UDP' },
      ],
    }),
  ),
  post('headless', SERVICES, service('headless', { clusterIP: 'None', ports: http })),
  post('headless without ports', SERVICES, service('bare', { clusterIP: 'None' })),
  post('node port', SERVICES, service('node', { type: 'NodePort', ports: http })),
  post(
    'a node port wanted',
    SERVICES,
    service('node2', { type: 'NodePort', ports: [{ port: 80, nodePort: 32100 }] }),
  ),
  post(
    'the same node port',
    SERVICES,
    service('node3', { type: 'NodePort', ports: [{ port: 80, nodePort: 32100 }] }),
  ),
  post(
    'a node port out of range',
    SERVICES,
    service('node4', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
  ),
  post('load balancer', SERVICES, service('balanced', { type: 'LoadBalancer', ports: http })),
  post(
    'external name',
    SERVICES,
    service('external', { type: 'ExternalName', externalName: 'example.com' }),
  ),
  post('external without name', SERVICES, service('external2', { type: 'ExternalName' })),
  post('affinity', SERVICES, service('sticky', { sessionAffinity: 'ClientIP', ports: http })),
  post('an address wanted', SERVICES, service('fixed', { clusterIP: '10.96.77.77', ports: http }), {
    only: ['status', 'body.message'],
  }),
  post('the same address', SERVICES, service('fixed2', { clusterIP: '10.96.77.77', ports: http }), {
    only: ['status', 'body.kind', 'body.reason', 'body.message'],
  }),
  post(
    'an address out of range',
    SERVICES,
    service('fixed3', { clusterIP: '192.168.1.1', ports: http }),
  ),
  post('no address', SERVICES, service('fixed4', { clusterIP: 'x', ports: http })),
  post('no ports', SERVICES, service('none', {})),
  post(
    'two ports without names',
    SERVICES,
    service('twins', { ports: [{ port: 1 }, { port: 2 }] }),
  ),
  post(
    'a port twice',
    SERVICES,
    service('twice', {
      ports: [
        { name: 'a', port: 1 },
        { name: 'b', port: 1 },
      ],
    }),
  ),
  post(
    'a name twice',
    SERVICES,
    service('named', {
      ports: [
        { name: 'a', port: 1 },
        { name: 'a', port: 2 },
      ],
    }),
  ),
  post('a bad port', SERVICES, service('bad', { ports: [{ port: 70000 }] })),
  post('no port number', SERVICES, service('bad', { ports: [{ name: 'x' }] })),
  post('a bad target', SERVICES, service('bad', { ports: [{ port: 1, targetPort: 'Not_Good' }] })),
  post('a bad protocol', SERVICES, service('bad', { ports: [{ port: 1, protocol: 'HTTP' }] })),
  post('a bad type', SERVICES, service('bad', { type: 'Other', ports: http })),
  post('a bad selector', SERVICES, service('bad', { selector: { 'a b': 'c' }, ports: http })),
  post('a bad affinity', SERVICES, service('bad', { sessionAffinity: 'Some', ports: http })),
  post('a bad name', SERVICES, service('1-web', { ports: http })),
  post(
    'a node port without need',
    SERVICES,
    service('bad', { ports: [{ port: 80, nodePort: 30000 }] }),
  ),
  post(
    'policy without need',
    SERVICES,
    service('bad', { externalTrafficPolicy: 'Local', ports: http }),
  ),
  patch('change the selector', `${SERVICES}/web`, merge({ spec: { selector: { app: 'other' } } })),
  patch('change the address', `${SERVICES}/web`, merge({ spec: { clusterIP: '10.96.9.9' } }), {
    only: ['status', 'body.reason', 'body.details.causes[0].field'],
  }),
  patch('take the address', `${SERVICES}/web`, merge({ spec: { clusterIP: null } })),
  patch('become a node port', `${SERVICES}/web`, merge({ spec: { type: 'NodePort' } })),
  patch('become internal again', `${SERVICES}/web`, merge({ spec: { type: 'ClusterIP' } })),
  patch(
    'become external',
    `${SERVICES}/web`,
    merge({ spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null } }),
    { unchecked: true },
  ),
  patch('a port by strategic merge', `${SERVICES}/two`, {
    type: 'strategic',
    body: { spec: { ports: [{ port: 2, targetPort: 9 }] } },
  }),
  patch(
    'status',
    `${SERVICES}/balanced/status`,
    merge({ status: { loadBalancer: { ingress: [{ ip: '1.2.3.4' }] } } }),
  ),
  get('slices of the old version', SLICES, { only: ['status'], unchecked: true }),
  del('delete', `${SERVICES}/web`),
  get('endpoints go', `${NAMESPACE}/endpoints/web`, { until: (at) => at('code') === 404 }),
  post('endpoints by hand', `${NAMESPACE}/endpoints`, {
    metadata: { name: 'hand' },
    subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }],
  }),
  post('bad endpoints', `${NAMESPACE}/endpoints`, {
    metadata: { name: 'hand2' },
    subsets: [{ addresses: [{ ip: 'x' }], ports: [{ port: 0 }] }],
  }),
  get('table', SERVICES, {
    headers: { accept: 'application/json;as=Table;g=meta.k8s.io;v=v1' },
    query: { includeObject: 'None', fieldSelector: 'metadata.name=headless' },
  }),
]);
