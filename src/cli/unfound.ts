/** Why a preset finds nothing of metrics that are there. */
import type { PolicySpec } from '../api/policy.ts';
import { routedObjects, routedTitle } from '../api/routed.ts';
import { chosenRouter } from '../api/traffic.ts';
import type { MeasuredCheck } from '../api/release.ts';
import { presetOf } from '../engine/preset-checks.ts';
import { ENVOY_GATEWAY, ENVOY_GATEWAY_CLUSTERS, PRESETS } from '../engine/presets.ts';
import type { Connection } from './deps.ts';

/** What is known of every check, whatever it found: undefined where nothing stands against it. */
export type KnownHint = (check: MeasuredCheck) => string | undefined;

/** Routes are read once for all checks, where one of them has a preset that hangs on who serves them. */
export async function knownHints(
  connection: Connection,
  checks: readonly MeasuredCheck[],
  traffic: PolicySpec['traffic'],
): Promise<KnownHint> {
  const isAsked = checks.some((check) => presetOf(check) === 'gateway');
  const served = isAsked ? await servedByEnvoyGateway(connection, traffic) : undefined;
  return (check) =>
    served !== undefined && presetOf(check) === 'gateway'
      ? `${served} is served by Envoy Gateway. ${ENVOY_GATEWAY_CLUSTERS}`
      : undefined;
}

/** What is usual where the metrics are there, and no series of theirs is of the version. */
export function usualHint(check: MeasuredCheck): string | undefined {
  const name = presetOf(check);
  const preset = name && PRESETS[name];
  return preset && 'unfound' in preset ? preset.unfound : undefined;
}

/** The first such route, as `HTTPRoute web`. */
async function servedByEnvoyGateway(
  { client, namespace }: Connection,
  traffic: PolicySpec['traffic'],
): Promise<string | undefined> {
  const objects = (traffic?.routers ?? []).flatMap((router) => {
    const { name = '', config } = chosenRouter(router) ?? {};
    return name === 'gatewayAPI' ? routedObjects(name, config) : [];
  });
  for (const object of objects) {
    // Who may not read it, or has none, is told so elsewhere.
    const route = await client
      .get({ ...object.kind, namespace, name: object.name })
      .catch(() => undefined);
    const { parents = [] } = (route?.['status'] ?? {}) as {
      parents?: { controllerName?: string }[];
    };
    if (parents.some(({ controllerName }) => controllerName === ENVOY_GATEWAY))
      return routedTitle(object);
  }
  return undefined;
}
