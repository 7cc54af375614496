/** Which requests are meant: by header, cookie, query, path, method or who sends them, as a policy and a Release say it. */
import * as z from 'zod';

/** What a token may consist of (RFC 9110, 5.6.2): names of headers and of cookies. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

const value = (of: string) => ({
  exact: z.string().min(1).max(1024).optional().describe(`The whole ${of}.`),
  regex: z
    .string()
    .min(1)
    .max(1024)
    .optional()
    .describe(`A regular expression (RE2) that the whole ${of} matches.`),
});

const token = (of: string) =>
  z
    .string()
    .min(1)
    .max(256)
    .regex(TOKEN, `the name of a ${of}; write letters, digits and dashes`)
    .describe(`Name of the ${of}.`);

const list = <Item extends z.ZodType>(item: Item, what: string) =>
  z
    .array(item)
    .min(1)
    .max(8)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] })
    .describe(what);

/** Those of RFC 9110 and RFC 5789, which every router that looks at methods knows. */
const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
] as const;

/** Characters that all routers read as they are written, so without percent-encoding. */
const PATH = /^\/[A-Za-z0-9._~!$&'()*+,;=:@/-]*$/;

const path = (what: string) =>
  z
    .string()
    .min(1)
    .max(1024)
    .regex(PATH, 'a path; begin it with /, and leave the query and % out')
    .optional()
    .describe(what);

const pathMatch = z
  .strictObject({
    exact: path('The whole path.'),
    prefix: path('Its first parts: `/shop` is /shop and /shop/cart, and not /shopping.'),
    regex: value('path').regex,
  })
  .describe('The path of the request, without its query. Exactly one field.');

const requestMatch = z.strictObject({
  headers: list(
    z.strictObject({ name: token('header'), ...value('value') }),
    'Headers, all of them.',
  ),
  cookie: z
    .strictObject({ name: token('cookie'), ...value('value') })
    .optional()
    .describe('A cookie.'),
  query: list(
    z.strictObject({
      name: z.string().min(1).max(256).describe('Name of the parameter.'),
      ...value('value'),
    }),
    'Parameters of the query, all of them.',
  ),
  path: pathMatch.optional(),
  method: z.enum(METHODS).optional().describe('The method of the request.'),
  sourceLabels: z
    .record(z.string(), z.string())
    .optional()
    .describe('Labels of the pod in the mesh that sends it, all of them.'),
});

/** A list is an or, the fields of one entry are an and. */
export const requestMatches = (description: string) =>
  z.array(requestMatch).min(1).max(32).describe(description);

/** Where in a list of matches exactly one of some fields must be set. */
export const MATCH_CHOICES: { at: string[]; fields: string[] }[] = [
  ...[['headers', '[]'], ['cookie'], ['query', '[]']].map((at) => ({
    at,
    fields: ['exact', 'regex'],
  })),
  { at: ['path'], fields: ['exact', 'prefix', 'regex'] },
];

export const mirrorSchema = z.strictObject({
  percent: z
    .int()
    .min(1)
    .max(100)
    .default(100)
    .meta({ format: 'int32' })
    .describe('Percent of the requests that are copied.'),
  methods: z
    .enum(['Safe', 'All'])
    .default('Safe')
    .describe('`Safe`: GET, HEAD and OPTIONS, which change nothing. `All`: orders come twice.'),
});

/** New users are divided by weight, and each keeps the version that the cookie names. */
export const stickySchema = z.strictObject({
  cookie: token('cookie').describe('Name of the cookie that names the version of a user.'),
  maxAgeSeconds: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .meta({ format: 'int32' })
    .describe('How long browsers keep it.'),
});

export type Sticky = z.output<typeof stickySchema>;
export type RequestMatch = z.output<typeof requestMatch>;
export type PathMatch = z.output<typeof pathMatch>;
export type ValueMatch = { name: string; exact?: string | undefined; regex?: string | undefined };
export type Mirror = z.output<typeof mirrorSchema>;

/** What happens to requests apart from the weight. */
export interface RequestRules {
  /** Requests that always reach the candidate. */
  match?: RequestMatch[] | undefined;
  /** Requests of which the candidate gets a copy. */
  mirror?: Mirror | undefined;
  /** Who came once comes to the same version again; the weight divides those who are new. */
  sticky?: Sticky | undefined;
}
