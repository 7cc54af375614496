/** What each preset asks: names and labels as the products document them, and how they tell two versions apart. */
import type { PresetName } from '../api/preset.ts';

/** What serves a route, as its status says, that the preset `gateway` finds nothing of. */
export const ENVOY_GATEWAY = 'gateway.envoyproxy.io/gatewayclass-controller';
export const ENVOY_GATEWAY_CLUSTERS =
  'Envoy Gateway has one cluster for each rule (httproute/shop/web/rule/0), of both versions, where this preset finds ' +
  'nothing: use http, grpc, or the preset of a mesh';

/** What is asked of one product. */
export interface Preset {
  /**
   * Whose counters they are. `Pods`: those of each version's own pods (the application or the proxy beside it), known
   * by the labels that Prometheus gives what it scrapes. `Gateway`: those of a gateway, which names the version itself.
   */
  of: 'Pods' | 'Gateway';
  /** Matchers of the metrics' own labels; with `Gateway` they name the version. */
  labels: readonly string[];
  /** A counter of requests, and the matchers of the failed or of the good ones. */
  total: string;
  bad?: string;
  good?: readonly string[];
  /** A histogram of their durations, without `_bucket`. */
  histogram: string;
  /** Matchers of the histogram alone. */
  timed?: readonly string[];
  /** A call of gRPC that failed counts as failed, though its status of HTTP is 200. */
  seesCalls?: true;
  /** The page of a pod that has them, as in `scrape.pods`. */
  page?: string;
  /** Why its metrics may be there and none of them be of the version, and what to do about it. */
  unfound: string;
}

const KEEP_POD_LABELS = 'does the Prometheus keep the labels namespace and pod of what it scrapes?';
const HONOR_LABELS =
  'does the Prometheus keep its labels (honorLabels: true in the ServiceMonitor), and not call them exported_service?';
const NAMED_SERVICES =
  'does its gateway name clusters after namespace and Service, and have requests come since the release began?';

/**
 * Statuses of gRPC that say that the server failed, and not that the call was wrong: those that OpenTelemetry calls errors
 * of a server, and Envoy takes for a 5xx. https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 */
const SERVER_FAILURES: Readonly<Record<string, number>> = {
  Unknown: 2,
  DeadlineExceeded: 4,
  Unimplemented: 12,
  Internal: 13,
  Unavailable: 14,
  DataLoss: 15,
};
const FAILED_NUMBERS = Object.values(SERVER_FAILURES).join('|');
/** As libraries for Go write them, and as those for Java and Python do. */
const FAILED_NAMES = Object.keys(SERVER_FAILURES)
  .flatMap((name) => [name, name.replaceAll(/(?<=[a-z])[A-Z]/g, '_$&').toUpperCase()])
  .join('|');

/** What Prometheus says of the pod that it scrapes, as the Prometheus operator and Istio's configuration have it. */
export const POD_LABELS = ['namespace="{{namespace}}"', 'pod=~"{{pods}}"'] as const;

const ENVOY = {
  // https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
  total: 'envoy_cluster_upstream_rq',
  bad: 'envoy_response_code=~"5.."',
  histogram: 'envoy_cluster_upstream_rq_time',
} as const;

