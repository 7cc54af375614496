/** What an Ingress of a load balancer cannot be used for, looked for before a release. */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope, TrafficObjects } from '../../ports/traffic-router.ts';
import { checkDedicatedServices } from '../dedicated-services.ts';
import { ofAnotherClass } from '../ingress-class.ts';
import { notThere } from '../not-there.ts';
import { serviceSpec } from '../service-spec.ts';
import { missingPorts, unroutable } from '../split-route/check.ts';
import { serviceNames } from '../split-route/names.ts';
import type { RefRole } from '../split-route/refs.ts';
import {
  fieldOf,
  groupsIn,
  parsed,
  type Target,
  targetsOf,
  targetText,
  weightOf,
} from './actions.ts';
import {
  actionIn,
  actionName,
  keyOf,
  type Place,
  placesOf,
  PREFIX,
  routingOf,
  serviceName,
  servicePort,
} from './ingress.ts';
import { checkRequests } from './check-requests.ts';
import type { Checked } from './checked.ts';
import { comesFirst } from './group.ts';
import { ACTION_NAME_MAX } from './requests.ts';
import { isAddedKey, isAddedPath } from './turned.ts';

export function checkAlb(scope: RouterScope, objects: TrafficObjects): Problem[] {
  const roles = [{ suffix: 'stable' as const }, { suffix: 'candidate' as const }];
  const services = checkDedicatedServices({ services: scope.services, roles }, objects);
  const name = String(scope.config['ingress']);
  const ingress = objects.get(KINDS.ingress, name);
  if (!ingress) {
    const field = 'spec.traffic.routers[].alb.ingress';
    return [...services, notThere({ kind: KINDS.ingress, name, field }, objects)];
  }
  const title = `Ingress ${name}`;
  const names = serviceNames(scope.services);
  const checked: Checked = { scope, objects, names, title, routing: routingOf(ingress) };
  const found = [
    ...ofAnotherClass(ingress, 'alb'),
    ...leadsNowhere(checked),
    ...leftBehind(checked),
    ...checked.scope.services.flatMap((service) => ofService(checked, service)),
    ...placesOf(checked.routing).flatMap((place) => ofPlace(checked, place)),
    ...keepsUsers(checked),
    ...comesFirst(checked, ingress),
  ];
  // What would be added is told only for an Ingress that is fit otherwise.
  return [...services, ...(found.length > 0 ? found : checkRequests(checked))];
}

function leadsNowhere({ scope, names, title, routing }: Checked): Problem[] {
  const leads = placesOf(routing).flatMap(({ backend }) => {
    const direct = names.of(serviceName(backend) ?? '');
    const name = actionName(backend);
    const groups = name === undefined ? [] : groupsIn(actionIn(routing, name), names);
    const roles = groups.flatMap(({ service, targets }) =>
      Object.keys(targets).map((role) => ({ service, role: role as RefRole })),
    );
    return direct ? [direct, ...roles] : roles;
  });
  return scope.services.flatMap((service) => unroutable({ service, title, by: 'path' }, leads));
}

function leftBehind({ title, routing }: Checked): Problem[] {
  const key = Object.keys(routing.annotations).find(isAddedKey);
  const place = placesOf(routing).find(({ path }) => path && isAddedPath(path));
  const at = key === undefined ? place?.at : `metadata.annotations[${key}]`;
  if (at === undefined) return [];
  const message = 'it is named as what a release adds, while no release is in progress';
  return [{ field: `${title} ${at}`, message, fix: 'take it out, or give it another name' }];
}

/** The Services of each version have none of the annotations of the user's, and no ports of nodes. */
function ofService({ objects, title, routing }: Checked, service: string): Problem[] {
  const found = objects.get(KINDS.service, service);
  return found
    ? [...saysByAnnotation(found), ...targetsNodes(found, { title, routing }), ...bySuffix()]
    : [];

  function bySuffix(): Problem[] {
    const start = `${PREFIX}target-control-port.${service}.`;
    const key = Object.keys(routing.annotations).find((one) => one.startsWith(start));
    if (key === undefined) return [];
    const message = `it counts for Service ${service} and not for those of each version`;
    return [{ field: `${title} metadata.annotations[${key}]`, message, fix: 'take it out' }];
  }
}

function saysByAnnotation({ metadata }: KubeObject): Problem[] {
  const key = Object.keys(metadata.annotations ?? {}).find((one) => one.startsWith(PREFIX));
  if (key === undefined) return [];
  return [
    {
      field: `Service ${metadata.name} metadata.annotations[${key}]`,
      message:
        'the Services of each version do not have it, and with several target groups parts of it are not heard',
      fix: 'write it into the annotations of the Ingress',
    },
  ];
}

const TARGET_TYPE = `${PREFIX}target-type`;

