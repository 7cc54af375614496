/**
 * ApisixRoute of apisix.apache.org/v2, as the API reference of APISIX Ingress Controller 2.2 has it: every field of its
 * spec, and no other.
 */
import * as z from 'zod';

const OPERATORS = ['Equal', 'NotEqual', 'GreaterThan', 'GreaterThanEqual', 'LessThan'] as const;
const MORE_OPERATORS = [
  'LessThanEqual',
  'RegexMatch',
  'RegexNotMatch',
  'RegexMatchCaseInsensitive',
  'RegexNotMatchCaseInsensitive',
] as const;
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'CONNECT', 'TRACE'];

/** As Go writes it: `1m30s`. */
const duration = z.string().regex(/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/);
const port = z.union([z.int().min(1).max(65_535), z.string().min(1)]);

const subject = z.union([
  z.strictObject({ scope: z.literal('Path'), name: z.string().optional() }),
  z.strictObject({
    scope: z.enum(['Header', 'Query', 'Cookie', 'Variable', 'Body']),
    name: z.string().min(1),
  }),
]);
/** One value, or a set of them. */
const expression = z.union([
  z.strictObject({ subject, op: z.enum([...OPERATORS, ...MORE_OPERATORS]), value: z.string() }),
  z.strictObject({ subject, op: z.enum(['In', 'NotIn']), set: z.array(z.string()).min(1) }),
]);

/** What the plugin proxy-mirror takes: a scheme, a name or an address, and a port. */
const mirrorConfig = z.strictObject({
  host: z.string().regex(/^https?:\/\/([\da-zA-Z.-]+|\[[\da-fA-F:]+\])(:\d+)?$/),
  path: z.string().startsWith('/').optional(),
  path_concat_mode: z.enum(['replace', 'prefix']).optional(),
  sample_ratio: z.number().min(0.00001).max(1).optional(),
});
/** The config of other plugins is theirs. */
const plugin = z
  .strictObject({
    name: z.string().min(1),
    enable: z.boolean().optional(),
    config: z.record(z.string(), z.unknown()).optional(),
    secretRef: z.string().optional(),
  })
  .refine(({ name, config }) => name !== 'proxy-mirror' || mirrorConfig.safeParse(config).success);
/** Of each there is one, by its name. */
const plugins = z
  .array(plugin)
  .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'names');

const backend = z.strictObject({
  serviceName: z.string().min(1),
  servicePort: port,
  resolveGranularity: z.enum(['endpoint', 'endpoints', 'service']).optional(),
  weight: z.int().min(0).optional(),
  subset: z.string().optional(),
});

const httpMatch = z.strictObject({
  paths: z.array(z.string().startsWith('/')).min(1),
  methods: z.array(z.enum(METHODS)).optional(),
  hosts: z.array(z.string().regex(/^(\*\.)?[^*]+$/)).optional(),
  remoteAddrs: z.array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()])).optional(),
  exprs: z.array(expression).optional(),
  filter_func: z.string().optional(),
});

const authentication = z.strictObject({
  enable: z.boolean(),
  type: z.enum(['basicAuth', 'keyAuth', 'wolfRBAC', 'jwtAuth', 'hmacAuth', 'ldapAuth']),
  keyAuth: z.strictObject({ header: z.string().optional() }).optional(),
  jwtAuth: z
    .strictObject({
      header: z.string().optional(),
      query: z.string().optional(),
      cookie: z.string().optional(),
    })
    .optional(),
  ldapAuth: z
    .strictObject({
      base_dn: z.string().optional(),
      ldap_uri: z.string().optional(),
      use_tls: z.boolean().optional(),
      uid: z.string().optional(),
    })
    .optional(),
});

const httpRule = z.strictObject({
  name: z.string().min(1),
  priority: z.int().optional(),
  timeout: z
    .strictObject({
      connect: duration.optional(),
      send: duration.optional(),
      read: duration.optional(),
    })
    .optional(),
  match: httpMatch,
  backends: z.array(backend).optional(),
  upstreams: z
    .array(z.strictObject({ name: z.string().optional(), weight: z.int().min(0).optional() }))
    .optional(),
  websocket: z.boolean().optional(),
  plugin_config_name: z.string().optional(),
  plugin_config_namespace: z.string().optional(),
  plugins: plugins.optional(),
  authentication: authentication.optional(),
});

const streamRule = z.strictObject({
  name: z.string().min(1),
  protocol: z.enum(['TCP', 'UDP']),
  match: z.strictObject({ ingressPort: z.int().min(1).max(65_535), host: z.string().optional() }),
  backend: z.strictObject({
    serviceName: z.string().min(1),
    servicePort: port,
    resolveGranularity: z.enum(['endpoint', 'service']).optional(),
    subset: z.string().optional(),
  }),
  plugins: plugins.optional(),
});

export const apisixRouteSpec = z.strictObject({
  ingressClassName: z.string().optional(),
  http: z
    .array(httpRule)
    .refine((list) => new Set(list.map(({ name }) => name)).size === list.length, 'names')
    .optional(),
  stream: z.array(streamRule).optional(),
});
