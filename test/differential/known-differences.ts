/**
 * Where the sandbox, a 1.34 to its clients, answers otherwise than the real 1.20 of the tests, each
 * with its reason. What no longer differs fails the suite, so the lists stay as short as they can be.
 */

/** A member that only one of the servers has. */
export interface OneSided {
  /** The last parts of its path. */
  field: string;
  /** Its value; any when it is not given. */
  value?: unknown;
  /** Of objects of this kind, alone or in a list; of any when it is not given. */
  kind?: string;
  why: string;
}

/** What the real server is too old for. */
export const NEWER: OneSided[] = [
  {
    field: 'metadata.generation',
    kind: 'Pod',
    why: 'Pods have a generation since 1.33.',
  },
  {
    field: 'metadata.labels',
    kind: 'Namespace',
    why: 'Namespaces are labelled with their name since 1.21.',
  },
  {
    field: 'spec.serviceAccountName',
    kind: 'Pod',
    value: 'default',
    why: 'The admission plugin ServiceAccount is switched off in the control plane of the tests.',
  },
  {
    field: 'spec.serviceAccount',
    kind: 'Pod',
    value: 'default',
    why: 'The same, under the older name of the field.',
  },
  {
    field: 'subresource',
    value: 'status',
    why: 'Managed fields tell the subresource since 1.22.',
  },
  {
    field: 'spec.internalTrafficPolicy',
    value: 'Cluster',
    why: 'Services have it since 1.22.',
  },
  {
    field: 'spec.ipFamilies',
    kind: 'Service',
    why: 'Services tell their families since dual stack is on, in 1.21.',
  },
  {
    field: 'spec.ipFamilyPolicy',
    kind: 'Service',
    why: 'The policy of the same.',
  },
  {
    field: 'spec.allocateLoadBalancerNodePorts',
    kind: 'Service',
    why: 'Load balancers have it since 1.22.',
  },
  {
    field: 'spec.persistentVolumeClaimRetentionPolicy',
    kind: 'StatefulSet',
    value: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    why: 'StatefulSets have it since 1.27.',
  },
  {
    field: 'status.availableReplicas',
    kind: 'StatefulSet',
    value: 0,
    why: 'StatefulSets count available pods since 1.22.',
  },
  {
    field: 'spec.updateStrategy.rollingUpdate.maxSurge',
    kind: 'DaemonSet',
    value: 0,
    why: 'DaemonSets have it since 1.22.',
  },
  {
    field: 'warning',
    value: '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"',
    why: 'Endpoints are deprecated since 1.33.',
  },
  {
    field: 'metadata.labels',
    kind: 'Endpoints',
    value: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' },
    why: 'Endpoints tell who manages them since 1.33.',
  },
];

/** What newer servers no longer write. */
export const OLDER: OneSided[] = [
  {
    field: 'metadata.creationTimestamp',
    value: null,
    why: 'Since 1.34 a time that is not set is left out of templates.',
  },
];

/** A text both servers write in their own words: what the groups of both catch must be the same. */
export interface Reworded {
  /** The last parts of the path of the text; any when it is not given. */
  field?: string;
  real: RegExp;
  sandbox: RegExp;
  why: string;
}

