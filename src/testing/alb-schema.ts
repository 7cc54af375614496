/**
 * The JSON in annotations of an Ingress that AWS Load Balancer Controller 3.x reads: actions, conditions and transforms,
 * with every field of its guide and the limits that a load balancer has. Names of fields are taken in any case, as the
 * controller does, and no others.
 */
import * as z from 'zod';
import type { KubeObject } from '../api/object.ts';

function inSmall(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [name.toLowerCase(), field as unknown]),
  );
}

/** An object with these fields, in any case. */
function fields(shape: z.ZodRawShape) {
  const small = Object.entries(shape).map(([name, field]) => [name.toLowerCase(), field] as const);
  return z.preprocess(inSmall, z.strictObject(Object.fromEntries(small)));
}

type Read = Record<string, unknown>;
const read = (value: unknown): Read => value as Read;
const isSet = (one: unknown): boolean => one !== undefined;

const targetGroup = fields({
  serviceName: z.string().min(1).optional(),
  servicePort: z.union([z.int(), z.string().min(1)]).optional(),
  targetGroupARN: z.string().min(1).optional(),
  targetGroupName: z.string().min(1).optional(),
  weight: z.int().min(0).max(999).optional(),
}).refine((given) => {
  const { servicename, serviceport, targetgrouparn, targetgroupname } = read(given);
  const made = isSet(targetgrouparn) || isSet(targetgroupname);
  return isSet(servicename) !== made && isSet(servicename) === isSet(serviceport);
}, 'a Service with a port, or a target group');

const forwardConfig = fields({
  targetGroups: z
    .array(targetGroup)
    .min(1)
    .max(5)
    // Among several each says its weight.
    .refine((all) => all.length === 1 || all.every((one) => isSet(read(one)['weight']))),
  targetGroupStickinessConfig: fields({
    enabled: z.boolean().optional(),
    durationSeconds: z.int().min(1).max(604_800).optional(),
  }).optional(),
});

const redirectConfig = fields({
  host: z.string().max(128).optional(),
  path: z.string().startsWith('/').max(128).optional(),
  port: z.string().optional(),
  protocol: z.enum(['HTTP', 'HTTPS', '#{protocol}']).optional(),
  query: z.string().max(128).optional(),
  statusCode: z.enum(['HTTP_301', 'HTTP_302']),
});

const fixedResponseConfig = fields({
  contentType: z
    .enum(['text/plain', 'text/css', 'text/html', 'application/javascript', 'application/json'])
    .optional(),
  messageBody: z.string().max(1024).optional(),
  statusCode: z.string().regex(/^[245]\d\d$/),
});

const action = fields({
  type: z.enum(['forward', 'redirect', 'fixed-response']),
  targetGroupARN: z.string().min(1).optional(),
  targetGroupName: z.string().min(1).optional(),
  forwardConfig: forwardConfig.optional(),
  redirectConfig: redirectConfig.optional(),
  fixedResponseConfig: fixedResponseConfig.optional(),
}).refine((given) => {
  const { type, forwardconfig, redirectconfig, fixedresponseconfig, ...made } = read(given);
  if (type === 'redirect') return isSet(redirectconfig);
  if (type === 'fixed-response') return isSet(fixedresponseconfig);
  return isSet(forwardconfig) !== Object.values(made).some(isSet);
}, 'what its type is configured by');

const VALUES_MAX = 3;
const value = z.string().min(1).max(128);
const list = z.array(value).min(1).max(VALUES_MAX);
const either = (given: unknown): boolean =>
  isSet(read(given)['values']) !== isSet(read(given)['regexvalues']);
const patterns = { values: list.optional(), regexValues: list.optional() };

/** By what each field is configured. */
const CONFIGS = {
  'host-header': 'hostHeaderConfig',
  'http-header': 'httpHeaderConfig',
  'http-request-method': 'httpRequestMethodConfig',
  'path-pattern': 'pathPatternConfig',
  'query-string': 'queryStringConfig',
  'source-ip': 'sourceIPConfig',
} as const;

const condition = fields({
  field: z.enum(Object.keys(CONFIGS) as (keyof typeof CONFIGS)[]),
  hostHeaderConfig: fields(patterns).refine(either).optional(),
  httpHeaderConfig: fields({ httpHeaderName: z.string().min(1).max(40), ...patterns })
    .refine(either)
    .optional(),
  httpRequestMethodConfig: fields({
    values: z
      .array(z.string().regex(/^[A-Z_-]{1,40}$/))
      .min(1)
      .max(VALUES_MAX),
  }).optional(),
  pathPatternConfig: fields(patterns).refine(either).optional(),
  queryStringConfig: fields({
    values: z
      .array(fields({ key: value.optional(), value }))
      .min(1)
      .max(VALUES_MAX),
  }).optional(),
  sourceIPConfig: fields({
    values: z
      .array(z.union([z.cidrv4(), z.cidrv6()]))
      .min(1)
      .max(VALUES_MAX),
  }).optional(),
}).refine((given) => {
  const { field, ...configs } = read(given);
  const wanted = CONFIGS[field as keyof typeof CONFIGS].toLowerCase();
  return Object.keys(configs).every((one) => one === wanted) && isSet(configs[wanted]);
}, 'what its field is configured by, and nothing else');

/** Of a rule: those that there is one of, and those that there may be several of, all written in one way. */
const conditions = z
  .array(condition)
  .refine((all) => {
    const given = all.map((one) => String(read(one)['field']));
    const single = given.filter((one) => one !== 'http-header' && one !== 'query-string');
    return new Set(single).size === single.length;
  }, 'two conditions of a kind')
  .refine((all) => {
    const ways = all.flatMap((one) => {
      const { field, ...configs } = read(one);
      return Object.values(configs).map((config) => [field, isSet(read(config)['regexvalues'])]);
    });
    return new Set(ways.map(String)).size === new Set(ways.map(([field]) => field)).size;
  }, 'values and regexValues of a kind');

const rewrites = fields({
  rewrites: z.array(fields({ regex: z.string().min(1), replace: z.string() })).length(1),
});
const transforms = z
  .array(
    z.union([
      fields({ type: z.literal('url-rewrite'), urlRewriteConfig: rewrites }),
      fields({ type: z.literal('host-header-rewrite'), hostHeaderRewriteConfig: rewrites }),
    ]),
  )
  .max(2);

const SCHEMAS: Record<string, z.ZodType> = { actions: action, conditions, transforms };
const KEY = /^alb\.ingress\.kubernetes\.io\/(actions|conditions|transforms)\.(.*)$/;
/** The part of the key of an annotation that comes after the slash. */
const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** What the controller, or the load balancer, would not take of the annotations of an Ingress. */
export function albProblems({ metadata }: KubeObject): unknown[] {
  return Object.entries(metadata.annotations ?? {}).flatMap(([key, text]) => {
    const [, kind = '', name = ''] = KEY.exec(key) ?? [];
    const schema = SCHEMAS[kind];
    if (!schema) return [];
    const issues = schema.safeParse(JSON.parse(text)).error?.issues ?? [];
    return NAME.test(`${kind}.${name}`) ? issues : [...issues, key];
  });
}
