/** Who wrote what routes, for its reading. */
import { isOwnWrite, lastWriter } from '../api/last-writer.ts';
import type { KubeObject } from '../api/object.ts';
import type { RouteReading } from '../ports/traffic-router.ts';

export function writerOf({ metadata }: KubeObject): Pick<RouteReading, 'by' | 'own'> {
  const by = lastWriter(metadata);
  return { ...(by && { by }), ...(isOwnWrite(metadata) && { own: true }) };
}
