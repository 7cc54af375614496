/** The Service of a host, where it is in this namespace: `web`, `web.shop`, `web.shop.svc.cluster.local`. */
export function serviceOf(host: string, namespace: string): string | undefined {
  const [service, where = namespace, svc = 'svc'] = host.split('.');
  return where === namespace && svc === 'svc' ? service : undefined;
}
