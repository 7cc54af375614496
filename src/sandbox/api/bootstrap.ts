/** What a fresh cluster has: namespaces, roles and the `kubernetes` Service. */
import type { Backend } from './backend.ts';
import { defaultRoles } from './access/default-roles.ts';
import { SERVER_WRITE } from './lifecycle.ts';
import { create } from './operations/create.ts';
import { textAt, type Fields } from './schema.ts';

const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/** @param port where the API server listens. */
export function bootstrap(backend: Backend, port: number): void {
  for (const name of NAMESPACES)
    make(backend, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const role of defaultRoles()) make(backend, '', role);
  make(backend, 'default', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: {
      clusterIP: '10.96.0.1',
      ports: [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }],
    },
  });
}

function make(backend: Backend, namespace: string, body: Fields): void {
  const [group = '', version = 'v1'] = textAt(body, 'apiVersion').includes('/')
    ? textAt(body, 'apiVersion').split('/')
    : ['', textAt(body, 'apiVersion')];
  const resource = backend.registry.findKind(group, textAt(body, 'kind'), version);
  if (resource === undefined) throw new Error(`not served: ${textAt(body, 'kind')}`);
  const options = { ...SERVER_WRITE, fieldManager: 'kube-apiserver' };
  create(backend, { target: { resource, namespace, name: '' }, body, options });
}