export const REWORDED: Reworded[] = [
  {
    real: /^failed to create typed patch object: (.*)$/s,
    sandbox: /^failed to create typed patch object \(\S+; \S+, Kind=\w+\): (.*)$/s,
    why: 'Since 1.22 the object is named.',
  },
  {
    real: /^(.*cannot be handled as a \w+: ).*, error found in #\d+ byte of /s,
    sandbox: /^(.*cannot be handled as a \w+: )(?:json: cannot|illegal base64|quantities must)/,
    why: 'Since 1.23 another library reads JSON and says otherwise what is wrong.',
  },
  {
    real: /^(.*)Invalid value: "\{.*": (?:.*, error found in #\d+ byte of |(?:converting|no kind))/s,
    sandbox: /^(.*)Invalid value: "\{.*": (?:json: cannot|illegal base64|converting|no kind)/s,
    why: 'A patched object is printed whole, its members in another order, and 1.20 reads it with another library.',
  },
  {
    real: /^(.*?(?:Invalid|Unsupported) value: )(?:\[\]\w|map\[|\w+\.\w+\{).*(?:\}|\(nil\)): ([^{}]*)$/s,
    sandbox: /^(.*?(?:Invalid|Unsupported) value: )(?:[[{].*[\]}]|null|0|"x"|"101%"): ([^{}]*)$/s,
    why: 'Since 1.33 values are printed as JSON, no longer as Go source.',
  },
  {
    field: 'description',
    real: /./,
    sandbox: /^$/,
    why: 'The sandbox does not describe the columns of its tables, which no client prints.',
  },
  {
    field: 'reportingComponent',
    real: /^$/,
    sandbox: /^(?:deployment|replicaset|job)-controller$|^default-scheduler$/,
    why: 'Events name who reports them since 1.27.',
  },
  {
    field: 'message',
    real: /^(Scaled (?:up|down) replica set \S+) to (\d+)$/,
    sandbox: /^(Scaled (?:up|down) replica set \S+) from \d+ to (\d+)$/,
    why: 'Events of scaling tell the count before since 1.29.',
  },
  {
    real: /^(.*must be less than or equal to \w+ limit)$/s,
    sandbox: /^(.*must be less than or equal to \w+ limit) of \S+$/s,
    why: 'Tells the limit since 1.26.',
  },
  {
    real: /^(.*Invalid value: \S+: )a valid environment variable name must consist of .*$/s,
    sandbox: /^(.*Invalid value: \S+: )a valid environment variable name must consist only of .*$/s,
    why: 'Names of variables are freer since 1.34.',
  },
  {
    real: /^(.*Too long: )must have at most (\d+ )bytes$/,
    sandbox: /^(.*Too long: )may not be more than (\d+ )bytes$/,
    why: 'Reworded in 1.32.',
  },
  {
    real: /^the namespace of the object \(\S+\) does not match the namespace on the request \(\S+\)$/,
    sandbox:
      /^the namespace of the provided object does not match the namespace sent on the request$/,
    why: 'Since 1.22 said of changes in the words used for new objects.',
  },
  {
    real: /^unable to parse requirement: (?:invalid label key "[^"]*": |invalid label value: .*at key: "[^"]*": )?(.*)$/,
    sandbox: /^unable to parse requirement: \S+: Invalid value: "[^"]*": (.*)$/,
    why: 'Since 1.21 label selectors are refused with the place of what is wrong.',
  },
];

/** Single places: `group/request: path`. */
export interface Listed {
  at: string[];
  why: string;
}

export const LISTED: Listed[] = [
  {
    at: [
      'basics/bad owner: body.details.causes[1].message',
      'basics/bad owner: body.message',
      'basics/another version: body.message',
      'updates/json an object: body.message',
      'updates/json bad: body.message',
      'updates/strategic bad JSON: body.message',
      'basics/two controllers: body.details.causes[0].message',
      'basics/two controllers: body.message',
      'updates/half a pod: body.details.causes[0].message',
      'updates/half a pod: body.message',
    ],
    why: 'Said in other words by newer servers.',
  },
  {
    at: ['basics/bad continue: body.message', 'errors/bad YAML: body.message'],
    why: 'The words of a Go library for what it could not read.',
  },
  {
    at: [
      'errors/patch of nothing: status',
      'errors/patch of nothing: body.code',
      'errors/patch of nothing: body.message',
      'errors/patch of nothing: body.reason',
      'updates/merge a list: status',
      'updates/merge a list: body.code',
      'updates/merge a list: body.details',
      'updates/merge a list: body.message',
      'updates/merge a list: body.reason',
      'updates/merge a text: status',
      'updates/merge a text: body.code',
      'updates/merge a text: body.message',
      'updates/merge a text: body.reason',
      'updates/merge bad JSON: status',
      'updates/merge bad JSON: body.code',
      'updates/merge bad JSON: body.message',
      'updates/merge bad JSON: body.reason',
    ],
    why: 'Since 1.23 a patch is read before it is applied, and is a bad request when it cannot be.',
  },
  {
    at: [
      'updates/json replace the missing: status',
      'updates/json replace the missing: body',
      'updates/scale json: status',
      'updates/scale json: body',
    ],
    why: 'The JSON patches of 1.20 replaced what was not there, against RFC 6902.',
  },
  {
    at: ['updates/merge the unknown: headers.warning'],
    why: 'Unknown fields are warned of since 1.25.',
  },
  {
    at: ['deleting/delete the service: body', 'services/delete: body'],
    why: 'Services are told whole when they are deleted since 1.22.',
  },
  {
    at: [
      'deleting/not JSON: status',
      'deleting/not JSON: body.code',
      'deleting/not JSON: body.message',
      'deleting/not JSON: body.reason',
    ],
    why: 'What cannot be read is a bad request in the sandbox, an inner error in the real server.',
  },
  {
    at: ['deleting/another kind of options: body.message', 'applying/bad YAML: body.message'],
    why: 'Said in other words by newer servers.',
  },
  {
    at: [
      'applying/another kind: status',
      'applying/another kind: body.code',
      'applying/another kind: body.message',
      'applying/another kind: body.reason',
    ],
    why: 'The real server compares types at addresses of its memory; a bad request says more.',
  },
  {
    at: ['applying/an empty list: body.metadata.managedFields[4].fieldsV1.f:spec.f:template'],
    why: 'The sandbox drops an empty list before it notes who set the struct around it.',
  },
  {
    at: ['services/its endpoints: body.metadata.annotations'],
    why: 'The sandbox does not measure how late its endpoints are.',
  },
  {
    at: [
      'services/the same address: body.message',
      'services/an address out of range: body.details.causes[0].message',
      'services/an address out of range: body.message',
      'services/a port twice: body.details.causes[0].message',
      'services/a port twice: body.message',
      'services/policy without need: body.details.causes[0].message',
      'services/policy without need: body.message',
    ],
    why: 'Said in other words by newer servers.',
  },
  {
    at: ['services/take the address: status', 'services/take the address: body'],
    why: 'Since 1.23 a Service keeps the address that a change leaves out.',
  },
  {
    at: [
      'workloads/a bad policy: body.details.causes[0].message',
      'workloads/a bad policy: body.message',
    ],
    why: 'Newer servers tell what is supported in the order of the alphabet.',
  },
  {
    at: [
      'sets/another Service: body.details.causes[0].message',
      'sets/another Service: body.message',
      'sets/a shorter history: status',
      'sets/a shorter history: body',
    ],
    why: 'More of a StatefulSet may change in newer servers, its history limit too.',
  },
  {
    at: [
      'sets/nothing unavailable of a DaemonSet: body.details.causes[0].message',
      'sets/nothing unavailable of a DaemonSet: body.details.causes[0].reason',
      'sets/nothing unavailable of a DaemonSet: body.message',
      'sets/a bad percentage of a DaemonSet: body.details.causes[1].message',
      'sets/a bad percentage of a DaemonSet: body.details.causes[1].reason',
      'sets/a bad percentage of a DaemonSet: body.message',
    ],
    why: 'Said with the other limit in view since DaemonSets have a surge, in 1.22.',
  },
  {
    at: ['custom/served: body.metadata.continue', 'custom/list: body.metadata.continue'],
    why: 'Lists of custom resources tell that there is no next page, which means the same.',
  },
  {
    at: ['custom/a wrong type: body.details.causes[0].reason'],
    why: 'Wrong types have a reason of their own since 1.25.',
  },
  {
    at: [
      'custom/replace without version: body.details.causes[0].message',
      'custom/replace without version: body.message',
    ],
    why: 'Since 1.33 values are printed as JSON, no longer as Go source.',
  },
];
