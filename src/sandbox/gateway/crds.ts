/** Compact Gateway API CRDs for clusters that have none: the fields that routing reads are typed. */
import type { KubeObject } from '../../api/object.ts';
import {
  CONTROLLER_NAME_RULES,
  FILTER_RULES,
  FILTERS_RULES,
  LISTENERS_RULES,
  PATH_MATCH_RULES,
  PATH_MODIFIER_RULES,
  ROUTE_RULES_RULES,
  RULE_RULES,
  TIMEOUTS_RULES,
  TLS_RULES,
} from './crd-rules.ts';
import {
  ANYTHING,
  CONDITIONS,
  HEADER_MODIFIER,
  list,
  MIRROR,
  object,
  oneOf,
  PARENT_REFS,
  PORT,
  ROUTE_STATUS,
  type Schema,
  STRING_MATCHES,
  TEXT,
  TEXT_OR_EMPTY,
  weightedRef,
} from './crd-schema.ts';
import { GRPC_ROUTE, TCP_ROUTE, TLS_ROUTE } from './crd-other-routes.ts';
import { GATEWAY_GROUP } from './objects.ts';

const PATH_MODIFIER: Schema = {
  ...object(
    {
      type: oneOf('ReplaceFullPath', 'ReplacePrefixMatch'),
      replaceFullPath: TEXT_OR_EMPTY,
      replacePrefixMatch: TEXT_OR_EMPTY,
    },
    ['type'],
  ),
  ...PATH_MODIFIER_RULES,
};

const FILTER: Schema = {
  ...object(
    {
      type: oneOf(
        'RequestHeaderModifier',
        'ResponseHeaderModifier',
        'RequestMirror',
        'RequestRedirect',
        'URLRewrite',
        'ExtensionRef',
      ),
      requestHeaderModifier: HEADER_MODIFIER,
      responseHeaderModifier: HEADER_MODIFIER,
      requestMirror: MIRROR,
      requestRedirect: object({
        scheme: oneOf('http', 'https'),
        hostname: TEXT,
        path: PATH_MODIFIER,
        port: PORT,
        statusCode: { type: 'integer', enum: [301, 302, 303, 307, 308] },
      }),
      urlRewrite: object({ hostname: TEXT, path: PATH_MODIFIER }),
      extensionRef: object({ group: TEXT_OR_EMPTY, kind: TEXT, name: TEXT }),
    },
    ['type'],
  ),
  ...FILTER_RULES,
};
const FILTERS: Schema = { ...list(FILTER, 16), ...FILTERS_RULES };

const MATCH_ALL: Schema = { type: 'PathPrefix', value: '/' };
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH'];

const MATCH = object({
  path: {
    ...object({
      type: { ...oneOf('Exact', 'PathPrefix', 'RegularExpression'), default: 'PathPrefix' },
      value: { ...TEXT, default: '/' },
    }),
    ...PATH_MATCH_RULES,
    default: MATCH_ALL,
  },
  headers: STRING_MATCHES,
  queryParams: STRING_MATCHES,
  method: oneOf(...METHODS),
});

const WEIGHTED_REF = weightedRef({ filters: FILTERS });

const RULE: Schema = {
  ...object({
    name: TEXT,
    matches: { ...list(MATCH), default: [{ path: MATCH_ALL }] },
    filters: FILTERS,
    backendRefs: list(WEIGHTED_REF, 16),
    timeouts: { ...object({ request: TEXT, backendRequest: TEXT }), ...TIMEOUTS_RULES },
  }),
  ...RULE_RULES,
};

const HTTP_ROUTE = object(
  {
    spec: object({
      parentRefs: PARENT_REFS,
      hostnames: list(TEXT, 16),
      rules: {
        ...list(RULE, 16),
        ...ROUTE_RULES_RULES,
        default: [{ matches: [{ path: MATCH_ALL }] }],
      },
    }),
    status: ROUTE_STATUS,
  },
  ['spec'],
);

const TLS: Schema = {
  ...object({
    mode: { ...oneOf('Terminate', 'Passthrough'), default: 'Terminate' },
    certificateRefs: list(ANYTHING),
    options: { type: 'object', additionalProperties: TEXT },
  }),
  ...TLS_RULES,
};

const LISTENER = object(
  {
    name: TEXT,
    hostname: TEXT,
    port: PORT,
    protocol: TEXT,
    tls: TLS,
    allowedRoutes: {
      ...object({
        namespaces: {
          ...object({
            from: { ...oneOf('All', 'Selector', 'Same'), default: 'Same' },
            selector: ANYTHING,
          }),
          default: { from: 'Same' },
        },
        kinds: list(
          object({ group: { ...TEXT, default: GATEWAY_GROUP }, kind: TEXT }, ['kind']),
          8,
        ),
      }),
      default: { namespaces: { from: 'Same' } },
    },
  },
  ['name', 'port', 'protocol'],
);

