/** The Service that a host of Istio names, short within its namespace or long, as `namespace/name`. */
export function hostService(host: string, namespace: string): string | undefined {
  const [name = '', where = namespace, svc = 'svc', ...domain] = host.split('.');
  const isLong = svc === 'svc' && (domain.length === 0 || domain.join('.') === 'cluster.local');
  return isLong && !name.includes('*') ? `${where}/${name}` : undefined;
}
