/** Failures as Kubernetes words them: `metav1.Status` bodies with their codes and reasons. */

/** One thing that is wrong with an object: `details.causes` of an Invalid status. */
export interface Cause {
  /** FieldValueRequired, FieldValueInvalid, … */
  reason: string;
  message: string;
  /** '' where it is none in particular. */
  field: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: Cause[];
  retryAfterSeconds?: number;
}

function shownDetails({ causes, ...details }: StatusDetails): Record<string, unknown> {
  if (causes === undefined) return details;
  const shown = causes.map(({ field, ...cause }) => (field === '' ? cause : { ...cause, field }));
  return { ...details, causes: shown };
}

/** A resource as error messages name it: `deployments.apps`. */
export interface Named {
  group: string;
  plural: string;
}

export class StatusError extends Error {
  readonly code: number;
  readonly reason: string;
  readonly details: StatusDetails | undefined;
  /** Of the answer itself: where a list can go on. */
  readonly metadata: { continue?: string } = {};

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }

  body(): Record<string, unknown> {
    return {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: this.metadata,
      status: 'Failure',
      message: this.message,
      ...(this.reason === '' ? {} : { reason: this.reason }),
      ...(this.details === undefined ? {} : { details: shownDetails(this.details) }),
      code: this.code,
    };
  }
}

/** `deployments.apps`, or `pods` in the core group. */
function qualified(resource: Named): string {
  return resource.group === '' ? resource.plural : `${resource.plural}.${resource.group}`;
}

function detailsOf(resource: Named, name: string): StatusDetails {
  return {
    ...(name === '' ? {} : { name }),
    ...(resource.group === '' ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

export function notFound(resource: Named, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" not found`;
  return new StatusError(404, 'NotFound', message, detailsOf(resource, name));
}

/** What the server says of a path it does not serve. */
export function noSuchPath(): StatusError {
  return new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function alreadyExists(resource: Named, name: string): StatusError {
  const message = `${qualified(resource)} "${name}" already exists`;
  return new StatusError(409, 'AlreadyExists', message, detailsOf(resource, name));
}

export function conflict(resource: Named, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualified(resource)} "${name}": ${why}`;
  return new StatusError(409, 'Conflict', message, detailsOf(resource, name));
}

/** @param told what was asked for, and its value there and in the object. */
export function preconditionFailed(
  resource: Named,
  { name, key }: { name: string; key: string },
  [what, wanted, found]: [what: 'UID' | 'ResourceVersion', wanted: string, found: unknown],
): StatusError {
  const why = `Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${String(found)}`;
  return conflict(
    resource,
    name,
    `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
  );
}

export const MODIFIED_MEANWHILE =
  'the object has been modified; please apply your changes to the latest version and try again';

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message);
}

export function forbidden(resource: Named, name: string, why: string): StatusError {
  const what = name === '' ? qualified(resource) : `${qualified(resource)} "${name}"`;
  return new StatusError(
    403,
    'Forbidden',
    `${what} is forbidden: ${why}`,
    detailsOf(resource, name),
  );
}

export function unsupportedMediaType(accepted: string[]): StatusError {
  const message = `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`;
  return new StatusError(415, 'UnsupportedMediaType', message);
}

export function methodNotAllowed(): StatusError {
  const message = 'the server does not allow this method on the requested resource';
  return new StatusError(405, 'MethodNotAllowed', message, {});
}

/** A failure the real server has no reason for. */
export function unexplained(message: string): StatusError {
  return new StatusError(500, '', message);
}

/** A patch whose result, or which itself, cannot be read. */
export function invalidPatch(value: unknown, why: string): StatusError {
  return invalid({ group: '', kind: '' }, '', [cause.invalid('patch', value, why)]);
}

/** What the sandbox leaves out on purpose. */
export function notInSandbox(what: string): StatusError {
  return new StatusError(501, 'NotImplemented', `${what} is not in the sandbox`, {});
}

export function expired(requested: number, oldest: number): StatusError {
  return new StatusError(410, 'Expired', `too old resource version: ${requested} (${oldest})`);
}

export function invalid(
  kind: { group: string; kind: string },
  name: string,
  causes: Cause[],
): StatusError {
  const qualifiedKind = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const told = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const list = told.length === 1 ? (told[0] ?? '') : `[${told.join(', ')}]`;
  const message = `${qualifiedKind} "${name}" is invalid: ${list}`;
  return new StatusError(422, 'Invalid', message, {
    ...(name === '' ? {} : { name }),
    ...(kind.group === '' ? {} : { group: kind.group }),
    ...(kind.kind === '' ? {} : { kind: kind.kind }),
    causes,
  });
}

/** The causes in Kubernetes' own wording. */
export const cause = {
  required(field: string, why = ''): Cause {
    const message = why === '' ? 'Required value' : `Required value: ${why}`;
    return { reason: 'FieldValueRequired', message, field };
  },
  invalid(field: string, value: unknown, why: string): Cause {
    return {
      reason: 'FieldValueInvalid',
      message: `Invalid value: ${shown(value)}: ${why}`,
      field,
    };
  },
  duplicate(field: string, value: unknown): Cause {
    return { reason: 'FieldValueDuplicate', message: `Duplicate value: ${shown(value)}`, field };
  },
  forbidden(field: string, why: string): Cause {
    return { reason: 'FieldValueForbidden', message: `Forbidden: ${why}`, field };
  },
  notSupported(field: string, value: unknown, supported: string[]): Cause {
    const values = supported.map((one) => JSON.stringify(one)).join(', ');
    const message = `Unsupported value: ${shown(value)}: supported values: ${values}`;
    return { reason: 'FieldValueNotSupported', message, field };
  },
  tooLong(field: string, maxBytes: number): Cause {
    const message = `Too long: may not be more than ${maxBytes} bytes`;
    return { reason: 'FieldValueTooLong', message, field };
  },
  typeInvalid(field: string, value: unknown, why: string): Cause {
    const message = `Invalid value: ${shown(value)}: ${why}`;
    return { reason: 'FieldValueTypeInvalid', message, field };
  },
};

function shown(value: unknown): string {
  return typeof value === 'string' || typeof value === 'object'
    ? JSON.stringify(value)
    : `${value as number}`;
}