/** Or why a product's metrics cannot tell two versions apart. */
export const PRESETS: Readonly<Record<PresetName, Preset | { because: string; fix: string }>> = {
  // https://istio.io/latest/docs/reference/config/metrics/
  // Both versions are one workload for Istio (`destination_workload`), so that it is the pod whose proxy counts that
  // tells them apart. The status of gRPC is empty for all that is no call of it.
  istio: {
    of: 'Pods',
    labels: ['reporter="destination"'],
    total: 'istio_requests_total',
    good: ['response_code!~"5.."', `grpc_response_status!~"${FAILED_NUMBERS}"`],
    histogram: 'istio_request_duration_milliseconds',
    seesCalls: true,
    page: '{ port: 15090, path: /stats/prometheus }',
    unfound: `${KEEP_POD_LABELS} Istio without sidecars (ambient) has no proxy in the pod: use http or grpc`,
  },
  // https://linkerd.io/2/reference/proxy-metrics/
  // What kubelet and Prometheus ask of the pod is no user's request.
  linkerd: {
    of: 'Pods',
    labels: ['direction="inbound"', 'route_name!="probe"', 'srv_port!="4191"'],
    total: 'response_total',
    bad: 'classification="failure"',
    histogram: 'response_latency_ms',
    seesCalls: true,
    page: '{ port: 4191 }',
    unfound: KEEP_POD_LABELS,
  },
  // https://kubernetes.github.io/ingress-nginx/user-guide/monitoring/
  // A request that the canary Ingress took is counted for the main Ingress and its Service, with `canary` as the only
  // difference. That Service is the user's while the candidate has everything.
  'ingress-nginx': {
    of: 'Gateway',
    labels: [
      'namespace="{{namespace}}"',
      'service=~"{{service}}|{{service}}-stable"',
      'canary=~"{{canary}}"',
    ],
    total: 'nginx_ingress_controller_requests',
    bad: 'status=~"5.."',
    histogram: 'nginx_ingress_controller_request_duration_seconds',
    unfound: HONOR_LABELS,
  },
  // Gateways made of Envoy whose clusters are named after namespace and Service: kgateway (`kube_shop_web_80`), Cilium
  // (`shop:web:80`), Contour's (`shop_web_80`). Names cannot have what stands between them.
  gateway: {
    of: 'Gateway',
    labels: [
      'envoy_cluster_name=~"(|.*[^a-z0-9-]){{namespace}}[^a-z0-9-]{{versionService}}(|[^a-z0-9-].*)"',
    ],
    ...ENVOY,
    unfound: `${NAMED_SERVICES} ${ENVOY_GATEWAY_CLUSTERS}`,
  },
  // https://doc.traefik.io/traefik/observability/metrics/overview/
  // `service` is `<namespace>-<Service>-<port>@kubernetescrd`.
  traefik: {
    of: 'Gateway',
    labels: ['service=~"{{namespace}}-{{versionService}}-.+@kubernetes.*"'],
    total: 'traefik_service_requests_total',
    bad: 'code=~"5.."',
    histogram: 'traefik_service_request_duration_seconds',
    unfound: HONOR_LABELS,
  },
  // https://projectcontour.io/docs/main/guides/prometheus/
  // Clusters are called `<namespace>_<Service>_<port>`.
  contour: {
    of: 'Gateway',
    labels: ['envoy_cluster_name=~"{{namespace}}_{{versionService}}_.+"'],
    ...ENVOY,
    unfound: NAMED_SERVICES,
  },
  // https://apisix.apache.org/docs/apisix/plugins/prometheus/
  // Both versions are one route and one service; `node` is the address of the pod that answered.
  apisix: {
    of: 'Gateway',
    labels: ['node=~"{{ips}}"'],
    total: 'apisix_http_status',
    bad: 'code=~"5.."',
    histogram: 'apisix_http_latency',
    timed: ['type="request"'],
    unfound:
      'is the upstream made of pods? With resolveGranularity: service, node is the address of the Service',
  },
  // https://developer.hashicorp.com/consul/docs/observe/telemetry/service
  // `local_app` is the cluster by which the proxy beside the application asks it.
  consul: {
    of: 'Pods',
    labels: ['envoy_cluster_name="local_app"'],
    ...ENVOY,
    unfound: KEEP_POD_LABELS,
  },
  // https://developer.konghq.com/plugins/prometheus/
  kong: {
    because: 'counts by service and route, and both versions are one service and one route of Kong',
    fix: 'use http, linkerd, istio or consul, which count in the pods, or write queries',
  },
  // https://prometheus.io/docs/practices/naming/
  // The label of the status has several usual names. A matcher of a label that is not there is true by `!~`, so that
  // one selector goes for all of them.
  http: {
    of: 'Pods',
    labels: [],
    total: 'http_requests_total',
    good: ['code!~"5.."', 'status!~"5.."', 'status_code!~"5.."'],
    histogram: 'http_request_duration_seconds',
    unfound: KEEP_POD_LABELS,
  },
  // https://github.com/grpc-ecosystem/go-grpc-middleware/tree/main/providers/prometheus
  // Those for Java and Python count under the same name; of their times each has another.
  grpc: {
    of: 'Pods',
    labels: [],
    total: 'grpc_server_handled_total',
    bad: `grpc_code=~"${FAILED_NAMES}"`,
    histogram: 'grpc_server_handling_seconds',
    seesCalls: true,
    unfound: KEEP_POD_LABELS,
  },
};
