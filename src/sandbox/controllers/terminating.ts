/** How the server says that nothing new can be made in a namespace that is going away. */
import { KubeError } from '../../ports/kube.ts';

export function isTerminating(error: unknown): boolean {
  if (!(error instanceof KubeError) || error.code !== 403) return false;
  return error.message.includes('because it is being terminated');
}
