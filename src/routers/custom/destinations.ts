/** How a destination is written, by a definition: where its Service, its share and its port are. */
import type { RouteDefinition } from '../../api/route-definition.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { serviceNames } from '../split-route/names.ts';
import { valueIn, withoutValueIn, withValueIn } from '../split-route/places.ts';
import { EVERYTHING, type Ref, type RefDialect } from '../split-route/refs.ts';

type Scope = Pick<RouterScope, 'namespace' | 'services'>;

export function destinations(definition: RouteDefinition, scope: Scope): RefDialect {
  const { service, weight, port } = definition;
  const names = serviceNames(scope.services);
  const share = (ref: Ref, percent: number) =>
    withValueIn(ref, weight, weightWritten(definition, percent));
  return {
    nameOf(ref) {
      const to = serviceNamed(valueIn(ref, service), scope.namespace);
      return to !== undefined && isHere(definition, ref, scope) ? names.of(to) : undefined;
    },
    portOf: (ref) => (port === undefined ? undefined : valueIn(ref, port)),
    ...(port === undefined && { portless: true as const }),
    // What has no weight, or none that can be read, is taken to have all: nobody's share is overlooked.
    weightOf: (ref) => percentOf(definition, ref) ?? EVERYTHING,
    textOf: (ref) => String(valueIn(ref, service)),
    lead(ref, to) {
      const [, ...domain] = String(valueIn(ref, service)).split('.');
      return withValueIn(ref, service, [names.in(to), ...domain].join('.'));
    },
    share,
    restore(ref, original, alone) {
      const written = original && valueIn(original, weight);
      if (written !== undefined) return withValueIn(ref, weight, written);
      const without = original !== undefined || (alone && definition.weights.optional);
      return without ? withoutValueIn(ref, weight) : share(ref, EVERYTHING);
    },
    essence: (ref) => share(ref, 0),
  };
}

/** In this namespace: `web`, `web.shop`, `web.shop.svc.cluster.local`. */
export function serviceNamed(value: unknown, namespace: string): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [service, where = namespace, svc = 'svc'] = value.split('.');
  return where === namespace && svc === 'svc' ? service : undefined;
}

function isHere({ namespace }: RouteDefinition, ref: Ref, scope: Scope): boolean {
  const written = namespace === undefined ? undefined : valueIn(ref, namespace);
  return [undefined, '', scope.namespace].includes(written as string | undefined);
}

/** Undefined where there is none, or none that can be read. */
function percentOf({ weight, weights }: RouteDefinition, ref: Ref): number | undefined {
  const written = valueIn(ref, weight);
  const number = weights.text && typeof written === 'string' ? Number(written) : written;
  return typeof number === 'number' && Number.isFinite(number)
    ? (number * EVERYTHING) / weights.total
    : undefined;
}

function weightWritten({ weights: { total, text } }: RouteDefinition, percent: number) {
  const weight = (percent * total) / EVERYTHING;
  return text ? String(weight) : weight;
}

/** A weight is written otherwise than the definition says. */
export function isOddWeight(definition: RouteDefinition, ref: Ref): boolean {
  return valueIn(ref, definition.weight) !== undefined && percentOf(definition, ref) === undefined;
}
