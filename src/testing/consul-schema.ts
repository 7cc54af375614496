/**
 * ServiceSplitter, ServiceResolver and ServiceRouter of consul.hashicorp.com/v1alpha1: every field of the
 * CustomResourceDefinitions of Consul on Kubernetes 2.0, and no other, with the limits that its documentation names and
 * what its webhooks refuse.
 */
import * as z from 'zod';

/** As Go writes it: `1m30s`. */
const duration = z.string().regex(/^([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+$/);
const subsetName = z.string().regex(/^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/);
const headers = z.strictObject({
  add: z.record(z.string(), z.string()).optional(),
  set: z.record(z.string(), z.string()).optional(),
  remove: z.array(z.string()).optional(),
});

export const splitterSpec = z.strictObject({
  splits: z
    .array(
      z.strictObject({
        weight: z
          .number()
          .refine((weight) => weight === 0 || (weight >= 0.01 && weight <= 100))
          .optional(),
        service: z.string().optional(),
        serviceSubset: subsetName.optional(),
        namespace: z.string().optional(),
        partition: z.string().optional(),
        requestHeaders: headers.optional(),
        responseHeaders: headers.optional(),
      }),
    )
    .refine((splits) => splits.reduce((sum, { weight = 0 }) => sum + weight, 0) === 100),
});

const redirect = z.strictObject({
  service: z.string().optional(),
  serviceSubset: subsetName.optional(),
  namespace: z.string().optional(),
  partition: z.string().optional(),
  datacenter: z.string().optional(),
  peer: z.string().optional(),
  samenessGroup: z.string().optional(),
});
const failoverTarget = z.strictObject({
  service: z.string().optional(),
  serviceSubset: subsetName.optional(),
  namespace: z.string().optional(),
  partition: z.string().optional(),
  datacenter: z.string().optional(),
  peer: z.string().optional(),
});
const failover = z
  .strictObject({
    service: z.string().optional(),
    serviceSubset: subsetName.optional(),
    namespace: z.string().optional(),
    datacenters: z.array(z.string()).optional(),
    targets: z.array(failoverTarget).optional(),
    policy: z
      .strictObject({
        mode: z.enum(['', 'sequential', 'order-by-locality']).optional(),
        regions: z.array(z.string()).optional(),
      })
      .optional(),
    samenessGroup: z.string().optional(),
  })
  .refine((given) => Object.keys(given).some((name) => name !== 'policy'), 'nowhere');
const hashPolicy = z
  .strictObject({
    field: z.enum(['header', 'cookie', 'query_parameter']).optional(),
    fieldValue: z.string().optional(),
    cookieConfig: z
      .strictObject({
        path: z.string().optional(),
        session: z.boolean().optional(),
        ttl: duration.optional(),
      })
      .refine(({ session, ttl }) => !session || ttl === undefined)
      .optional(),
    sourceIP: z.boolean().optional(),
    terminal: z.boolean().optional(),
  })
  .refine(({ sourceIP, field, fieldValue }) => !sourceIP || (field ?? fieldValue) === undefined);
const LOAD_BALANCERS = ['random', 'round_robin', 'least_request', 'ring_hash', 'maglev'] as const;

export const resolverSpec = z.strictObject({
  defaultSubset: subsetName.optional(),
  subsets: z
    .record(
      subsetName,
      z.strictObject({ filter: z.string().optional(), onlyPassing: z.boolean().optional() }),
    )
    .optional(),
  redirect: redirect.optional(),
  failover: z.record(z.union([z.literal('*'), subsetName]), failover).optional(),
  connectTimeout: duration.optional(),
  requestTimeout: duration.optional(),
  prioritizeByLocality: z.strictObject({ mode: z.enum(['', 'none', 'failover']) }).optional(),
  loadBalancer: z
    .strictObject({
      policy: z.enum(['', ...LOAD_BALANCERS]).optional(),
      ringHashConfig: z
        .strictObject({
          minimumRingSize: z.int().min(0).optional(),
          maximumRingSize: z.int().min(0).optional(),
        })
        .optional(),
      leastRequestConfig: z.strictObject({ choiceCount: z.int().min(0).optional() }).optional(),
      hashPolicies: z.array(hashPolicy).optional(),
    })
    .optional(),
});

type Asked = Record<string, unknown>;
const WAYS = ['present', 'exact', 'prefix', 'suffix', 'regex'];
const one = (asked: Asked) => WAYS.filter((way) => asked[way] !== undefined).length === 1;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE'];
const path = z.string().startsWith('/').optional();

const http = z
  .strictObject({
    pathExact: path,
    pathPrefix: path,
    pathRegex: z.string().optional(),
    caseInsensitive: z.boolean().optional(),
    header: z
      .array(
        z
          .strictObject({
            name: z.string().min(1),
            present: z.boolean().optional(),
            exact: z.string().optional(),
            prefix: z.string().optional(),
            suffix: z.string().optional(),
            regex: z.string().optional(),
            invert: z.boolean().optional(),
          })
          .refine(one),
      )
      .optional(),
    queryParam: z
      .array(
        z
          .strictObject({
            name: z.string().min(1),
            present: z.boolean().optional(),
            exact: z.string().optional(),
            regex: z.string().optional(),
          })
          .refine(one),
      )
      .optional(),
    methods: z.array(z.enum(METHODS)).optional(),
  })
  .refine(({ pathExact, pathPrefix, pathRegex }) => {
    const paths = [pathExact, pathPrefix, pathRegex].filter((is) => is !== undefined);
    return paths.length < 2;
  });

export const routerSpec = z.strictObject({
  routes: z
    .array(
      z
        .strictObject({
          match: z.strictObject({ http: http.optional() }).optional(),
          destination: z
            .strictObject({
              service: z.string().optional(),
              serviceSubset: subsetName.optional(),
              namespace: z.string().optional(),
              partition: z.string().optional(),
              prefixRewrite: z.string().optional(),
              idleTimeout: duration.optional(),
              requestTimeout: duration.optional(),
              numRetries: z.int().min(0).optional(),
              retryOn: z.array(z.string()).optional(),
              retryOnConnectFailure: z.boolean().optional(),
              retryOnStatusCodes: z.array(z.int()).optional(),
              requestHeaders: headers.optional(),
              responseHeaders: headers.optional(),
            })
            .optional(),
        })
        .refine(({ match, destination }) => {
          const { pathExact, pathPrefix } = match?.http ?? {};
          return !destination?.prefixRewrite || pathExact || pathPrefix;
        }),
    )
    .optional(),
});