function targetsNodes(
  service: KubeObject,
  { title, routing }: Pick<Checked, 'title' | 'routing'>,
): Problem[] {
  const { type = 'ClusterIP' } = serviceSpec(service);
  const said = routing.annotations[TARGET_TYPE];
  // One without ports of nodes is reached by the addresses of its pods, whatever says so.
  if (said === 'ip' || (said === undefined && type === 'ClusterIP')) return [];
  const message =
    said === undefined
      ? `Service ${service.metadata.name} is of type ${type}, so that targets may be nodes; those of each version are of type ClusterIP`
      : `targets are nodes by ${said}, and the Services of each version are of type ClusterIP`;
  return [
    { field: `${title} metadata.annotations[${TARGET_TYPE}]`, message, fix: 'write ip there' },
  ];
}

function ofPlace(checked: Checked, place: Place): Problem[] {
  const service = serviceName(place.backend);
  if (service !== undefined && checked.names.of(service)?.role === 'Service')
    return ofDirect(checked, place, service);
  const name = actionName(place.backend);
  return name === undefined ? [] : ofAction(checked, name);
}

function ofDirect(checked: Checked, place: Place, service: string): Problem[] {
  const { title, routing, objects } = checked;
  const field = `${title} ${place.at}.backend.service`;
  const port = servicePort(place.backend.service?.port);
  const missing = missingPorts(objects, { service, port, at: `${field}.port` });
  const others = placesOf(routing)
    .filter(({ backend }) => serviceName(backend) === service)
    .map(({ backend }) => servicePort(backend.service?.port));
  const another = others.find((one) => one !== port);
  if (another !== undefined && others[0] !== port)
    return [
      ...missing,
      {
        field: `${field}.port`,
        message: `paths lead to ports ${others[0]} and ${port} of Service ${service}, and the action of its name has one`,
        fix: 'write one of the two everywhere, or an action of your own for one of them',
      },
    ];
  if (routing.annotations[keyOf('actions', service)] !== undefined)
    return [
      ...missing,
      {
        field,
        message: `it names Service ${service} by its port, and there is an action of that name too`,
        fix: 'write name: use-annotation as the port, or give the action another name',
      },
    ];
  if (service.length <= ACTION_NAME_MAX) return missing;
  const message = `no annotation can be named after a Service of ${service.length} characters`;
  const fix = `write an action of your own, with a name of ${ACTION_NAME_MAX} characters at most`;
  return [...missing, { field, message, fix }];
}

/** Of an action more target groups than these are not taken. */
const TARGETS_MAX = 5;

function ofAction(checked: Checked, name: string): Problem[] {
  const { title, routing, names } = checked;
  const text = routing.annotations[keyOf('actions', name)];
  if (text === undefined) return [];
  const field = `${title} metadata.annotations[${keyOf('actions', name)}]`;
  const action = parsed(text);
  if (action === undefined) {
    const message = 'it is no object in JSON';
    return [{ field, message, fix: 'write one, as the controller of the load balancer asks' }];
  }
  const groups = groupsIn(action, names);
  if (groups.length === 0) return [];
  const targets = targetsOf(action);
  return [
    ...sharesAlready(field, targets),
    ...groups.flatMap(({ service, port }) =>
      missingPorts(checked.objects, {
        service,
        port: /^\d+$/.test(port) ? Number(port) : port,
        at: field,
      }),
    ),
    ...(targets.length + 2 > TARGETS_MAX
      ? [
          {
            field,
            message: `it has ${targets.length} target groups, and a release adds two to them: a load balancer takes ${TARGETS_MAX}`,
            fix: 'take those out that have no share',
          },
        ]
      : []),
    ...sticks(field, action),
  ];
}

function sharesAlready(field: string, targets: readonly Target[]): Problem[] {
  const active = targets.filter((one) => weightOf(one, targets.length === 1) > 0);
  if (active.length < 2) return [];
  return [
    {
      field,
      message: `it shares requests between ${active.map(targetText).join(', ')}`,
      fix: 'leave one target group with a weight in this action, or move the others to an action of their own',
    },
  ];
}

function sticks(field: string, action: object): Problem[] {
  const config = fieldOf(fieldOf(action, 'forwardConfig'), 'targetGroupStickinessConfig');
  if (fieldOf(config, 'enabled') !== true) return [];
  const message = 'targetGroupStickinessConfig keeps users at a version whatever its weight is';
  return [{ field, message, fix: 'write enabled: false for the release' }];
}

const ATTRIBUTES = `${PREFIX}target-group-attributes`;

/** A load balancer takes target groups with sessions behind a rule only where the rule has them too. */
function keepsUsers({ title, routing }: Checked): Problem[] {
  const said = routing.annotations[ATTRIBUTES] ?? '';
  if (!/(^|,)\s*stickiness\.enabled\s*=\s*true\s*(,|$)/.test(said)) return [];
  return [
    {
      field: `${title} metadata.annotations[${ATTRIBUTES}]`,
      message:
        'stickiness.enabled=true is refused by the load balancer for a rule with several target groups, unless users are kept at one of them whatever its weight is',
      fix: 'take stickiness.enabled out for the release',
    },
  ];
}
