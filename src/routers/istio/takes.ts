/** Which requests a rule of a VirtualService takes. */
import type { KubeObject } from '../../api/object.ts';
import { type HttpRule, matchesOf } from './request-rules.ts';

/** Requests inside of the mesh, where nothing is said. */
const MESH = 'mesh';

/**
 * Of each gateway and host what each match asks for. Inside of the mesh VirtualServices for one host are not merged:
 * there one takes all requests of a host, whatever its rules ask for.
 */
export function takenBy(route: KubeObject, rule: HttpRule): string[] {
  const { hosts = [], gateways = [MESH] } = (route['spec'] ?? {}) as {
    hosts?: string[];
    gateways?: string[];
  };
  const wanted = matchesOf(rule).map((match) =>
    JSON.stringify(
      Object.fromEntries(
        Object.entries(match).toSorted(([one], [other]) => (one < other ? -1 : 1)),
      ),
    ),
  );
  return gateways.flatMap((gateway) =>
    hosts.flatMap((host) =>
      gateway === MESH
        ? [`${host} of the mesh`]
        : wanted.map((match) => `${host} ${match} of Gateway ${gateway}`),
    ),
  );
}
