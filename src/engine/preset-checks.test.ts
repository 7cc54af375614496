import { describe, expect, test } from 'vitest';
import { type CheckTemplateSpec, checkTemplateSpecSchema } from '../api/check-template.ts';
import { PRESET_NAMES } from '../api/preset.ts';
import { writtenPolicySpecSchema } from '../api/policy.ts';
import { formatProblem } from '../api/problem.ts';
import { releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import type { Templates } from './check-templates.ts';
import { effectiveProblems, validateDefaults } from './defaults-problems.ts';
import { addedByDefaults, effectiveBy } from './effective-policy.ts';
import { validateTemplate } from './template-problems.ts';

type Loose = Record<string, unknown>;

const HERE = { prometheus: { address: 'http://prometheus:9090' } };
const PAGE = { scrape: { address: 'http://gateway:9100/metrics' } };

const ISTIO = [{ istio: { virtualService: 'web' } }];
const GRPC_ERRORS = { name: 'errors', preset: 'grpc', of: 'errors' };
const CALLS = [{ gatewayAPI: { grpcRoute: 'web' } }];

interface Beside {
  metrics?: unknown;
  routers?: Loose[];
  general?: Loose;
  templates?: Record<string, Loose>;
}

function made(checks: Loose[], { metrics, general, routers = ISTIO, templates = {} }: Beside = {}) {
  const written = writtenPolicySpecSchema.parse({
    targetRef: { name: 'web' },
    traffic: { services: [{ name: 'web' }], routers },
    strategy: { canary: { stages: [{ weight: 10, hold: '1m' }] } },
    checks,
    ...(metrics !== undefined && { metrics }),
  });
  const read: Templates = (name) => ({ spec: template(templates[name] ?? {}) });
  const defaults = general && releaseDefaultsSpecSchema.parse(general);
  const { spec, others } = effectiveBy(written, { defaults, templates: read });
  return { spec, others, problems: effectiveProblems(spec, others).map(formatProblem) };
}

const template = (check: Loose): CheckTemplateSpec => checkTemplateSpecSchema.parse({ check });

const checksOf = (...given: Parameters<typeof made>) => made(...given).spec.checks;
const problemsOf = (...given: Parameters<typeof made>) => made(...given).problems;

test('a preset alone is two checks, held against stable', () => {
  const { spec, problems } = made([{ preset: 'istio' }], { metrics: HERE });
  expect(problems).toEqual([]);
  const looked = { scope: 'Version', interval: '10s', window: '1m' };
  const selected = 'namespace="{{namespace}}",pod=~"{{pods}}",reporter="destination"';
  expect(spec.checks).toEqual([
    {
      name: 'errors',
      compare: {},
      warmup: '1m',
      prometheus: {
        address: 'http://prometheus:9090',
        total: `istio_requests_total{${selected}}`,
        good: `istio_requests_total{${selected},response_code!~"5..",grpc_response_status!~"2|4|12|13|14|15"}`,
      },
      ...looked,
    },
    {
      name: 'latency',
      compare: {},
      warmup: '1m',
      prometheus: {
        address: 'http://prometheus:9090',
        histogram: `istio_request_duration_milliseconds{${selected}}`,
      },
      ...looked,
    },
  ]);
});

test('what each preset asks a Prometheus', () => {
  const asked = PRESET_NAMES.filter((name) => name !== 'kong').map((preset) => {
    const [errors, latency] = checksOf([{ preset }], { metrics: HERE });
    const { total, bad, good } = errors?.prometheus ?? {};
    return [preset, total, bad ?? `good: ${good}`, latency?.prometheus?.histogram].join('\n  ');
  });
  expect(asked.join('\n')).toMatchInlineSnapshot(`
    "istio
      istio_requests_total{namespace="{{namespace}}",pod=~"{{pods}}",reporter="destination"}
      good: istio_requests_total{namespace="{{namespace}}",pod=~"{{pods}}",reporter="destination",response_code!~"5..",grpc_response_status!~"2|4|12|13|14|15"}
      istio_request_duration_milliseconds{namespace="{{namespace}}",pod=~"{{pods}}",reporter="destination"}
    linkerd
      response_total{namespace="{{namespace}}",pod=~"{{pods}}",direction="inbound",route_name!="probe",srv_port!="4191"}
      response_total{namespace="{{namespace}}",pod=~"{{pods}}",direction="inbound",route_name!="probe",srv_port!="4191",classification="failure"}
      response_latency_ms{namespace="{{namespace}}",pod=~"{{pods}}",direction="inbound",route_name!="probe",srv_port!="4191"}
    ingress-nginx
      nginx_ingress_controller_requests{namespace="{{namespace}}",service=~"{{service}}|{{service}}-stable",canary=~"{{canary}}"}
      nginx_ingress_controller_requests{namespace="{{namespace}}",service=~"{{service}}|{{service}}-stable",canary=~"{{canary}}",status=~"5.."}
      nginx_ingress_controller_request_duration_seconds{namespace="{{namespace}}",service=~"{{service}}|{{service}}-stable",canary=~"{{canary}}"}
    gateway
      envoy_cluster_upstream_rq{envoy_cluster_name=~"(|.*[^a-z0-9-]){{namespace}}[^a-z0-9-]{{versionService}}(|[^a-z0-9-].*)"}
      envoy_cluster_upstream_rq{envoy_cluster_name=~"(|.*[^a-z0-9-]){{namespace}}[^a-z0-9-]{{versionService}}(|[^a-z0-9-].*)",envoy_response_code=~"5.."}
      envoy_cluster_upstream_rq_time{envoy_cluster_name=~"(|.*[^a-z0-9-]){{namespace}}[^a-z0-9-]{{versionService}}(|[^a-z0-9-].*)"}
    traefik
      traefik_service_requests_total{service=~"{{namespace}}-{{versionService}}-.+@kubernetes.*"}
      traefik_service_requests_total{service=~"{{namespace}}-{{versionService}}-.+@kubernetes.*",code=~"5.."}
      traefik_service_request_duration_seconds{service=~"{{namespace}}-{{versionService}}-.+@kubernetes.*"}
    contour
      envoy_cluster_upstream_rq{envoy_cluster_name=~"{{namespace}}_{{versionService}}_.+"}
      envoy_cluster_upstream_rq{envoy_cluster_name=~"{{namespace}}_{{versionService}}_.+",envoy_response_code=~"5.."}
      envoy_cluster_upstream_rq_time{envoy_cluster_name=~"{{namespace}}_{{versionService}}_.+"}
    apisix
      apisix_http_status{node=~"{{ips}}"}
      apisix_http_status{node=~"{{ips}}",code=~"5.."}
      apisix_http_latency{node=~"{{ips}}",type="request"}
    consul
      envoy_cluster_upstream_rq{namespace="{{namespace}}",pod=~"{{pods}}",envoy_cluster_name="local_app"}
      envoy_cluster_upstream_rq{namespace="{{namespace}}",pod=~"{{pods}}",envoy_cluster_name="local_app",envoy_response_code=~"5.."}
      envoy_cluster_upstream_rq_time{namespace="{{namespace}}",pod=~"{{pods}}",envoy_cluster_name="local_app"}
    http
      http_requests_total{namespace="{{namespace}}",pod=~"{{pods}}"}
      good: http_requests_total{namespace="{{namespace}}",pod=~"{{pods}}",code!~"5..",status!~"5..",status_code!~"5.."}
      http_request_duration_seconds{namespace="{{namespace}}",pod=~"{{pods}}"}
    grpc
      grpc_server_handled_total{namespace="{{namespace}}",pod=~"{{pods}}"}
      grpc_server_handled_total{namespace="{{namespace}}",pod=~"{{pods}}",grpc_code=~"Unknown|UNKNOWN|DeadlineExceeded|DEADLINE_EXCEEDED|Unimplemented|UNIMPLEMENTED|Internal|INTERNAL|Unavailable|UNAVAILABLE|DataLoss|DATA_LOSS"}
      grpc_server_handling_seconds{namespace="{{namespace}}",pod=~"{{pods}}"}"
  `);
});

test('what the presets of pods ask the pages of the pods', () => {
  const asked = ['istio', 'linkerd', 'consul', 'http'].map((preset) => {
    const [errors, latency] = checksOf([{ preset, scrape: { pods: { port: 9090 } } }]);
    const { total, bad, good } = errors?.scrape ?? {};
    return [preset, total, bad ?? `good: ${good}`, latency?.scrape?.histogram].join('\n  ');
  });
  expect(asked.join('\n')).toMatchInlineSnapshot(`
    "istio
      istio_requests_total{reporter="destination"}
      good: istio_requests_total{reporter="destination",response_code!~"5..",grpc_response_status!~"2|4|12|13|14|15"}
      istio_request_duration_milliseconds{reporter="destination"}
    linkerd
      response_total{direction="inbound",route_name!="probe",srv_port!="4191"}
      response_total{direction="inbound",route_name!="probe",srv_port!="4191",classification="failure"}
      response_latency_ms{direction="inbound",route_name!="probe",srv_port!="4191"}
    consul
      envoy_cluster_upstream_rq{envoy_cluster_name="local_app"}
      envoy_cluster_upstream_rq{envoy_cluster_name="local_app",envoy_response_code=~"5.."}
      envoy_cluster_upstream_rq_time{envoy_cluster_name="local_app"}
    http
      http_requests_total
      good: http_requests_total{code!~"5..",status!~"5..",status_code!~"5.."}
      http_request_duration_seconds"
  `);
});

test('a gateway is asked by its own page as by a Prometheus', () => {
  const [byPage] = checksOf([{ preset: 'traefik', ...PAGE }]);
  const [byServer] = checksOf([{ preset: 'traefik' }], { metrics: HERE });
  expect(byPage?.scrape).toEqual({
    ...PAGE.scrape,
    total: byServer?.prometheus?.total,
    bad: byServer?.prometheus?.bad,
  });
});

test.each<[string, Loose, Loose]>([
  ['a limit in place of compare', { max: '1%' }, { max: '1%' }],
  ['an objective', { slo: { objective: '99%' } }, { slo: { objective: '99%' } }],
  ['a margin', { compare: { margin: 2 } }, { compare: { margin: 2 } }],
  ['an interval', { interval: '30s' }, { interval: '30s' }],
  [
    'a Prometheus of its own, and how it is reached',
    {
      prometheus: {
        address: 'http://mimir',
        headers: [{ name: 'X-Scope-OrgID', value: 'shop' }],
      },
    },
    {
      prometheus: expect.objectContaining({
        address: 'http://mimir',
        headers: [{ name: 'X-Scope-OrgID', value: 'shop' }],
        total: expect.stringContaining('http_requests_total'),
      }),
    },
  ],
])('beside it goes before: %s', (_what, own, expected) => {
  const { spec, problems } = made([{ name: 'ok', preset: 'http', of: 'errors', ...own }], {
    metrics: HERE,
  });
  expect(problems).toEqual([]);
  expect(spec.checks).toEqual([expect.objectContaining({ name: 'ok' })]);
  expect(spec.checks[0]).toMatchObject(expected);
  const isHeld = 'max' in own || 'slo' in own;
  expect('compare' in (spec.checks[0] ?? {})).toBe(!isHeld);
});

test.each<[string, Loose, string | undefined]>([
  ['a minute', {}, '1m'],
  ['a minute, by a limit too', { max: '1%' }, '1m'],
  ['as long as is written', { warmup: '5m' }, '5m'],
  ['not at all, where that is written', { warmup: '0s' }, '0s'],
  ['not at all beside pods that are as young', { compare: { baseline: 'Fresh' } }, undefined],
])('new pods warm up: %s', (_what, own, expected) => {
  const check = { preset: 'http', of: 'errors', scrape: { pods: { port: 9090 } }, ...own };
  expect(checksOf([{ name: 'ok', ...check }])[0]?.warmup).toBe(expected);
  const byTemplate = { name: 'ok', template: { name: 'mesh' } };
  expect(checksOf([byTemplate], { templates: { mesh: check } })[0]?.warmup).toBe(expected);
});

test('latency with a limit is held to the slowest 1 percent', () => {
  const latency = { name: 'p99', preset: 'istio', of: 'latency', max: '500ms' };
  const { spec, problems } = made([latency], { metrics: HERE });
  expect(problems).toEqual([]);
  expect(spec.checks[0]?.prometheus?.quantile).toBe('0.99');
});

test('the Prometheus of the namespace is asked, unless the policy has one', () => {
  const general = { metrics: { prometheus: { address: 'http://thanos' } } };
  const { spec, others, problems } = made([{ preset: 'http', of: 'errors' }], { general });
  expect(problems).toEqual([]);
  expect(spec.checks[0]).toMatchObject({
    name: 'errors',
    prometheus: { address: 'http://thanos' },
  });
  expect(addedByDefaults(others.origins)).toEqual(['Prometheus http://thanos']);
  const [own] = checksOf([{ preset: 'http' }], { general, metrics: HERE });
  expect(own?.prometheus?.address).toBe('http://prometheus:9090');
});

test('a check of a policy stands in for one that the preset of the namespace makes', () => {
  const general = { metrics: HERE, checks: [{ preset: 'istio' }] };
  const own = { name: 'errors', preset: 'linkerd', of: 'errors' };
  const { spec, problems } = made([own], { general });
  expect(problems).toEqual([]);
  expect(spec.checks.map((check) => check.name)).toEqual(['errors', 'latency']);
  expect(spec.checks[0]?.prometheus?.total).toContain('response_total');
  expect(spec.checks[1]?.prometheus?.histogram).toContain('istio_');
});

test('a template may name a preset', () => {
  const templates = { mesh: { preset: 'istio', of: 'errors', max: '1%' } };
  const own = { name: 'errors', template: { name: 'mesh' } };
  const { spec, problems } = made([own], { templates, metrics: HERE });
  expect(problems).toEqual([]);
  expect(spec.checks[0]).toMatchObject({ max: '1%', prometheus: HERE.prometheus });
  expect(validateTemplate(template(templates.mesh))).toEqual([]);
});

test('one that is not there is a problem of the template', () => {
  const problem =
    'there is no preset "isto"; write one of istio, linkerd, ingress-nginx, gateway, traefik, ' +
    'contour, apisix, consul, kong, http, grpc';
  const mesh = { preset: 'isto', of: 'errors' };
  expect(validateTemplate(template(mesh)).map(formatProblem)).toEqual([
    `spec.check.preset: ${problem}`,
  ]);
  const own = { name: 'errors', template: { name: 'mesh' } };
  expect(problemsOf([own], { templates: { mesh }, metrics: HERE })).toEqual([
    `CheckTemplate mesh: spec.check.preset: ${problem}`,
  ]);
});

test('done again it is the same', () => {
  const { spec } = made([{ preset: 'istio' }], { metrics: HERE });
  const again = effectiveBy(writtenPolicySpecSchema.parse(spec), {
    defaults: undefined,
    templates: () => ({ message: '', fix: '' }),
  });
  expect(again.spec).toEqual(spec);
});

test.each<[string, Loose, string[]]>([
  [
    'nowhere to measure',
    { preset: 'istio' },
    [
      'spec.checks[0].preset: does not say where it is measured; ' +
        'write metrics: { prometheus: { address: http://prometheus.monitoring:9090 } }, with the address of yours, ' +
        'under spec of the policy, or once for all under spec of the ReleaseDefaults default of the namespace; ' +
        'without a Prometheus write beside preset scrape: { pods: { port: 15090, path: /stats/prometheus } }',
    ],
  ],
  [
    'nowhere to measure what a gateway counts',
    { preset: 'traefik' },
    [
      expect.stringMatching(
        /write beside preset scrape: \{ address: http:\/\/GATEWAY:PORT\/metrics \}, the page of the gateway$/,
      ),
    ] as unknown as string[],
  ],
  [
    'one that cannot tell versions apart',
    { preset: 'kong' },
    [
      'spec.checks[0].preset: kong counts by service and route, and both versions are one service and one route of Kong; ' +
        'use http, linkerd, istio or consul, which count in the pods, or write queries',
    ],
  ],
  [
    'queries beside it',
    { preset: 'http', prometheus: { address: 'http://p', total: 'a' } },
    [
      'spec.checks[0].prometheus.total: cannot stand beside preset, which asks by itself; take it out, or take preset out',
    ],
  ],
  [
    'another source',
    { preset: 'http', web: { url: 'http://x' } },
    ['spec.checks[0].preset: is not for web; use prometheus or scrape, or write queries'],
  ],
  [
    'a name without of',
    { name: 'errors', preset: 'http' },
    ['spec.checks[0].of: does not say what the preset asks; write of: errors or of: latency'],
  ],
  [
    'of alone',
    { name: 'errors', of: 'errors', ...PAGE },
    ['spec.checks[0].of: means nothing without preset; name a preset, or take it out'],
  ],
  [
    'the pods of a version asked for what a gateway counts',
    { preset: 'traefik', scrape: { pods: { port: 80 } } },
    [
      'spec.checks[0].scrape.pods: have no metrics of this preset, which the gateway counts; ' +
        'write scrape: {address: ...}, the page of the gateway',
    ],
  ],
  [
    'one page asked for what each pod counts',
    { preset: 'istio', ...PAGE },
    [
      'spec.checks[0].scrape.address: cannot tell the versions apart by this preset, which is counted in each pod; ' +
        'write scrape: {pods: {port: ...}}, or ask a Prometheus',
    ],
  ],
  [
    'an address that is none',
    { preset: 'istio', prometheus: { address: 'prometheus' } },
    [expect.stringContaining('spec.checks[0].prometheus.address: ')] as unknown as string[],
  ],
])('%s is a problem, once', (_what, check, problems) =>
  expect(problemsOf([check])).toEqual(problems),
);

test('a check without a preset needs a name', () => {
  const asked = { total: 'a{h="{{hash}}"}', bad: 'b{h="{{hash}}"}' };
  const check = { prometheus: { ...HERE.prometheus, ...asked }, max: '1%' };
  expect(problemsOf([check])).toEqual([
    'spec.checks[0].name: is missing; write a name, other than preset',
  ]);
});

test('a problem of the Prometheus of the namespace is told where that is written', () => {
  const general = { metrics: { prometheus: { address: 'nowhere' } } };
  expect(problemsOf([{ preset: 'http' }], { general })).toEqual([
    expect.stringContaining('ReleaseDefaults default: spec.metrics.prometheus.address: '),
  ]);
});

test('places are those where checks were written, though a preset makes two', () => {
  const second = { name: 'b', prometheus: HERE.prometheus, max: '1%' };
  const problems = problemsOf([{ preset: 'http' }, second], { metrics: HERE });
  expect(problems).toEqual([expect.stringContaining('spec.checks[1].prometheus: ')]);
});

test('ReleaseDefaults may leave to policies which Prometheus is asked, and nothing else', () => {
  const problems = (checks: Loose[]) =>
    validateDefaults(releaseDefaultsSpecSchema.parse({ checks })).map(formatProblem);
  expect(problems([{ preset: 'istio' }])).toEqual([]);
  expect(problems([{ preset: 'kong' }])).toEqual([
    expect.stringMatching(/^spec\.checks\[0\]\.preset: kong counts/),
  ]);
});

const MISSED =
  'counts a failed call of gRPC as a good request, as its status of HTTP is 200, and no other check sees it fail; ' +
  'write preset: grpc, which asks grpc_server_handled_total of the pods, or in a mesh istio or linkerd, or add a ' +
  'check with queries that count failed calls';

describe('where calls of gRPC are released', () => {
  const given = { metrics: HERE, routers: CALLS };
  const SEEING = ['istio', 'linkerd', 'grpc'];
  const blind = PRESET_NAMES.filter((name) => name !== 'kong' && !SEEING.includes(name));
  const own = {
    name: 'calls',
    prometheus: { ...HERE.prometheus, total: 'a{h="{{hash}}"}', bad: 'b{h="{{hash}}"}' },
    max: '1%',
  };

  test.each(SEEING)('%s sees them fail', (preset) =>
    expect(problemsOf([{ preset }], given)).toEqual([]),
  );

  test.each(blind)('%s does not, and is refused once', (preset) =>
    expect(problemsOf([{ preset }], given)).toEqual([`spec.checks[0].preset: ${preset} ${MISSED}`]),
  );

  test('nor where only one of several routes has them', () => {
    const routers = [{ gatewayAPI: { httpRoute: 'web' } }, ...CALLS];
    expect(problemsOf([{ preset: 'gateway' }], { ...given, routers })).toHaveLength(1);
  });

  test.each<[string, Loose[]]>([
    ['a check of its own sees them', [{ preset: 'gateway' }, own]],
    ['another preset sees them', [{ preset: 'gateway', of: 'latency' }, GRPC_ERRORS]],
    ['it is asked for times only', [{ preset: 'gateway', of: 'latency' }]],
    ['nothing hangs on it', [{ preset: 'gateway', of: 'errors', dryRun: true }]],
  ])('it may stay where %s', (_what, checks) => expect(problemsOf(checks, given)).toEqual([]));

  test('a check on which nothing hangs sees nothing', () =>
    expect(problemsOf([{ preset: 'gateway' }, { ...own, dryRun: true }], given)).toEqual([
      `spec.checks[0].preset: gateway ${MISSED}`,
    ]));

  test('it is told where the preset is written', () => {
    const templates = { edge: { preset: 'gateway', of: 'errors' } };
    const check = { name: 'errors', template: { name: 'edge' } };
    expect(problemsOf([check], { ...given, templates })).toEqual([
      `CheckTemplate edge: spec.check.preset: gateway ${MISSED}`,
    ]);
    const general = { metrics: HERE, checks: [{ preset: 'http' }] };
    expect(problemsOf([], { routers: CALLS, general })).toEqual([
      expect.stringMatching(
        /^ReleaseDefaults default: spec\.checks\[0\]\.preset: http counts .*or say it otherwise in the policy$/,
      ),
    ]);
  });
});
