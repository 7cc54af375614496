/**
 * What the upstream Gateway API definitions rule out with CEL, in meaning: most of what is wrong with
 * a route or a gateway is told when it is written, and not by a status later.
 */
import type { Json } from '../../api/object.ts';

type Rules = { 'x-kubernetes-validations': Json };

function rules(...all: [rule: string, message: string][]): Rules {
  return { 'x-kubernetes-validations': all.map(([rule, message]) => ({ rule, message })) };
}

/** `a` and `b` name the same object. */
const SAME_PARENT = `a.group == b.group && a.kind == b.kind && a.name == b.name &&
  (has(a.__namespace__) ? a.__namespace__ : '') == (has(b.__namespace__) ? b.__namespace__ : '')`;
const SECTION = (one: string) => `(has(${one}.sectionName) ? ${one}.sectionName : '')`;

export const PARENT_REFS_RULES = rules(
  [
    `self.all(a, self.all(b, ${SAME_PARENT} ? (${SECTION('a')} == '') == (${SECTION('b')} == '') : true))`,
    'sectionName must be specified when parentRefs includes 2 or more references to the same parent',
  ],
  [
    `self.all(a, self.exists_one(b, ${SAME_PARENT} && ${SECTION('a')} == ${SECTION('b')}))`,
    'sectionName must be unique when parentRefs includes 2 or more references to the same parent',
  ],
);

const PATH_TYPES = "self.type in ['Exact', 'PathPrefix']";
const notIn = (part: string): [string, string] => [
  `${PATH_TYPES} ? !self.value.contains('${part}') : true`,
  `must not contain '${part}' when type one of ['Exact', 'PathPrefix']`,
];
const notAtEnd = (part: string): [string, string] => [
  `${PATH_TYPES} ? !self.value.endsWith('${part}') : true`,
  `must not end with '${part}' when type one of ['Exact', 'PathPrefix']`,
];

export const PATH_MATCH_RULES = rules(
  [
    `${PATH_TYPES} ? self.value.startsWith('/') : true`,
    "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
  ],
  ...['//', '/./', '/../', '%2f', '%2F', '#'].map(notIn),
  ...['/..', '/.'].map(notAtEnd),
  [
    `${PATH_TYPES} ? self.value.matches(r"""^([-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$""") : true`,
    "must only contain characters of a path when type one of ['Exact', 'PathPrefix']",
  ],
);

/** A member of a union is there when the type says so, and only then. */
function member(type: string, name: string): [string, string][] {
  return [
    [
      `!(has(self.${name}) && self.type != '${type}')`,
      `filter.${name} must be nil if the filter.type is not ${type}`,
    ],
    [
      `!(!has(self.${name}) && self.type == '${type}')`,
      `filter.${name} must be specified for ${type} filter.type`,
    ],
  ];
}

export const FILTER_RULES = rules(
  ...member('RequestHeaderModifier', 'requestHeaderModifier'),
  ...member('ResponseHeaderModifier', 'responseHeaderModifier'),
  ...member('RequestMirror', 'requestMirror'),
  ...member('RequestRedirect', 'requestRedirect'),
  ...member('URLRewrite', 'urlRewrite'),
  ...member('ExtensionRef', 'extensionRef'),
);

export const GRPC_FILTER_RULES = rules(
  ...member('RequestHeaderModifier', 'requestHeaderModifier'),
  ...member('ResponseHeaderModifier', 'responseHeaderModifier'),
  ...member('RequestMirror', 'requestMirror'),
  ...member('ExtensionRef', 'extensionRef'),
);

const IS_EXACT = "!has(self.type) || self.type == 'Exact'";

export const GRPC_METHOD_RULES = rules(
  [
    'has(self.service) || has(self.method)',
    "One or both of 'service' or 'method' must be specified",
  ],
  [
    `(${IS_EXACT}) && has(self.service)
      ? self.service.matches(r"""^\\.?[A-Za-z_][A-Za-z_0-9]*(\\.[A-Za-z_][A-Za-z_0-9]*)*$""") : true`,
    'service must only contain valid characters of the name of a service',
  ],
  [
    `(${IS_EXACT}) && has(self.method) ? self.method.matches('^[A-Za-z_][A-Za-z_0-9]*$') : true`,
    'method must only contain valid characters of the name of a method',
  ],
);

const once = (type: string): [string, string] => [
  `self.filter(f, f.type == '${type}').size() <= 1`,
  `${type} filter cannot be repeated`,
];

