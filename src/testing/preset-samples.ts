/** Series as each product documents them, of two versions, of neighbours, and of what is no request. */
import type { PresetName } from '../api/preset.ts';
import type { VersionContext } from '../ports/metric-provider.ts';

export const STABLE: VersionContext = {
  role: 'Stable',
  namespace: 'shop',
  service: 'web',
  hash: '5c9',
  pods: [{ name: 'web-5c9-aaaaa', ip: '10.0.0.1' }],
  window: '1m',
};
export const CANDIDATE: VersionContext = {
  ...STABLE,
  role: 'Candidate',
  hash: '7d4',
  pods: [
    { name: 'web-7d4-bbbbb', ip: '10.0.0.2' },
    { name: 'web-7d4-ccccc', ip: '10.0.0.22' },
  ],
};

/** Of the pods of both versions, of another Deployment, and of the same name in another namespace. */
function inPods(line: (pod: string) => string): string {
  const pods = [
    ['shop', 'web-5c9-aaaaa', 1],
    ['shop', 'web-7d4-bbbbb', 10],
    ['shop', 'web-7d4-ccccc', 100],
    ['shop', 'web-api-7d4-ddddd', 1_000],
    ['other', 'web-7d4-bbbbb', 10_000],
  ] as const;
  return pods
    .map(([namespace, pod, times]) =>
      line(`namespace="${namespace}",pod="${pod}"`).replaceAll(/\d+$/gm, (n) => `${+n * times}`),
    )
    .join('\n');
}

const FAILED_REQUEST = 'response_code="503",grpc_response_status=""';
const FAILED_CALL = 'response_code="200",grpc_response_status="14"';

