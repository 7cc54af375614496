/** What an Ingress cannot be used for, looked for before a release. */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import { checkDedicatedServices } from '../dedicated-services.ts';
import { takenElsewhere } from '../elsewhere.ts';
import { ofAnotherClass } from '../ingress-class.ts';
import { notThere } from '../not-there.ts';
import { takenBy } from '../owned-by-release.ts';
import { missingPorts, unroutable } from '../split-route/check.ts';
import { type ServiceNames, serviceNames } from '../split-route/names.ts';
import { checkAffinity } from './affinity.ts';
import { ingressSpec, leadsTo, type Place, placesOf, type Routed, routedIn } from './backends.ts';
import { canaryName, isCanary } from './canary.ts';

interface Asked {
  /** Of the Ingress. */
  name: string;
  prefix: string;
  scope: RouterScope;
  objects: TrafficObjects;
}

export function checkIngress(asked: Asked): Problem[] {
  const { name, scope, objects } = asked;
  const roles = [{ suffix: 'stable' as const }, { suffix: 'candidate' as const }];
  const services = checkDedicatedServices({ services: scope.services, roles }, objects);
  const main = objects.get(KINDS.ingress, name);
  if (!main) {
    const field = 'spec.traffic.routers[].ingressNginx.ingress';
    return [...services, notThere({ kind: KINDS.ingress, name, field }, objects)];
  }
  return [...services, ...checkMain(asked, main)];
}

function checkMain(asked: Asked, main: KubeObject): Problem[] {
  const { name, prefix, scope } = asked;
  const title = `Ingress ${name}`;
  if (isCanary(main, prefix))
    return [
      {
        field: `${title} metadata.annotations`,
        message: `${prefix}/canary makes it a canary, which has no canary of its own`,
        fix: 'name the Ingress that it stands beside, or take that annotation out',
      },
    ];
  const names = serviceNames(scope.services);
  const routed = routedIn(main, names);
  return [
    ...ofAnotherClass(main, 'nginx'),
    ...scope.services.flatMap((service) =>
      unroutable(
        { service, title, by: 'path' },
        routed.map(({ to }) => to),
      ),
    ),
    ...byDefault(main, names, title),
    ...placesOf(main).flatMap((place) => ofResources(place, title)),
    ...routed.flatMap((one) => missingPort(one, title, asked.objects)),
    ...takenBy('Ingress', asked.objects.get(KINDS.ingress, canaryName(name))),
    ...otherCanaries(asked, routed),
    ...goElsewhere(asked, main, routed),
    ...requests(asked, main),
    ...checkAffinity(scope, { main, prefix, routed }),
  ];
}

/** A canary for all that no rule asks for stands for every path of every host. */
function byDefault(main: KubeObject, names: ServiceNames, title: string): Problem[] {
  const to = leadsTo(ingressSpec(main).defaultBackend, names);
  if (to === undefined) return [];
  return [
    {
      field: `${title} spec.defaultBackend`,
      message: `it leads to Service ${to.service}, and a default backend cannot be split`,
      fix: 'write a rule without host with path / and pathType Prefix instead',
    },
  ];
}

function ofResources({ path, at }: Place, title: string): Problem[] {
  if (path.backend?.resource === undefined) return [];
  return [
    {
      field: `${title} ${at}.backend.resource`,
      message: 'ingress-nginx does not lead requests to resources',
      fix: 'write a Service, or move the path to an Ingress of its own',
    },
  ];
}

function missingPort({ path, at, to }: Routed, title: string, objects: TrafficObjects): Problem[] {
  const { name, number } = path.backend?.service?.port ?? {};
  return missingPorts(objects, {
    ...to,
    port: name ?? number,
    at: `${title} ${at}.backend.service.port`,
  });
}

/** Of the same class, host and path. */
function goElsewhere(
  { prefix, objects }: Asked,
  main: KubeObject,
  routed: readonly Routed[],
): Problem[] {
  const takes = (ingress: KubeObject, places: readonly Place[]) =>
    places.map(
      (place) =>
        `${pathOf(place)} (${place.path.pathType ?? 'Prefix'}) of class ${classOf(ingress)}`,
    );
  const others = objects
    .list(KINDS.ingress)
    .filter(
      (one) =>
        one.metadata.name !== main.metadata.name &&
        !one.metadata.deletionTimestamp &&
        !isCanary(one, prefix),
    )
    .map((route) => ({ route, takes: takes(route, placesOf(route)) }));
  return routed.flatMap((place) =>
    takenElsewhere(
      { route: main, at: `Ingress ${main.metadata.name} ${place.at}`, takes: takes(main, [place]) },
      others,
    ),
  );
}

function classOf(ingress: KubeObject): string {
  const { ingressClassName } = ingressSpec(ingress);
  return (
    ingressClassName ??
    ingress.metadata.annotations?.['kubernetes.io/ingress.class'] ??
    'by default'
  );
}

/** ingress-nginx takes one canary for a path, and which one is chance. */
function otherCanaries({ name, prefix, objects }: Asked, routed: readonly Routed[]): Problem[] {
  const own = new Set(routed.map(pathOf));
  return objects.list(KINDS.ingress).flatMap((other) => {
    const { name: its } = other.metadata;
    if (its === name || its === canaryName(name) || !isCanary(other, prefix)) return [];
    const shared = placesOf(other)
      .map(pathOf)
      .find((path) => own.has(path));
    if (shared === undefined) return [];
    return [
      {
        field: `Ingress ${its}`,
        message: `it is a canary for ${shared} already, and ingress-nginx takes one for a path`,
        fix: 'delete it, or take that path out of it',
      },
    ];
  });
}

function pathOf({ rule, path }: Place): string {
  return `${rule.host ?? '*'}${path.path ?? '/'}`;
}

function requests({ name, prefix, scope }: Asked, main: KubeObject): Problem[] {
  const affinity = `${prefix}/affinity`;
  const matches = scope.rules.some(({ match }) => match !== undefined);
  if (!matches || main.metadata.annotations?.[affinity] !== 'cookie') return [];
  return [
    {
      field: `Ingress ${name} metadata.annotations`,
      message: `${affinity} keeps users at their version whatever the policy matches`,
      fix: 'take it out for the release, or remove match from spec.strategy',
    },
  ];
}
