/**
 * Other Ingresses of the same group, whose rules come first at the one load balancer that all of them have: by
 * `group.order`, then by name (the controller's guide, IngressGroup), and all rules of one before all of the next.
 */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import { hasThem } from '../elsewhere.ts';
import { classOf } from '../ingress-class.ts';
import { isWithin } from '../path-match.ts';
import { fieldOf } from './actions.ts';
import { type Checked, conditionsName } from './checked.ts';
import {
  actionIn,
  actionName,
  keyOf,
  type Path,
  type Place,
  placesOf,
  PREFIX,
  routingOf,
} from './ingress.ts';
import { pathIn } from './narrow.ts';

export function comesFirst(checked: Checked, ingress: KubeObject): Problem[] {
  const { objects, title } = checked;
  const group = saysOf(ingress, 'group.name');
  if (group === undefined) return [];
  const others = objects
    .list(KINDS.ingress)
    .filter(
      (other) =>
        !other.metadata.deletionTimestamp &&
        saysOf(other, 'group.name') === group &&
        classOf(other) === classOf(ingress) &&
        hasItsPorts(other, ingress) &&
        isBefore(other, ingress),
    )
    .flatMap((other) => rulesOf(other).map((place) => ({ other, place })));
  const routed = placesOf(checked.routing).filter(
    (place) => conditionsName(checked, place) !== undefined,
  );
  return routed.flatMap((own) => {
    const found = others.find(({ place }) => takesAll(place, own));
    if (!found) return [];
    const { other, place } = found;
    const first = `comes first in group ${group} (group.order ${orderOf(other)})`;
    const what = `${place.rule?.host || '*'}${place.path?.path ?? '/'} (${place.path?.pathType ?? 'no pathType'})`;
    return [
      hasThem({ at: `${title} ${own.at}`, by: `Ingress ${other.metadata.name}`, first, what }),
    ];
  });
}

function saysOf({ metadata }: KubeObject, name: string): string | undefined {
  return metadata.annotations?.[`${PREFIX}${name}`];
}

function orderOf(ingress: KubeObject): number {
  return Number(saysOf(ingress, 'group.order') ?? 0);
}

/** Of one namespace. */
function isBefore(one: KubeObject, other: KubeObject): boolean {
  const [a, b] = [orderOf(one), orderOf(other)];
  return a === b ? one.metadata.name < other.metadata.name : a < b;
}

/** Without `listen-ports` they follow from whether there is a certificate. */
function hasItsPorts(one: KubeObject, other: KubeObject): boolean {
  const ports = saysOf(one, 'listen-ports');
  const isSaid = (ingress: KubeObject, name: string) => saysOf(ingress, name) !== undefined;
  if (ports !== saysOf(other, 'listen-ports')) return false;
  const certified = ['certificate-arn', 'create-acm-cert'];
  return (
    ports !== undefined || certified.every((name) => isSaid(one, name) === isSaid(other, name))
  );
}

/** Those that ask for no more than their host and path. A redirect is left out where it would lead to itself. */
function rulesOf(ingress: KubeObject): Place[] {
  const routing = routingOf(ingress);
  return placesOf(routing).filter(({ backend, path }) => {
    const conditions = keyOf('conditions', backend.service?.name ?? '');
    const action = actionIn(routing, actionName(backend) ?? '');
    const redirects = fieldOf(action, 'type') === 'redirect';
    return path && !redirects && routing.annotations[conditions] === undefined;
  });
}

function takesAll({ rule, path = {} }: Place, own: Place): boolean {
  if (!own.path) return false;
  const host = rule?.host?.toLowerCase();
  if (host && host !== own.rule?.host?.toLowerCase()) return false;
  return isEvery(path) || isWithin(pathIn(own.path), pathIn(path));
}

function isEvery({ path, pathType }: Path): boolean {
  return path === '/*' && pathType !== 'Exact' && pathType !== 'Prefix';
}
