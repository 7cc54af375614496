/** What the controller may do on a cluster: what it does, and nothing else. The end-to-end suite
 * runs the controller with exactly these rules. */
import { GROUP } from '../api/group.ts';

export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
  resourceNames?: string[];
}

const rule = (group: string, resources: string[], verbs: string): PolicyRule => ({
  apiGroups: [group],
  resources,
  verbs: verbs.split(' '),
});

const GATEWAY_ROUTES = ['httproutes', 'grpcroutes', 'tlsroutes', 'tcproutes'];

/** In every namespace it looks after. */
export function controllerRules(): PolicyRule[] {
  return [
    rule(GROUP, ['releasepolicies'], 'get list watch update patch'),
    rule(GROUP, ['releases'], 'get list watch create update patch delete'),
    rule(GROUP, ['releaserequests'], 'get list watch delete'),
    rule(GROUP, ['releasedefaults'], 'get list watch'),
    rule(GROUP, ['checktemplates'], 'get list watch'),
    rule(GROUP, ['releasepolicies/status', 'releases/status'], 'update patch'),
    // Needed to own objects where OwnerReferencesPermissionEnforcement is on.
    rule(GROUP, ['releasepolicies/finalizers', 'releases/finalizers'], 'update'),
    rule('apps', ['deployments'], 'get list watch update patch'),
    rule('apps', ['deployments/status'], 'update patch'),
    rule('apps', ['deployments/finalizers'], 'update'),
    rule('apps', ['replicasets'], 'get list watch create update patch delete'),
    rule('apps', ['statefulsets'], 'get list watch patch'),
    rule('apps', ['daemonsets'], 'get list watch patch'),
    rule('apps', ['controllerrevisions'], 'get list watch'),
    // Where a policy says that configuration is released with its workload.
    rule('', ['configmaps'], 'get list watch'),
    rule('', ['services'], 'get list watch create patch delete'),
    // Those of StatefulSets and DaemonSets are told apart by their labels, and replaced on the way back.
    rule('', ['pods'], 'get list watch delete'),
    // Those of DaemonSets are asked to go, so that disruption budgets are heard.
    rule('', ['pods/eviction'], 'create'),
    // Smoke tests and hooks. Secrets that webhooks name are allowed one by one, by who owns them.
    rule('batch', ['jobs'], 'get create delete'),
    // Whether there is room for a candidate. Without them that is not looked at.
    rule('', ['resourcequotas', 'limitranges'], 'list'),
    // Also on which of them the pods of a DaemonSet can be replaced.
    rule('', ['nodes'], 'list watch'),
    // Its own; those of pods that do not start, and of Ingresses that a load balancer does not take up.
    rule('', ['events'], 'create list patch'),
    // To warn of what counts the pods of both versions.
    rule('policy', ['poddisruptionbudgets'], 'get list watch'),
    rule('autoscaling', ['horizontalpodautoscalers'], 'get list watch'),
    rule('discovery.k8s.io', ['endpointslices'], 'get list watch'),
    // Checks that ask what adapters serve for autoscalers.
    rule('external.metrics.k8s.io', ['*'], 'get list'),
    rule('custom.metrics.k8s.io', ['*'], 'get list'),
    // Routes of users, whichever routers they have.
    rule('gateway.networking.k8s.io', GATEWAY_ROUTES, 'get list watch patch'),
    rule('policy.linkerd.io', ['httproutes'], 'get list watch patch'),
    // Linkerd's proxies heed no route of a Service that has one.
    rule('linkerd.io', ['serviceprofiles'], 'get list watch'),
    // The canary beside an Ingress is made for the length of a release.
    rule('networking.k8s.io', ['ingresses'], 'get list watch create patch delete'),
    rule('networking.istio.io', ['virtualservices', 'destinationrules'], 'get list watch patch'),
    rule('projectcontour.io', ['httpproxies'], 'get list watch patch'),
    rule('apisix.apache.org', ['apisixroutes'], 'get list watch patch'),
    rule('traefik.io', ['ingressroutes', 'ingressroutetcps'], 'get list watch patch'),
    // Those that copy requests are made for the length of a release.
    rule('traefik.io', ['traefikservices'], 'get list watch create patch delete'),
    rule('consul.hashicorp.com', ['servicesplitters'], 'get list watch patch'),
    // Made for the length of a release where a Service has none.
    rule(
      'consul.hashicorp.com',
      ['serviceresolvers', 'servicerouters'],
      'get list watch create patch delete',
    ),
  ];
}

/** To release changed Secrets, where somebody wants that; it reads their digests only, but it may read them. */
export function secretRules(): PolicyRule[] {
  return [rule('', ['secrets'], 'get list watch')];
}

/** With it, in the namespace of the controller: the key by which Secrets are told apart. */
export function keyRules(): PolicyRule[] {
  return [
    { ...rule('', ['secrets'], 'get'), resourceNames: ['segue-config-key'] },
    rule('', ['secrets'], 'create'),
  ];
}

/** In the namespace the controller itself lives in. */
export function leaseRules(): PolicyRule[] {
  return [rule('coordination.k8s.io', ['leases'], 'get create update')];
}

/** What people may see; added to the cluster's own `view`, `edit` and `admin`. */
export function viewerRules(): PolicyRule[] {
  const kinds = [
    'releasepolicies',
    'releases',
    'releaserequests',
    'releasedefaults',
    'checktemplates',
  ];
  return [rule(GROUP, kinds, 'get list watch')];
}

/** What people may ask for; added to the cluster's own `edit` and `admin`. */
export function editorRules(): PolicyRule[] {
  return [
    rule(
      GROUP,
      ['releasepolicies', 'checktemplates'],
      'create update patch delete deletecollection',
    ),
    rule(GROUP, ['releaserequests'], 'create delete'),
  ];
}
