/** Pages as the gateways and meshes serve them, read as a Prometheus would. */
import { expect, test } from 'vitest';
import type { KubeObject } from '../../api/object.ts';
import type { MeshPod } from './caches.ts';
import type { Forward } from './decision.ts';
import { compileIngresses } from './ingress.ts';
import { compileIngressRoutes } from './ingress-route.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { ProductMetrics } from './product-metrics.ts';
import { compileRoute, type CompiledRoute } from './route.ts';
import { compileVirtualService } from './virtual-service.ts';

const CLASS: KubeObject = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'IngressClass',
  metadata: { name: 'nginx' },
  spec: { controller: 'k8s.io/ingress-nginx' },
};

function object(apiVersion: string, kind: string, spec: object, annotations = {}): KubeObject {
  const name = Object.keys(annotations).length > 0 ? 'web-canary' : 'web';
  return { apiVersion, kind, metadata: { name, namespace: 'shop', annotations }, spec };
}

function ingress(service: string, annotations = {}): KubeObject {
  const backend = { service: { name: service, port: { name: 'http' } } };
  const paths = [{ path: '/', pathType: 'Prefix', backend }];
  const spec = {
    ingressClassName: 'nginx',
    rules: [{ host: 'web.example.com', http: { paths } }],
  };
  return object('networking.k8s.io/v1', 'Ingress', spec, annotations);
}

const PREFIX = 'nginx.ingress.kubernetes.io';
const CANARY = { [`${PREFIX}/canary`]: 'true', [`${PREFIX}/canary-weight`]: '20' };

const PODS: Record<string, MeshPod> = {
  'shop/web-1-a': { workload: 'web', labels: { app: 'web', version: 'v1' } },
};

interface Counted {
  name: string;
  code?: number;
  pod?: string;
  grpcStatus?: number;
}

/** Counts one answer by the first rule of the route. */
function counted(
  route: CompiledRoute | undefined,
  { name, code = 200, pod = 'shop/web-1-a', grpcStatus }: Counted,
  metrics = new ProductMetrics((pod) => PODS[pod]),
): ProductMetrics {
  const rule = route?.matches[0]?.rule;
  const target = { service: `shop/${name}`, namespace: 'shop', name, port: { port: 80 } };
  const forward = { rule, route: rule?.route, target } as unknown as Forward;
  const endpoint = pod === '' ? undefined : ({ pod } as LiveEndpoint);
  const asked = { method: 'GET', host: 'web.example.com' };
  metrics.count({ forward, endpoint, code, grpcStatus, ...asked }, 0.2);
  return metrics;
}

