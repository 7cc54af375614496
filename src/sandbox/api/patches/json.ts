/** JSON patches (RFC 6902). */
import { applyPatch, type Operation } from 'rfc6902';
import { clone, isFields, type Fields } from '../schema.ts';
import { badRequest, StatusError } from '../status.ts';
import { goType } from './go-text.ts';

/** Applies all operations or none. Throws Invalid when one cannot be applied; as the real server,
 * without saying which. */
export function jsonPatch(object: Fields, operations: unknown): Fields {
  const wrong = Array.isArray(operations) ? operations.find((one) => !isFields(one)) : operations;
  if (!Array.isArray(operations) || wrong !== undefined)
    throw badRequest(
      `error decoding patch: json: cannot unmarshal ${goType(wrong)} into Go value of type ${Array.isArray(operations) ? '' : '[]'}handlers.jsonPatchOp`,
    );
  const patched = clone(object);
  const failures = applyPatch(patched, clone(operations) as unknown as Operation[]);
  if (failures.every((failure) => failure === null)) return patched;
  const message = 'the server rejected our request due to an error in our request';
  throw new StatusError(422, 'Invalid', message, {});
}
