/** Copies of requests by APISIX's plugin proxy-mirror, which names where they go by scheme, host and port. */
import { KINDS } from '../../api/group.ts';
import type { Mirror } from '../../api/request-match.ts';
import type { TrafficObjects } from '../../ports/traffic-router.ts';
import { dedicatedName } from '../dedicated-services.ts';
import { serviceSpec } from '../service-spec.ts';
import type { Ref, SplitGroup } from '../split-route/refs.ts';

export interface Plugin {
  name?: string;
  enable?: boolean;
  config?: { host?: string; sample_ratio?: number };
}

export const COPYING = 'proxy-mirror';

/** Undefined where the Service does not have the port. */
export function copyTo(
  { service, port }: SplitGroup,
  { percent }: Mirror,
  { namespace, objects }: { namespace: string; objects: TrafficObjects },
): Plugin | undefined {
  const number = portNumber(objects, service, port);
  if (number === undefined) return undefined;
  const host = `http://${dedicatedName(service, 'candidate')}.${namespace}.svc:${number}`;
  return { name: COPYING, enable: true, config: { host, sample_ratio: percent / 100 } };
}

/** A backend may name its port, and an address may not. */
function portNumber(objects: TrafficObjects, service: string, port: unknown): number | undefined {
  const found = objects.get(KINDS.service, service);
  const ports = (found && serviceSpec(found).ports) ?? [];
  return ports.find((one) => one.port === port || one.name === port)?.port;
}

/** What is copied to, for the dialect of backends. */
export function copiesOf(plugins: readonly Plugin[] = []): Ref[] {
  return plugins
    .filter(({ name }) => name === COPYING)
    .flatMap(({ config }) => (config?.host === undefined ? [] : [{ host: config.host }]));
}

/** The Service of this namespace that an address is of; undefined of others. */
export function serviceAt(host: string | undefined, namespace: string): string | undefined {
  const [, name, of] = /^http:\/\/([^./:]+)\.([^./:]+)\.svc(?::\d+)?$/.exec(host ?? '') ?? [];
  return of === namespace ? name : undefined;
}