/** Labels of its one series by their names, and what stands behind it. */
function only(metrics: ProductMetrics, path: string, name: string) {
  const lines = (metrics.render(path) ?? '')
    .split('\n')
    .filter((one) => one.startsWith(`${name}{`));
  expect(lines).toHaveLength(1);
  const [, text = '', value] = /^[^{]*\{(.*)\} (.*)$/.exec(lines[0] ?? '') ?? [];
  const labels = [...text.matchAll(/([a-z_]+)="([^"]*)"/g)].map(([, key, of]) => [key, of]);
  return { labels: Object.fromEntries(labels) as Record<string, string>, value };
}

test('ingress-nginx counts both versions under the main Ingress, and names a canary that has taken it', () => {
  const [route] = compileIngresses([ingress('web'), ingress('web-candidate', CANARY)], [CLASS]);
  const page = '/ingress-nginx/metrics';
  const requests = 'nginx_ingress_controller_requests';
  const stable = only(counted(route, { name: 'web', code: 502 }), page, requests);
  expect(stable.labels).toMatchObject({
    namespace: 'shop',
    ingress: 'web',
    service: 'web',
    canary: '',
    status: '502',
    method: 'GET',
    path: '/',
    host: 'web.example.com',
  });
  const candidate = counted(route, { name: 'web-candidate' });
  expect(only(candidate, page, requests).labels).toEqual({
    ...stable.labels,
    status: '200',
    canary: 'shop-web-candidate-http',
  });
  const took = 'nginx_ingress_controller_request_duration_seconds';
  expect(candidate.render(page)).toMatch(new RegExp(`${took}_bucket{.*,le="0.1"} 0\n`));
  expect(candidate.render(page)).toMatch(new RegExp(`${took}_bucket{.*,le="0.25"} 1\n`));
});

test('Traefik counts by Service and port, with the name of the provider', () => {
  const services = [{ name: 'web-stable', port: 80 }];
  const spec = { entryPoints: ['web'], routes: [{ match: 'PathPrefix(`/`)', services }] };
  const routed = object('traefik.io/v1alpha1', 'IngressRoute', spec);
  const [route] = compileIngressRoutes([routed], [CLASS], []);
  const metrics = counted(route, { name: 'web-stable', code: 404 });
  expect(only(metrics, '/traefik/metrics', 'traefik_service_requests_total')).toEqual({
    labels: {
      code: '404',
      method: 'GET',
      protocol: 'http',
      service: 'shop-web-stable-80@kubernetescrd',
    },
    value: '1',
  });
  expect(metrics.render('/traefik/metrics')).toMatch(
    /traefik_service_request_duration_seconds_bucket{.*,le="0.3"} 1\n/,
  );
});

test('Envoy counts by cluster, in milliseconds, and has no time for what it answered itself', () => {
  const spec = { rules: [{ backendRefs: [{ name: 'web-stable', port: 80 }] }] };
  const route = compileRoute(object('gateway.networking.k8s.io/v1', 'HTTPRoute', spec));
  const metrics = counted(route, { name: 'web-stable' });
  counted(route, { name: 'web-stable', code: 503, pod: '' }, metrics);
  const page = metrics.render('/envoy/stats/prometheus');
  const cluster = 'envoy_cluster_name="kube_shop_web-stable_80"';
  expect(page).toContain(`envoy_cluster_upstream_rq{${cluster},envoy_response_code="200"} 1\n`);
  expect(page).toContain(`envoy_cluster_upstream_rq{${cluster},envoy_response_code="503"} 1\n`);
  expect(page).toContain(
    `envoy_cluster_upstream_rq_xx{${cluster},envoy_response_code_class="5"} 1`,
  );
  expect(page).toContain(`envoy_cluster_upstream_rq_time_bucket{${cluster},le="100"} 0\n`);
  expect(page).toContain(`envoy_cluster_upstream_rq_time_bucket{${cluster},le="250"} 1\n`);
  expect(page).toContain(`envoy_cluster_upstream_rq_time_count{${cluster}} 1\n`);
});

test('in a mesh of Istio the gateway and the proxy of the pod count it, each on a page of its own', () => {
  const spec = {
    hosts: ['web'],
    http: [{ route: [{ destination: { host: 'web-candidate' } }] }],
  };
  const routed = object('networking.istio.io/v1', 'VirtualService', spec);
  const route = compileVirtualService(routed);
  const metrics = counted(route, { name: 'web-candidate', code: 500 });
  const requests = 'istio_requests_total';
  const ofPod = only(metrics, '/istio/shop/web-1-a/stats/prometheus', requests);
  expect(ofPod.labels).toMatchObject({
    reporter: 'destination',
    destination_workload: 'web',
    destination_workload_namespace: 'shop',
    destination_app: 'web',
    destination_version: 'v1',
    destination_service: 'web-candidate.shop.svc.cluster.local',
    response_code: '500',
    response_flags: '-',
  });
  const gateway = '/istio/stats/prometheus';
  expect(only(metrics, gateway, requests).labels).toMatchObject({ reporter: 'source' });
  const nobody = counted(route, { name: 'web-candidate', code: 503, pod: '' });
  expect(only(nobody, gateway, requests).labels).toMatchObject({
    destination_workload: 'unknown',
    response_flags: 'UH',
  });
});

test('in a mesh of Istio a call of gRPC counts with its status, and what is no call with none', () => {
  const spec = { hosts: ['web'], http: [{ route: [{ destination: { host: 'web' } }] }] };
  const route = compileVirtualService(object('networking.istio.io/v1', 'VirtualService', spec));
  const labelsOf = (one: Omit<Counted, 'name'>) =>
    only(counted(route, { name: 'web', ...one }), '/istio/stats/prometheus', 'istio_requests_total')
      .labels;
  expect(labelsOf({})).toMatchObject({ request_protocol: 'http', grpc_response_status: '' });
  expect(labelsOf({ grpcStatus: 13 })).toMatchObject({
    request_protocol: 'grpc',
    response_code: '200',
    grpc_response_status: '13',
  });
  expect(labelsOf({ code: 503, grpcStatus: 14, pod: '' })).toMatchObject({
    response_code: '200',
    grpc_response_status: '14',
  });
});

test('what falls under no route is counted by no product', () => {
  const metrics = counted(undefined, { name: 'web' });
  expect(metrics.render('/envoy/stats/prometheus')).toBeUndefined();
});