const GATEWAY = object(
  {
    spec: object(
      {
        gatewayClassName: TEXT,
        listeners: {
          ...list(LISTENER),
          minItems: 1,
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          ...LISTENERS_RULES,
        },
        addresses: list(ANYTHING, 16),
      },
      ['gatewayClassName', 'listeners'],
    ),
    status: object({
      addresses: list(object({ type: TEXT, value: TEXT }), 16),
      conditions: CONDITIONS,
      listeners: list(
        object({
          name: TEXT,
          attachedRoutes: { type: 'integer', format: 'int32' },
          supportedKinds: list(object({ group: TEXT, kind: TEXT }), 8),
          conditions: CONDITIONS,
        }),
      ),
    }),
  },
  ['spec'],
);

const GATEWAY_CLASS = object(
  {
    spec: object(
      {
        controllerName: { ...TEXT, ...CONTROLLER_NAME_RULES },
        description: TEXT,
        parametersRef: ANYTHING,
      },
      ['controllerName'],
    ),
    status: object({ conditions: CONDITIONS }),
  },
  ['spec'],
);

interface Definition {
  kind: string;
  plural: string;
  shortNames: string[];
  scope: 'Cluster' | 'Namespaced';
  schema: Schema;
  columns: [name: string, jsonPath: string][];
  /** The first is stored, all are served. Default: v1 and v1beta1. */
  versions?: string[];
}

const DEFINITIONS: Definition[] = [
  {
    kind: 'GatewayClass',
    plural: 'gatewayclasses',
    shortNames: ['gc'],
    scope: 'Cluster',
    schema: GATEWAY_CLASS,
    columns: [
      ['Controller', '.spec.controllerName'],
      ['Accepted', '.status.conditions[?(@.type=="Accepted")].status'],
    ],
  },
  {
    kind: 'Gateway',
    plural: 'gateways',
    shortNames: ['gtw'],
    scope: 'Namespaced',
    schema: GATEWAY,
    columns: [
      ['Class', '.spec.gatewayClassName'],
      ['Address', '.status.addresses[*].value'],
      ['Programmed', '.status.conditions[?(@.type=="Programmed")].status'],
    ],
  },
  {
    kind: 'HTTPRoute',
    plural: 'httproutes',
    shortNames: [],
    scope: 'Namespaced',
    schema: HTTP_ROUTE,
    columns: [['Hostnames', '.spec.hostnames']],
  },
  {
    kind: 'GRPCRoute',
    plural: 'grpcroutes',
    shortNames: [],
    scope: 'Namespaced',
    schema: GRPC_ROUTE,
    columns: [['Hostnames', '.spec.hostnames']],
    versions: ['v1'],
  },
  {
    kind: 'TLSRoute',
    plural: 'tlsroutes',
    shortNames: [],
    scope: 'Namespaced',
    schema: TLS_ROUTE,
    columns: [['Hostnames', '.spec.hostnames']],
    versions: ['v1', 'v1alpha3', 'v1alpha2'],
  },
  {
    kind: 'TCPRoute',
    plural: 'tcproutes',
    shortNames: [],
    scope: 'Namespaced',
    schema: TCP_ROUTE,
    columns: [],
    versions: ['v1alpha2'],
  },
];

/**
 * CustomResourceDefinitions of GatewayClass, Gateway and the routes for HTTP, gRPC, TLS and TCP, for the sandbox and for tests. Clusters that have the upstream ones keep those.
 */
export function gatewayApiCrds(): KubeObject[] {
  return DEFINITIONS.map(render);
}

function render(definition: Definition): KubeObject {
  const { kind, plural, shortNames, scope, schema, columns } = definition;
  const { versions = ['v1', 'v1beta1'] } = definition;
  const age = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };
  const version = (name: string, storage: boolean) => ({
    name,
    served: true,
    storage,
    schema: { openAPIV3Schema: schema },
    subresources: { status: {} },
    additionalPrinterColumns: [
      ...columns.map(([name, jsonPath]) => ({ name, type: 'string', jsonPath })),
      age,
    ],
  });
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${plural}.${GATEWAY_GROUP}`,
      annotations: {
        // Groups below k8s.io are protected: this says that they are not the approved ones.
        'api-approved.kubernetes.io': 'unapproved, a compact copy for the Segue sandbox',
      },
    },
    spec: {
      group: GATEWAY_GROUP,
      scope,
      names: {
        kind,
        listKind: `${kind}List`,
        plural,
        singular: kind.toLowerCase(),
        categories: ['gateway-api'],
        ...(shortNames.length > 0 && { shortNames }),
      },
      versions: versions.map((name, i) => version(name, i === 0)),
    },
  };
}
