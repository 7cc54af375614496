/** Schemas of GRPCRoute, TLSRoute and TCPRoute. */
import {
  FILTERS_RULES,
  GRPC_FILTER_RULES,
  GRPC_METHOD_RULES,
  ROUTE_RULES_RULES,
} from './crd-rules.ts';
import {
  ANYTHING,
  HEADER_MODIFIER,
  list,
  MIRROR,
  object,
  oneOf,
  PARENT_REFS,
  ROUTE_STATUS,
  type Schema,
  STRING_MATCHES,
  TEXT,
  weightedRef,
} from './crd-schema.ts';

const FILTER: Schema = {
  ...object(
    {
      type: oneOf(
        'ResponseHeaderModifier',
        'RequestHeaderModifier',
        'RequestMirror',
        'ExtensionRef',
      ),
      requestHeaderModifier: HEADER_MODIFIER,
      responseHeaderModifier: HEADER_MODIFIER,
      requestMirror: MIRROR,
      extensionRef: ANYTHING,
    },
    ['type'],
  ),
  ...GRPC_FILTER_RULES,
};
const FILTERS: Schema = { ...list(FILTER, 16), ...FILTERS_RULES };

const METHOD: Schema = {
  ...object({
    type: { ...oneOf('Exact', 'RegularExpression'), default: 'Exact' },
    service: TEXT,
    method: TEXT,
  }),
  ...GRPC_METHOD_RULES,
};

const GRPC_RULE = object({
  name: TEXT,
  matches: list(object({ method: METHOD, headers: STRING_MATCHES })),
  filters: FILTERS,
  backendRefs: list(weightedRef({ filters: FILTERS }), 16),
});

function route(spec: Record<string, Schema>, required: string[] = []): Schema {
  const whole = object({ parentRefs: PARENT_REFS, ...spec }, required);
  return object({ spec: whole, status: ROUTE_STATUS }, ['spec']);
}

export const GRPC_ROUTE = route({
  hostnames: list(TEXT, 16),
  rules: { ...list(GRPC_RULE, 16), ...ROUTE_RULES_RULES },
});

const CONNECTION_RULES: Schema = {
  ...list(object({ name: TEXT, backendRefs: { ...list(weightedRef(), 16), minItems: 1 } }), 16),
  minItems: 1,
};

export const TLS_ROUTE = route({ hostnames: list(TEXT, 16), rules: CONNECTION_RULES }, ['rules']);

export const TCP_ROUTE = route({ rules: CONNECTION_RULES }, ['rules']);
