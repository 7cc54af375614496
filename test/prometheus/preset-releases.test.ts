/**
 * Whole releases whose policies say `preset: ...` and nothing else of checks: a real Prometheus scrapes the pods and what
 * the sandbox's gateway counts as the product that it plays, and the verdicts come from there.
 */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KubeObject } from '../../src/api/object.ts';
import type { PresetName } from '../../src/api/preset.ts';
import type { ReleaseStatus } from '../../src/api/release.ts';
import { gatewayApiCrds, istioCrds, traefikCrds } from '../../src/sandbox/gateway/index.ts';
import { reachableAddress } from '../../src/sandbox/nodes/addresses.ts';
import { type ByHand, openByHand } from '../../src/testing/by-hand.ts';
import { freePort } from '../../src/testing/example-shop.ts';
import { GrpcUsers } from '../../src/testing/grpc-users.ts';
import type { Lab } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { type LocalPrometheus, startPrometheus } from './local-prometheus.ts';

let lab: Lab;
let prometheus: LocalPrometheus;
let discovery: Server;
const callers: GrpcUsers[] = [];
beforeAll(async () => {
  const crds = [...gatewayApiCrds(), ...istioCrds(), ...traefikCrds()];
  lab = await startRouteLab({ nodes: 1 }, crds);
  const command = ['--kubeconfig', lab.kubeconfig, 'sandbox', 'gateway'];
  const [, url = ''] = await lab.run(command, /its metrics: (\S+)/);
  const gateway = new URL(url).host;
  discovery = createServer((request, response) => {
    void targetsOf(gateway, request.url === '/sidecars').then((targets) => {
      response.setHeader('content-type', 'application/json').end(JSON.stringify(targets));
    });
  }).listen(0, '127.0.0.1');
  await once(discovery, 'listening');
  const { port } = discovery.address() as AddressInfo;
  prometheus = await startPrometheus([], scrapesOf(gateway, `http://127.0.0.1:${port}`));
}, 180_000);
afterAll(async () => {
  for (const one of callers) one.stop();
  await prometheus?.stop();
  discovery?.closeAllConnections();
  discovery?.close();
  await lab?.stop();
});

interface Pod extends KubeObject {
  status?: { phase?: string; podIP?: string };
}

/** Pods with the labels that Prometheus is told to give them everywhere. Debian's is built without the discovery of
 * Kubernetes. What is scraped beside a pod in a mesh is a page of the gateway here. */
async function targetsOf(gateway: string, sidecars: boolean): Promise<object[]> {
  const { items } = await lab.client.list({ group: '', kind: 'Pod' });
  return (items as Pod[])
    .filter(({ status }) => status?.phase === 'Running' && status.podIP !== undefined)
    .map(({ metadata: { namespace = '', name }, status }) => ({
      targets: [sidecars ? gateway : `${reachableAddress(status?.podIP ?? '')}:8080`],
      labels: {
        namespace,
        pod: name,
        ...(sidecars && { __metrics_path__: `/istio/${namespace}/${name}/stats/prometheus` }),
      },
    }));
}

/** Gateways with the labels that a ServiceMonitor gives what it selects. */
function scrapesOf(gateway: string, sd: string): object[] {
  const page = (job: string, path: string, more: object = {}) => {
    const labels = { namespace: job, service: job, pod: `${job}-0` };
    const configs = [{ targets: [gateway], labels }];
    return { job_name: job, metrics_path: path, static_configs: configs, ...more };
  };
  const found = (job: string) => ({
    job_name: job,
    http_sd_configs: [{ url: `${sd}/${job}`, refresh_interval: '1s' }],
  });
  return [
    page('ingress-nginx', '/ingress-nginx/metrics', { honor_labels: true }),
    page('traefik', '/traefik/metrics', { honor_labels: true }),
    page('kgateway', '/envoy/stats/prometheus'),
    page('istio-ingressgateway', '/istio/stats/prometheus'),
    found('sidecars'),
    found('pods'),
  ];
}

interface Case {
  preset: PresetName;
  example: string;
  name: string;
  /** What stands beside the preset; nothing where its own warm-up is tried. */
  warmup?: '0s';
  /** What it takes to come in there. */
  edge?: (port: number) => object;
  /** Users call by gRPC, and all is made ready for it. */
  calls?: true;
}

/** Each of its pods fails four requests in ten in its first time. */
const COLD = { COLD_MS: '20000', COLD_FAULT_PERCENT: '40' };

const CASES: Case[] = [
  { preset: 'http', example: 'canary-preset', name: 'postcards' },
  { preset: 'gateway', example: 'canary', name: 'web', warmup: '0s' },
  {
    preset: 'ingress-nginx',
    example: 'canary-ingress-nginx',
    name: 'catalog',
    warmup: '0s',
    edge: (port) => ingressClass('nginx', 'k8s.io/ingress-nginx', port),
  },
  {
    preset: 'traefik',
    example: 'canary-traefik',
    name: 'bakery',
    warmup: '0s',
    edge: (port) => ingressClass('traefik', 'traefik.io/ingress-controller', port),
  },
  {
    preset: 'istio',
    example: 'canary-istio',
    name: 'wishlist',
    edge: istioEdge,
    warmup: '0s',
  },
  {
    preset: 'istio',
    example: 'canary-istio',
    name: 'wishlist',
    edge: istioEdge,
    calls: true,
    warmup: '0s',
  },
  { preset: 'grpc', example: 'canary', name: 'web', calls: true, warmup: '0s' },
];

