/**
 * HTTPRoute of policy.linkerd.io/v1beta3: every field of the CustomResourceDefinition of Linkerd 2.20, and no other, with
 * its limits.
 */
import * as z from 'zod';

const LABELS = /^$|^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const HOST = /^(\*\.)?[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const HEADER = /^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$/;
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];
const MOST = 16;

const port = z.int().min(1).max(65_535);
const name = z.string().min(1).max(253);
const group = z.string().max(253).regex(LABELS);
const kind = z
  .string()
  .max(63)
  .regex(/^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/);
const namespace = z.string().max(63).regex(LABEL);

/** A list that the server keeps by name: of each there is one. */
function byName<Item extends z.ZodType<{ name: string }>>(item: Item) {
  return z
    .array(item)
    .max(MOST)
    .refine((all) => new Set(all.map((one) => one.name)).size === all.length, 'names');
}

const header = z.strictObject({
  name: z.string().max(256).regex(HEADER),
  value: z.string().min(1).max(4096),
});
const headerModifier = z.strictObject({
  set: byName(header).optional(),
  add: byName(header).optional(),
  remove: z.array(z.string()).max(MOST).optional(),
});
const requestRedirect = z.strictObject({
  scheme: z.enum(['http', 'https']).optional(),
  hostname: name.regex(LABELS).optional(),
  path: z
    .strictObject({
      type: z.enum(['ReplaceFullPath', 'ReplacePrefixMatch']),
      replaceFullPath: z.string().max(1024).optional(),
      replacePrefixMatch: z.string().max(1024).optional(),
    })
    .optional(),
  port: port.optional(),
  statusCode: z.union([z.literal(301), z.literal(302)]).optional(),
});
const RULES = ['RequestHeaderModifier', 'RequestRedirect'] as const;

/** Of a rule or of a destination, which may change headers of answers too. */
const filters = (types: readonly string[]) =>
  z
    .array(
      z.strictObject({
        type: z.enum(types),
        requestHeaderModifier: headerModifier.optional(),
        requestRedirect: requestRedirect.optional(),
        ...(types.includes('ResponseHeaderModifier') && {
          responseHeaderModifier: headerModifier.optional(),
        }),
      }),
    )
    .max(MOST);

const value = (named: z.ZodString, most: number) =>
  z.strictObject({
    type: z.enum(['Exact', 'RegularExpression']).optional(),
    name: named.max(256),
    value: z.string().min(1).max(most),
  });
const match = z.strictObject({
  path: z
    .strictObject({
      type: z.enum(['Exact', 'PathPrefix', 'RegularExpression']).optional(),
      value: z.string().max(1024).optional(),
    })
    .optional(),
  method: z.enum(METHODS).optional(),
  headers: byName(value(z.string().regex(HEADER), 4096)).optional(),
  queryParams: byName(value(z.string().min(1), 1024)).optional(),
});
/** As the Gateway API writes them: `1h30m`. */
const duration = z.string().regex(/^([0-9]{1,5}(h|m|s|ms)){1,4}$/);

export const linkerdRouteSpec = z.strictObject({
  hostnames: z.array(name.regex(HOST)).max(MOST).optional(),
  parentRefs: z
    .array(
      z.strictObject({
        group: group.optional(),
        kind: kind.optional(),
        namespace: namespace.optional(),
        name,
        sectionName: name.regex(LABELS).optional(),
        port: port.optional(),
      }),
    )
    .max(32)
    .optional(),
  rules: z
    .array(
      z.strictObject({
        matches: z.array(match).max(8).optional(),
        filters: filters(RULES).optional(),
        backendRefs: z
          .array(
            z.strictObject({
              group: group.optional(),
              kind: kind.optional(),
              namespace: namespace.optional(),
              name,
              port: port.optional(),
              weight: z.int().min(0).max(1_000_000).optional(),
              filters: filters([...RULES, 'ResponseHeaderModifier']).optional(),
            }),
          )
          .max(MOST)
          .optional(),
        timeouts: z
          .strictObject({ request: duration.optional(), backendRequest: duration.optional() })
          .optional(),
      }),
    )
    .max(MOST)
    .optional(),
});
