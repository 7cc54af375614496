/**
 * What the gateways and meshes that are played here would count, under the names and labels that they document, and in
 * the process that would count it: one page for each gateway, and one for each pod of a mesh. Copies for a mirror are
 * not counted.
 */
import type { MeshPod } from './caches.ts';
import type { Forward } from './decision.ts';
import type { LiveEndpoint } from './live-endpoint.ts';
import { type Histogram, MetricsPage } from './metrics-page.ts';

/** A request that is over. */
export interface Answered {
  forward: Forward;
  /** None where nobody could be reached. */
  endpoint: LiveEndpoint | undefined;
  method: string;
  /** Whom the client asked for, without a port. */
  host: string;
  code: number;
  /** Of a call of gRPC that was answered. */
  grpcStatus?: number | undefined;
}

/** Counts one more. */
type Count = (seconds: number) => void;

const INGRESS_NGINX = '/ingress-nginx/metrics';
const TRAEFIK = '/traefik/metrics';
const ENVOY = '/envoy/stats/prometheus';
const ISTIO_GATEWAY = '/istio/stats/prometheus';

export class ProductMetrics {
  readonly #pages = new Map<string, MetricsPage>();
  readonly #counts = new Map<string, readonly Count[]>();
  readonly #podOf: (pod: string) => MeshPod | undefined;

  /** @param podOf by `namespace/name` */
  constructor(podOf: (pod: string) => MeshPod | undefined) {
    this.#podOf = podOf;
  }

  count(answered: Answered, seconds: number): void {
    const { forward, endpoint, method, host, code, grpcStatus } = answered;
    const { rule, target } = forward;
    if (!rule) return;
    // Asked for at every request: the labels are made for the first one alone.
    const place = rule.ingress ? `${rule.ingress.path} ${host}` : '';
    const pod = endpoint?.pod ?? '';
    const { service, port } = target;
    const key = `${rule.route}\n${place}\n${service}\n${port.port}\n${pod}\n${method}\n${code}\n${grpcStatus}`;
    const known = this.#counts.get(key) ?? this.#countsOf(answered);
    this.#counts.set(key, known);
    for (const count of known) count(seconds);
  }

  /** @param path of one of the pages; undefined where there is none */
  render(path: string): string | undefined {
    return this.#pages.get(path)?.render();
  }

  #page(path: string): MetricsPage {
    const page = this.#pages.get(path) ?? new MetricsPage();
    this.#pages.set(path, page);
    return page;
  }

  #countsOf(answered: Answered): Count[] {
    const [kind = '', key] = answered.forward.route.split(' ');
    if (kind === 'Ingress') return ingressNginx(this.#page(INGRESS_NGINX), answered, key ?? '');
    if (kind === 'IngressRoute') return traefik(this.#page(TRAEFIK), answered);
    if (kind === 'VirtualService') return this.#istio(answered);
    return envoy(this.#page(ENVOY), answered);
  }

  /** By the proxy of the gateway, and by the one beside the pod. */
  #istio(answered: Answered): Count[] {
    const pod = answered.endpoint?.pod ?? '';
    const mesh = this.#podOf(pod);
    const bySource = istio(this.#page(ISTIO_GATEWAY), answered, { reporter: 'source', mesh });
    if (!mesh) return bySource;
    const ofPod = this.#page(`/istio/${pod}/stats/prometheus`);
    return [...bySource, ...istio(ofPod, answered, { reporter: 'destination', mesh })];
  }
}

const count = (counter: { value: number }): Count => {
  return () => (counter.value += 1);
};
const time = (histogram: Histogram, perSecond = 1): Count => {
  return (seconds) => histogram.observe(seconds * perSecond);
};

/** What a route calls the port of the Service: its number, or its name. */
function portOf({ rule, target }: Forward): number | string {
  const backend = rule?.backends.find(({ service }) => service === target.service);
  return backend?.port || target.port.port;
}

// The defaults of the client library for Go.
const GO_BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/**
 * https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/: whoever answers, it is counted for the Ingress that
 * is no canary and for its Service; of a canary that has taken it there is only the name of the upstream, in `canary`.
 */
function ingressNginx(page: MetricsPage, { forward, ...of }: Answered, ingress: string): Count[] {
  const { target, rule } = forward;
  const { service = '', path = '' } = rule?.ingress ?? {};
  const [namespace = '', name = ''] = ingress.split('/');
  const labels = {
    canary: target.name === service ? '' : `${target.namespace}-${target.name}-${portOf(forward)}`,
    controller_class: 'k8s.io/ingress-nginx',
    controller_namespace: 'ingress-nginx',
    controller_pod: 'ingress-nginx-controller-0',
    host: of.host,
    ingress: name,
    method: of.method,
    namespace,
    path,
    service,
    status: String(of.code),
  };
  const product = 'nginx_ingress_controller';
  return [
    count(page.counter(`${product}_requests`, labels)),
    time(page.histogram(`${product}_request_duration_seconds`, labels, GO_BOUNDS)),
  ];
}

/** https://doc.traefik.io/traefik/observability/metrics/overview/; services of the provider have its name behind. */
function traefik(page: MetricsPage, { forward, method, code }: Answered): Count[] {
  const { namespace, name } = forward.target;
  const labels = {
    code: String(code),
    method,
    protocol: 'http',
    service: `${namespace}-${name}-${portOf(forward)}@kubernetescrd`,
  };
  const bounds = [0.1, 0.3, 1.2, 5];
  return [
    count(page.counter('traefik_service_requests_total', labels)),
    time(page.histogram('traefik_service_request_duration_seconds', labels, bounds)),
  ];
}

const ENVOY_BOUNDS_MS = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000, 300_000,
  600_000, 1_800_000, 3_600_000,
];

