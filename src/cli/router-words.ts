/** What people call routers, and objects of theirs, that have another name in a policy. */
import { ROUTED, ROUTER_NAMES, type RouterName, routedFields } from '../api/routed.ts';
import type { FieldPath } from '../api/yaml-documents.ts';

const NGINX = 'write ingressNginx: {ingress: NAME}';
const ALB = 'write alb: {ingress: NAME}';
const GATEWAY = 'write gatewayAPI: {httpRoute: NAME}';
const DEFINED = 'write custom: {definition: CONFIGMAP, object: NAME}';
const SPLITS = `TrafficSplits are moved by a definition: ${DEFINED}`;

/** By what is written, in small letters: what to do instead. */
const ROUTERS: Record<string, string> = {
  kong: `Kong takes weights from an HTTPRoute: ${GATEWAY}`,
  envoy: GATEWAY,
  envoygateway: GATEWAY,
  gateway: GATEWAY,
  cilium: GATEWAY,
  kuma: GATEWAY,
  nginx: NGINX,
  nginxingress: NGINX,
  higress:
    'write ingressNginx: {ingress: NAME, annotationPrefix: PREFIX}, with the prefix of Higress',
  aws: ALB,
  awsalb: ALB,
  awsloadbalancer: ALB,
  awsloadbalancercontroller: ALB,
  smi: SPLITS,
  trafficsplit: SPLITS,
  openservicemesh: SPLITS,
  osm: SPLITS,
  plugins: `a kind that has no router here is moved by a definition: ${DEFINED}`,
};

const MADE_BY_ALB = 'its controller makes them of an Ingress; write ingress: NAME';

/** By router, the same of its fields. */
const FIELDS: Partial<Record<RouterName, Record<string, string>>> = {
  alb: Object.fromEntries(
    ['listener', 'listenerarn', 'listeners', 'targetgroup', 'targetgroups', 'loadbalancer'].map(
      (word) => [word, MADE_BY_ALB],
    ),
  ),
  ingressNginx: { stableingress: 'write ingress: NAME', stableingresses: 'write ingress: NAME' },
  linkerd: {
    trafficsplit: `as another router, ${SPLITS}`,
    serviceprofile: 'write httpRoute: NAME, or as another router gatewayAPI: {httpRoute: NAME}',
  },
  traefik: { weightedtraefikservicename: 'write traefikService: NAME' },
};

/** What to do instead of writing an unknown field; undefined where nothing is known.
 * @param path in the spec, of what the field is in */
export function routerMeant(key: string, path: FieldPath): string | undefined {
  const word = key.toLowerCase().replaceAll(/[-_]/g, '');
  const [traffic, routers, , name, ...below] = path;
  if (traffic !== 'traffic' || routers !== 'routers' || below.length > 0) return undefined;
  if (name !== undefined) return own(FIELDS[name as RouterName] ?? {}, word);
  return own(ROUTERS, word) ?? namesAnObject(word);
}

const own = (words: Record<string, string>, word: string): string | undefined =>
  Object.hasOwn(words, word) ? words[word] : undefined;

/** `httpRoute: web` without its router. */
function namesAnObject(word: string): string | undefined {
  const all = ROUTER_NAMES.filter((router) => ROUTED[router] !== ROUTED.custom).flatMap((router) =>
    routedFields(router)
      .filter((field) => field.toLowerCase() === word)
      .map((field) => `${router}: {${field}: NAME}`),
  );
  return all.length > 0 ? `write ${all.join(', or ')}` : undefined;
}
