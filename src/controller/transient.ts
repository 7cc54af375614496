/** Errors after which it is looked again. */
import type { KubeError } from '../ports/kube.ts';

/** The world moved on while it was being looked at, or the API server cannot be reached, which its
 * client tells of: not errors of this policy, reasons to look again. */
export function transient({ code, reason }: KubeError): boolean {
  return TRANSIENT.has(reason) || (code === 0 && reason.startsWith('Connection'));
}

const TRANSIENT = new Set(['Conflict', 'NotFound', 'AlreadyExists', 'Timeout', 'NotLeading']);