/**
 * https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats, with the clusters of
 * kgateway: `kube_<namespace>_<Service>_<port>`. An answer of Envoy's own has a code and no time.
 */
function envoy(page: MetricsPage, { forward, endpoint, code }: Answered): Count[] {
  const { namespace, name, port } = forward.target;
  const cluster = { envoy_cluster_name: `kube_${namespace}_${name}_${port.port}` };
  const classed = { ...cluster, envoy_response_code_class: String(code).charAt(0) };
  const coded = { ...cluster, envoy_response_code: String(code) };
  const took = 'envoy_cluster_upstream_rq_time';
  return [
    count(page.counter('envoy_cluster_upstream_rq_xx', classed)),
    count(page.counter('envoy_cluster_upstream_rq', coded)),
    ...(endpoint ? [time(page.histogram(took, cluster, ENVOY_BOUNDS_MS), 1_000)] : []),
  ];
}

/**
 * https://istio.io/latest/docs/reference/config/metrics/: both versions are one workload, and `version` labels of pods are
 * what they were before a release too.
 */
function istio(
  page: MetricsPage,
  { forward, endpoint, code, grpcStatus }: Answered,
  { reporter, mesh }: { reporter: 'source' | 'destination'; mesh: MeshPod | undefined },
): Count[] {
  const { namespace, name } = forward.target;
  const labels = {
    reporter,
    ...INGRESS_GATEWAY,
    ...destinationOf(mesh, namespace),
    destination_service: `${name}.${namespace}.svc.cluster.local`,
    destination_service_name: name,
    destination_service_namespace: namespace,
    destination_cluster: 'Kubernetes',
    request_protocol: grpcStatus === undefined ? 'http' : 'grpc',
    // What a proxy answers itself, because it reached nobody, it says in the words of gRPC.
    response_code: String(grpcStatus === undefined || endpoint ? code : 200),
    grpc_response_status: grpcStatus === undefined ? '' : String(grpcStatus),
    // None healthy, where nobody could be reached.
    response_flags: endpoint ? '-' : 'UH',
    connection_security_policy: reporter === 'source' ? 'unknown' : 'none',
  };
  const took = 'istio_request_duration_milliseconds';
  return [
    count(page.counter('istio_requests_total', labels)),
    time(page.histogram(took, labels, ENVOY_BOUNDS_MS), 1_000),
  ];
}

const UNKNOWN = 'unknown';

/** All requests come through it. */
const INGRESS_GATEWAY = {
  source_workload: 'istio-ingressgateway',
  source_canonical_service: 'istio-ingressgateway',
  source_canonical_revision: 'latest',
  source_workload_namespace: 'istio-system',
  source_principal: UNKNOWN,
  source_app: 'istio-ingressgateway',
  source_version: UNKNOWN,
  source_cluster: 'Kubernetes',
};

function destinationOf(mesh: MeshPod | undefined, namespace: string): Record<string, string> {
  const { workload = UNKNOWN, labels: of = {} } = mesh ?? {};
  return {
    destination_workload: workload,
    destination_workload_namespace: mesh ? namespace : UNKNOWN,
    destination_principal: UNKNOWN,
    destination_app: of['app'] ?? UNKNOWN,
    destination_version: of['version'] ?? UNKNOWN,
    destination_canonical_service: of['app.kubernetes.io/name'] ?? of['app'] ?? workload,
    destination_canonical_revision: of['app.kubernetes.io/version'] ?? of['version'] ?? 'latest',
  };
}
