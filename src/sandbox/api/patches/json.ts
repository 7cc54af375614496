/** JSON patches (RFC 6902). */
import { applyPatch, type Operation } from 'rfc6902';
import { clone, isFields, type Fields } from '../schema.ts';
import { badRequest, StatusError } from '../status.ts';

/** Applies all operations or none. Throws Invalid when one cannot be applied, as the real server. */
export function jsonPatch(object: Fields, operations: unknown): Fields {
  if (!Array.isArray(operations) || !operations.every(isFields))
    throw badRequest('a JSON patch is a list of operations');
  const patched = clone(object);
  const failure = applyPatch(patched, clone(operations) as unknown as Operation[]).find(
    (error) => error !== null,
  );
  if (failure === undefined) return patched;
  const why = failure.message === '' ? failure.name : failure.message;
  throw new StatusError(
    422,
    'Invalid',
    `the server rejected our request due to an error in our request: ${why}`,
    {},
  );
}