export const FILTERS_RULES = rules(
  [
    "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
    'May specify either RequestRedirect or URLRewrite, but not both',
  ],
  ...['RequestHeaderModifier', 'ResponseHeaderModifier', 'RequestRedirect', 'URLRewrite'].map(once),
);

export const PATH_MODIFIER_RULES = rules(
  ...['ReplaceFullPath', 'ReplacePrefixMatch'].flatMap((type): [string, string][] => {
    const name = `r${type.slice(1)}`;
    return [
      [
        `self.type == '${type}' ? has(self.${name}) : true`,
        `${name} must be specified when type is set to '${type}'`,
      ],
      [
        `has(self.${name}) ? self.type == '${type}' : true`,
        `type must be '${type}' when ${name} is set`,
      ],
    ];
  }),
);

export const FRACTION_RULES = rules([
  'self.numerator <= self.denominator',
  'numerator must be less than or equal to denominator',
]);

export const MIRROR_RULES = rules([
  '!(has(self.percent) && has(self.fraction))',
  'Only one of percent or fraction may be specified in HTTPRequestMirrorFilter',
]);

export const BACKEND_REF_RULES = rules([
  "self.group == '' && self.kind == 'Service' ? has(self.port) : true",
  'Must have port for Service reference',
]);

export const TIMEOUTS_RULES = rules([
  `has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s')
    ? duration(self.backendRequest) <= duration(self.request) : true`,
  'backendRequest timeout cannot be longer than request timeout',
]);

/** A prefix can be replaced only where one prefix was matched. */
function replacesPrefix(type: string, field: string): [string, string] {
  const replaces = `f.type == '${type}' && has(f.${field}) && has(f.${field}.path) &&
    f.${field}.path.type == 'ReplacePrefixMatch'`;
  return [
    `has(self.filters) && self.filters.exists(f, ${replaces})
      ? self.matches.size() == 1 && has(self.matches[0].path) && self.matches[0].path.type == 'PathPrefix' : true`,
    `When using ${type} filter with path.replacePrefixMatch, exactly one PathPrefix match must be specified`,
  ];
}

export const RULE_RULES = rules(
  [
    `has(self.backendRefs) && self.backendRefs.size() > 0 && has(self.filters)
      ? !self.filters.exists(f, f.type == 'RequestRedirect') : true`,
    'RequestRedirect filter must not be used together with backendRefs',
  ],
  replacesPrefix('RequestRedirect', 'requestRedirect'),
  replacesPrefix('URLRewrite', 'urlRewrite'),
);

export const ROUTE_RULES_RULES = rules(
  [
    'self.map(r, has(r.matches) ? r.matches.size() : 0).sum() <= 128',
    'the total number of matches across all rules in a route must be less than 128',
  ],
  [
    'self.all(a, !has(a.name) || self.exists_one(b, has(b.name) && a.name == b.name))',
    'Rule name must be unique within the route',
  ],
);

export const TLS_RULES = rules([
  `self.mode == 'Terminate'
    ? (has(self.certificateRefs) && self.certificateRefs.size() > 0) || (has(self.options) && self.options.size() > 0) : true`,
  'certificateRefs or options must be specified when mode is Terminate',
]);

const HOST = (one: string) => `(has(${one}.hostname) ? ${one}.hostname : '')`;

export const LISTENERS_RULES = rules(
  [
    "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
    "tls must not be specified for protocols ['HTTP', 'TCP', 'UDP']",
  ],
  [
    "self.all(l, l.protocol == 'HTTPS' && has(l.tls) ? l.tls.mode == 'Terminate' : true)",
    'tls mode must be Terminate for protocol HTTPS',
  ],
  [
    `self.all(l, l.protocol in ['TCP', 'UDP'] ? ${HOST('l')} == '' : true)`,
    "hostname must not be specified for protocols ['TCP', 'UDP']",
  ],
  [
    'self.all(a, self.exists_one(b, a.name == b.name))',
    'Listener name must be unique within the Gateway',
  ],
  [
    `self.all(a, self.exists_one(b, a.port == b.port && a.protocol == b.protocol && ${HOST('a')} == ${HOST('b')}))`,
    'Combination of port, protocol and hostname must be unique for each listener',
  ],
);

export const CONTROLLER_NAME_RULES = rules(['self == oldSelf', 'Value is immutable']);