/** Of each version 4 requests for each pod, times what its pod counts in `inPods`; 3 of them good. The buckets alike. */
export const SAMPLES: Record<Exclude<PresetName, 'kong'>, string> = {
  istio: inPods((pod) => {
    const labels = `destination_workload="web",destination_service="web.shop.svc.cluster.local",${pod}`;
    return [
      `istio_requests_total{reporter="destination",response_code="200",grpc_response_status="",${labels}} 1`,
      `istio_requests_total{reporter="destination",response_code="200",grpc_response_status="0",${labels}} 1`,
      `istio_requests_total{reporter="destination",response_code="200",grpc_response_status="5",${labels}} 1`,
      `istio_requests_total{reporter="destination",${pod.includes('7d4-b') ? FAILED_CALL : FAILED_REQUEST},${labels}} 1`,
      `istio_requests_total{reporter="source",response_code="503",${labels}} 7`,
      `istio_request_duration_milliseconds_bucket{reporter="destination",le="+Inf",${labels}} 4`,
      `istio_request_duration_milliseconds_bucket{reporter="source",le="+Inf",${labels}} 7`,
    ].join('\n');
  }),
  linkerd: inPods((pod) =>
    [
      `response_total{direction="inbound",classification="success",status_code="200",${pod}} 3`,
      `response_total{direction="inbound",classification="failure",status_code="500",${pod}} 1`,
      `response_total{direction="outbound",classification="failure",status_code="500",${pod}} 7`,
      `response_total{direction="inbound",classification="success",route_name="probe",${pod}} 7`,
      `response_total{direction="inbound",classification="success",srv_port="4191",${pod}} 7`,
      `response_latency_ms_bucket{direction="inbound",le="+Inf",${pod}} 4`,
      `response_latency_ms_bucket{direction="outbound",le="+Inf",${pod}} 7`,
    ].join('\n'),
  ),
  'ingress-nginx': [
    ['namespace="shop",service="web-stable",canary=""', 1],
    ['namespace="shop",service="web-stable",canary="shop-web-candidate-80"', 110],
    ['namespace="shop",service="api",canary=""', 1_000],
    ['namespace="other",service="web-stable",canary="other-web-candidate-80"', 10_000],
  ]
    .flatMap(([labels, times = 1]) => [
      `nginx_ingress_controller_requests{ingress="web",status="200",${labels}} ${3 * +times}`,
      `nginx_ingress_controller_requests{ingress="web",status="502",${labels}} ${1 * +times}`,
      `nginx_ingress_controller_request_duration_seconds_bucket{le="+Inf",${labels}} ${4 * +times}`,
    ])
    .join('\n'),
  gateway: [
    envoy('kube_shop_web-stable_80', 1),
    envoy('shop:web-candidate:80', 10),
    envoy('shop_web-candidate_80', 100),
    envoy('kube_shop_web-candidate-two_80', 1_000),
    envoy('kube_my-shop_web-candidate_80', 1_000),
    envoy('kube_shop_my-web-candidate_80', 1_000),
    envoy('kube_other_web-candidate_80', 10_000),
  ].join('\n'),
  traefik: [
    ['shop-web-stable-80@kubernetescrd', 1],
    ['shop-web-candidate-80@kubernetescrd', 10],
    ['shop-web-candidate-http-80@kubernetesgateway', 100],
    ['shop-web-80@kubernetescrd', 1_000],
    ['other-web-candidate-80@kubernetescrd', 10_000],
  ]
    .flatMap(([service, times = 1]) => [
      `traefik_service_requests_total{code="200",method="GET",protocol="http",service="${service}"} ${3 * +times}`,
      `traefik_service_requests_total{code="500",method="GET",protocol="http",service="${service}"} ${1 * +times}`,
      `traefik_service_request_duration_seconds_bucket{code="200",le="+Inf",service="${service}"} ${4 * +times}`,
    ])
    .join('\n'),
  contour: [
    envoy('shop_web-stable_80', 1),
    envoy('shop_web-candidate_80', 110),
    envoy('shop_web-candidate-two_80', 1_000),
    envoy('other_web-candidate_80', 10_000),
  ].join('\n'),
  apisix: [
    ['10.0.0.1', 1],
    ['10.0.0.2', 10],
    ['10.0.0.22', 100],
    ['10.0.0.222', 1_000],
    ['10.0.0a2', 10_000],
  ]
    .flatMap(([node, times = 1]) => [
      `apisix_http_status{code="200",route="r",service="s",node="${node}"} ${3 * +times}`,
      `apisix_http_status{code="502",route="r",service="s",node="${node}"} ${1 * +times}`,
      `apisix_http_latency_bucket{type="request",node="${node}",le="+Inf"} ${4 * +times}`,
      `apisix_http_latency_bucket{type="upstream",node="${node}",le="+Inf"} ${7 * +times}`,
    ])
    .join('\n'),
  consul: inPods((pod) => envoy('local_app', 1, `,${pod}`) + envoy('api.default', 7, `,${pod}`)),
  grpc: inPods((pod) =>
    [
      `grpc_server_handled_total{grpc_type="unary",grpc_code="OK",${pod}} 2`,
      `grpc_server_handled_total{grpc_type="unary",grpc_code="NotFound",${pod}} 1`,
      `grpc_server_handled_total{grpc_type="unary",grpc_code="${pod.includes('7d4-b') ? 'DEADLINE_EXCEEDED' : 'DeadlineExceeded'}",${pod}} 1`,
      `grpc_server_handling_seconds_bucket{grpc_type="unary",le="+Inf",${pod}} 4`,
    ].join('\n'),
  ),
  http: inPods((pod) =>
    [
      `http_requests_total{code="200",${pod}} 1`,
      `http_requests_total{status="404",${pod}} 1`,
      `http_requests_total{status_code="302",${pod}} 1`,
      `http_requests_total{${pod.includes('7d4-b') ? 'code' : 'status'}="500",${pod}} 1`,
      `http_request_duration_seconds_bucket{le="+Inf",${pod}} 4`,
    ].join('\n'),
  ),
};

function envoy(cluster: string, times: number, more = ''): string {
  return [
    `envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="${cluster}"${more}} ${3 * times}`,
    `envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="${cluster}"${more}} ${1 * times}`,
    `envoy_cluster_upstream_rq_time_bucket{le="+Inf",envoy_cluster_name="${cluster}"${more}} ${4 * times}`,
    '',
  ].join('\n');
}
