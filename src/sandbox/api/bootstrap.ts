/** What every cluster has: namespaces, roles, priorities and the `kubernetes` Service. */
import { stored, type Backend } from './backend.ts';
import type { KubeObject } from '../../api/object.ts';
import { defaultRoles } from './access/default-roles.ts';
import { SERVER_WRITE } from './lifecycle.ts';
import { create } from './operations/create.ts';
import { commit } from './operations/update.ts';
import { clone, fieldsAt, textAt, type Fields } from './schema.ts';

const PRIORITIES: [name: string, value: number][] = [
  ['system-cluster-critical', 2_000_000_000],
  ['system-node-critical', 2_000_001_000],
];
const NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease'];

/**
 * Makes what is missing, as a server does each time it starts.
 * @param port where the API server listens.
 */
export function bootstrap(backend: Backend, port: number): void {
  for (const name of NAMESPACES)
    make(backend, '', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const role of defaultRoles()) make(backend, '', role);
  for (const [name, value] of PRIORITIES)
    make(backend, '', {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
    });
  const ports = [{ name: 'https', port: 443, protocol: 'TCP', targetPort: port }];
  const old = make(backend, 'default', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: '10.96.0.1', ports },
  });
  if (old !== undefined) movePort(backend, old, ports);
}

/** The server has another port than in its last life. */
function movePort(backend: Backend, old: KubeObject, ports: Fields[]): void {
  const resource = backend.registry.findKind('', 'Service');
  if (resource === undefined) return;
  const now = clone(old);
  now['spec'] = { ...fieldsAt(now, 'spec'), ports };
  const target = { resource, namespace: 'default', name: old.metadata.name };
  const options = { ...SERVER_WRITE, fieldManager: 'kube-apiserver' };
  commit(backend, { target, old, now, options });
}

/** Makes the object, or returns the one that is there. */
function make(backend: Backend, namespace: string, body: Fields): KubeObject | undefined {
  const [group = '', version = 'v1'] = textAt(body, 'apiVersion').includes('/')
    ? textAt(body, 'apiVersion').split('/')
    : ['', textAt(body, 'apiVersion')];
  const resource = backend.registry.findKind(group, textAt(body, 'kind'), version);
  if (resource === undefined) throw new Error(`not served: ${textAt(body, 'kind')}`);
  const name = textAt(body, 'metadata', 'name');
  const found = stored(backend, { resource, namespace, name });
  if (found !== undefined) return found;
  const options = { ...SERVER_WRITE, fieldManager: 'kube-apiserver' };
  create(backend, { target: { resource, namespace, name: '' }, body, options });
  return undefined;
}
