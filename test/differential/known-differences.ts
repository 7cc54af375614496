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
  why: string;
}

/** What the real server is too old for. */
export const NEWER: OneSided[] = [];

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
  real: RegExp;
  sandbox: RegExp;
  why: string;
}

export const REWORDED: Reworded[] = [
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
    real: /^(.*?(?:Invalid|Unsupported) value: )(?:\[\]\w|map\[|\w+\.\w+\{).*\}: ([^{}]*)$/s,
    sandbox: /^(.*?(?:Invalid|Unsupported) value: )[[{].*[\]}]: ([^{}]*)$/s,
    why: 'Since 1.33 values are printed as JSON, no longer as Go source.',
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
    at: ['basics/at a later version still: body.message'],
    why: 'Tells the present version of the store.',
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
];
