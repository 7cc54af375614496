/** Compact CRDs of Traefik for clusters that have none. */
import type { KubeObject } from '../../api/object.ts';
import { compactCrd, ENTRIES, FREE, LIST } from './compact-crd.ts';

const ROUTES = { entryPoints: LIST, routes: ENTRIES, tls: FREE };

const DEFINITIONS = [
  { kind: 'IngressRoute', plural: 'ingressroutes', fields: ROUTES },
  { kind: 'IngressRouteTCP', plural: 'ingressroutetcps', fields: ROUTES },
  {
    kind: 'TraefikService',
    plural: 'traefikservices',
    fields: { weighted: FREE, mirroring: FREE },
  },
];

/** IngressRoute, IngressRouteTCP and TraefikService. */
export function traefikCrds(): KubeObject[] {
  return DEFINITIONS.map((one) =>
    compactCrd({ ...one, group: 'traefik.io', versions: ['v1alpha1'] }),
  );
}
