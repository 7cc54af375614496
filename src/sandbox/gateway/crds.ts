/** Compact Gateway API CRDs for clusters that have none: the fields that routing reads are typed. */
import type { Json, KubeObject } from '../../api/object.ts';
import {
  BACKEND_REF_RULES,
  CONTROLLER_NAME_RULES,
  FILTER_RULES,
  FRACTION_RULES,
  MIRROR_RULES,
  FILTERS_RULES,
  LISTENERS_RULES,
  PARENT_REFS_RULES,
  PATH_MATCH_RULES,
  PATH_MODIFIER_RULES,
  ROUTE_RULES_RULES,
  RULE_RULES,
  TIMEOUTS_RULES,
  TLS_RULES,
} from './crd-rules.ts';
import { GATEWAY_GROUP } from './objects.ts';

type Schema = { [key: string]: Json };

const TEXT: Schema = { type: 'string' };
/** Validators of some API servers take an empty string for null. */
const TEXT_OR_EMPTY: Schema = { type: 'string', nullable: true };
const PORT: Schema = { type: 'integer', format: 'int32', minimum: 1, maximum: 65_535 };
/** Detail that the gateway does not read is kept as it is. */
const ANYTHING: Schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

function object(properties: Record<string, Schema>, required: string[] = []): Schema {
  return {
    type: 'object',
    properties,
    'x-kubernetes-preserve-unknown-fields': true,
    ...(required.length > 0 && { required }),
  };
}

function list(items: Schema, maxItems = 64): Schema {
  return { type: 'array', items, maxItems };
}

function oneOf(...values: string[]): Schema {
  return { type: 'string', enum: values };
}

const CONDITIONS = list(
  object(
    {
      type: TEXT,
      status: oneOf('True', 'False', 'Unknown'),
      reason: TEXT,
      message: TEXT_OR_EMPTY,
      lastTransitionTime: { type: 'string', format: 'date-time' },
      observedGeneration: { type: 'integer', format: 'int64' },
    },
    ['type', 'status', 'reason', 'message', 'lastTransitionTime'],
  ),
);

const PARENT_REF = object(
  {
    group: { ...TEXT_OR_EMPTY, default: GATEWAY_GROUP },
    kind: { ...TEXT, default: 'Gateway' },
    namespace: TEXT,
    name: TEXT,
    sectionName: TEXT,
    port: PORT,
  },
  ['name'],
);

const STRING_MATCHES = list(
  object(
    {
      type: { ...oneOf('Exact', 'RegularExpression'), default: 'Exact' },
      name: TEXT,
      value: TEXT_OR_EMPTY,
    },
    ['name', 'value'],
  ),
  16,
);

const HEADER_VALUES = list(object({ name: TEXT, value: TEXT_OR_EMPTY }, ['name', 'value']), 16);
const HEADER_MODIFIER = object({ set: HEADER_VALUES, add: HEADER_VALUES, remove: list(TEXT, 16) });
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

const BACKEND_REF: Record<string, Schema> = {
  group: { ...TEXT_OR_EMPTY, default: '' },
  kind: { ...TEXT, default: 'Service' },
  namespace: TEXT,
  name: TEXT,
  port: PORT,
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
      requestMirror: {
        ...object(
          {
            backendRef: { ...object(BACKEND_REF, ['name']), ...BACKEND_REF_RULES },
            percent: { type: 'integer', format: 'int32', minimum: 0, maximum: 100 },
            fraction: {
              ...object(
                {
                  numerator: { type: 'integer', format: 'int32', minimum: 0 },
                  denominator: { type: 'integer', format: 'int32', minimum: 1, default: 100 },
                },
                ['numerator'],
              ),
              ...FRACTION_RULES,
            },
          },
          ['backendRef'],
        ),
        ...MIRROR_RULES,
      },
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

const WEIGHTED_REF: Schema = {
  ...object(
    {
      ...BACKEND_REF,
      weight: { type: 'integer', format: 'int32', minimum: 0, maximum: 1_000_000, default: 1 },
      filters: FILTERS,
    },
    ['name'],
  ),
  ...BACKEND_REF_RULES,
};

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
      parentRefs: { ...list(PARENT_REF, 32), ...PARENT_REFS_RULES },
      hostnames: list(TEXT, 16),
      rules: {
        ...list(RULE, 16),
        ...ROUTE_RULES_RULES,
        default: [{ matches: [{ path: MATCH_ALL }] }],
      },
    }),
    status: object(
      {
        parents: list(
          object({ parentRef: PARENT_REF, controllerName: TEXT, conditions: CONDITIONS }, [
            'parentRef',
            'controllerName',
          ]),
          32,
        ),
      },
      ['parents'],
    ),
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
];

/**
 * CustomResourceDefinitions of GatewayClass, Gateway and HTTPRoute (v1 stored, v1beta1 served),
 * for the sandbox and for tests. Clusters that have the upstream ones keep those.
 */
export function gatewayApiCrds(): KubeObject[] {
  return DEFINITIONS.map(render);
}

function render({ kind, plural, shortNames, scope, schema, columns }: Definition): KubeObject {
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
      versions: [version('v1', true), version('v1beta1', false)],
    },
  };
}
