/** What the ingress controller of APISIX says of an ApisixRoute: one condition, at the generation it has seen. */
import type { KubeObject } from '../../api/object.ts';
import { notTrue, type Said } from '../condition.ts';

/** Its name in version 1 of the controller, and since. */
const TYPES = ['Accepted', 'ResourcesAvailable'];

/** Undefined where it has taken up this generation, or has said nothing yet. */
export function notAccepted({ metadata, status }: KubeObject): string | undefined {
  const { conditions = [] } = (status ?? {}) as { conditions?: Said[] };
  const said = conditions.find(({ type = '' }) => TYPES.includes(type));
  return said && notTrue(said, metadata.generation ?? 0);
}
