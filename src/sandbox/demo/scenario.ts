/** What the demo shows: the application as its users would write it, and three releases. Data. */
import type { KubeObject } from '../../api/object.ts';
import type { PolicySpecInput } from '../../api/policy.ts';

export const NAMESPACE = 'demo';
/** The name of the Deployment, its Service, its route and its policy. */
export const APP = 'shop';
export const CONTAINER = 'app';
export const IMAGE = 'segue-demo';
/** Of the Gateway. */
export const LISTENER = 'http';
const GATEWAY_CLASS = 'segue';
/** On a machine too busy for this pace `maxInFlight` slows the load down before requests pile up; a
 * request without an answer after `timeoutMs` is lost. */
export const LOAD = { perSecond: 120, maxInFlight: 24, timeoutMs: 20_000 };
const FIRST_VERSION = 'v1';
const REPLICAS = 4;

export interface DemoRelease {
  strategy: 'canary' | 'blueGreen';
  from: string;
  to: string;
  /** The `FAULT_PERCENT` that the new version brings with it. */
  faultPercent: number;
  expected: 'Promoted' | 'Aborted';
}

export const RELEASES: readonly DemoRelease[] = [
  { strategy: 'canary', from: 'v1', to: 'v2', faultPercent: 0, expected: 'Promoted' },
  { strategy: 'canary', from: 'v2', to: 'v3', faultPercent: 20, expected: 'Aborted' },
  { strategy: 'blueGreen', from: 'v2', to: 'v4', faultPercent: 0, expected: 'Promoted' },
];

export interface ScenarioPlace {
  /** The gateway's page in the Prometheus text format. */
  metricsUrl: string;
  /** On this machine, free; ports below 1024 are not everyone's to open. */
  listenerPort: number;
}

/** What `kubectl apply` would be given, in this order. */
export function scenarioObjects({ metricsUrl, listenerPort }: ScenarioPlace): KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } },
    deployment(),
    inNamespace('v1', 'Service', {
      selector: { app: APP },
      ports: [{ name: 'http', port: 80, targetPort: 'http', protocol: 'TCP' }],
    }),
    inNamespace('gateway.networking.k8s.io/v1', 'Gateway', {
      gatewayClassName: GATEWAY_CLASS,
      listeners: [{ name: LISTENER, protocol: 'HTTP', port: listenerPort }],
    }),
    inNamespace('gateway.networking.k8s.io/v1', 'HTTPRoute', {
      parentRefs: [{ name: APP }],
      rules: [{ backendRefs: [{ name: APP, port: 80 }] }],
    }),
    inNamespace('segue.dev/v1alpha1', 'ReleasePolicy', { ...policySpec(metricsUrl) }),
  ];
}

function deployment(): KubeObject {
  const container = {
    name: CONTAINER,
    ...containerOf({ to: FIRST_VERSION, faultPercent: 0 }),
    ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }],
    readinessProbe: {
      httpGet: { path: '/readyz', port: 'http' },
      periodSeconds: 1,
      timeoutSeconds: 5,
    },
  };
  return inNamespace('apps/v1', 'Deployment', {
    replicas: REPLICAS,
    selector: { matchLabels: { app: APP } },
    template: {
      metadata: { labels: { app: APP } },
      spec: { containers: [container] },
    },
  });
}

/** The part of the container that a release changes. */
export function containerOf({ to, faultPercent }: Pick<DemoRelease, 'to' | 'faultPercent'>) {
  return {
    image: `${IMAGE}:${to}`,
    env: [{ name: 'FAULT_PERCENT', value: String(faultPercent) }],
  };
}

/** Times are those of a demo; where it matters one takes minutes. */
export function policySpec(metricsUrl: string): PolicySpecInput {
  const version = 'namespace="{{namespace}}",pod_template_hash="{{hash}}"';
  const requests = 'segue_gateway_requests_total';
  return {
    targetRef: { name: APP },
    traffic: {
      services: [{ name: APP }],
      routers: [{ gatewayAPI: { httpRoute: APP } }],
      settle: '500ms',
      drain: '1s',
    },
    strategy: strategyOf('canary'),
    checks: [
      {
        name: 'errors',
        scrape: {
          address: metricsUrl,
          total: `${requests}{${version}}`,
          bad: `${requests}{${version},code=~"5.."}`,
        },
        max: '5%',
        interval: '1s',
      },
      {
        name: 'latency',
        scrape: {
          address: metricsUrl,
          histogram: `segue_gateway_request_duration_seconds{${version}}`,
          quantile: '0.95',
        },
        max: '2.5s',
        interval: '1s',
      },
    ],
    bake: '3s',
    progressDeadline: '60s',
  };
}

/** `timeout`: on a machine too busy for evidence the demo should say so soon. */
export function strategyOf(strategy: DemoRelease['strategy']): PolicySpecInput['strategy'] {
  if (strategy === 'blueGreen') return { blueGreen: { hold: '3s', timeout: '40s' } };
  return {
    canary: {
      stages: [
        { weight: 10, hold: { atMost: '10s' } },
        { weight: 25, hold: '3s' },
        { weight: 50, hold: '3s' },
      ],
      timeout: '40s',
    },
  };
}

function inNamespace(apiVersion: string, kind: string, spec: Record<string, unknown>): KubeObject {
  return { apiVersion, kind, metadata: { name: APP, namespace: NAMESPACE }, spec };
}