function istioEdge(port: number): object {
  return {
    apiVersion: 'networking.istio.io/v1',
    kind: 'Gateway',
    metadata: { name: 'edge' },
    spec: {
      selector: { istio: 'ingressgateway' },
      servers: [{ port: { number: port, name: 'http', protocol: 'HTTP' }, hosts: ['*'] }],
    },
  };
}

/** Somebody with a connection of their own. */
function caller(): GrpcUsers {
  const one = new GrpcUsers();
  callers.push(one);
  return one;
}

/** The names of Deployment, Service and route too, as two shops with one name do not get along. */
function ofCalls(text: string, name: string): string {
  return text
    .replaceAll(name, `${name}-calls`)
    .replace('    - name: http\n      port: 80\n', '    - name: grpc\n      port: 80\n')
    .replace('kind: HTTPRoute', 'kind: GRPCRoute')
    .replace('httpRoute:', 'grpcRoute:');
}

function ingressClass(name: string, controller: string, port: number): object {
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IngressClass',
    metadata: { name, annotations: { 'segue.dev/http-port': String(port) } },
    spec: { controller },
  };
}

/** The example with the preset in place of its checks, one stage, and answers that take up to 130 ms. */
async function open({ preset, example, name: plain, warmup, edge, calls }: Case): Promise<ByHand> {
  const port = await freePort();
  const check = warmup === undefined ? { preset } : { preset, warmup };
  const image = '          image: segue-demo:v1\n';
  const slow = `          env: [{ name: LATENCY_JITTER_MS, value: '130' }]\n`;
  const written = await readFile(`examples/${example}.yaml`, 'utf8');
  const name = calls ? `${plain}-calls` : plain;
  const text = (calls ? ofCalls(written, plain) : written)
    .replace(image, image + slow)
    .replace(/^ {6}port: 80(80|98)$/m, `      port: ${port}`)
    .replace('istio-system/edge', 'edge')
    .replace(/^ {6}match:\n[\s\S]*?(?=^ {6}stages:)/m, '')
    .replace(/^ {6}stages:\n(?: {8}.*\n)+/m, '      stages: [{ weight: 30, hold: 1s }]\n')
    .replace(/^ {2}checks:\n(?: {4}.*\n)+/m, `  checks: [${JSON.stringify(check)}]\n`)
    .replace(/^ {2}bake: .*$/m, '  bake: 1s');
  const address = prometheus.url;
  const defaults = {
    apiVersion: 'segue.dev/v1alpha1',
    kind: 'ReleaseDefaults',
    metadata: { name: 'default' },
    spec: { metrics: { prometheus: { address } } },
  };
  const yaml = [text, JSON.stringify(defaults), JSON.stringify(edge?.(port) ?? null)].join(
    '\n---\n',
  );
  const shop = await openByHand(lab, { name, yaml, port, ...(calls && { ask: caller().ask }) });
  await shop.adopt();
  await shop.held();
  return shop;
}

/** How it ended, and what its checks said last. */
async function ended(shop: ByHand, number: number): Promise<Record<string, unknown>> {
  const over = ({ outcome: is }: ReleaseStatus) => is !== undefined;
  const status = await shop.reach(number, 'its end', over, 200_000);
  const said = (status.evidence ?? []).map(({ check, because }) => [check, because]);
  const { outcome, because } = status;
  return { outcome, because, ...Object.fromEntries(said) };
}

const matching = (pattern: RegExp) => expect.stringMatching(pattern) as unknown;
const ALL_GOOD = /^candidate 0 of [1-9]\d+ bad .*, stable 0 of [1-9]\d+ bad/;
const COUNTED = /^candidate \d+ of [1-9]\d+ .*, stable \d+ of [1-9]\d+/;

test.concurrent.each(
  CASES.map((one) => ({ ...one, users: one.calls ? 'calls of gRPC' : 'requests' })),
)(
  'preset: $preset promotes a good version of $example, and takes one back that fails: by $users',
  async (one) => {
    const shop = await open(one);
    const more = shop.moreLoad({ perSecond: 50 });
    try {
      // Of what pods do while they are cold a preset that says no more takes no notice.
      const cold = one.warmup === undefined ? COLD : {};
      await shop.write(shop.name, 'segue-demo:v2', cold);
      expect(await ended(shop, 1)).toEqual({
        outcome: 'Promoted',
        errors: matching(ALL_GOOD),
        latency: matching(COUNTED),
      });

      await shop.write(shop.name, 'segue-demo:v3', { FAULT_PERCENT: '50' });
      expect(await ended(shop, 2)).toEqual({
        outcome: 'Aborted',
        errors: expect.any(String),
        latency: expect.any(String),
        because: matching(/^check errors failed: candidate [1-9]\d* of \d+ bad/),
      });
    } finally {
      more.stop();
      shop.load.stop();
    }
  },
  420_000,
);
