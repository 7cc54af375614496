/** What an ApisixRoute cannot be used for, looked for before a release. */
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { leadsToOurs, ofASubset } from '../split-route/check.ts';
import { checkNarrowing } from '../split-route/narrowing.ts';
import type { CheckedRoute, CheckedRule } from '../split-route/shape.ts';
import { askedBefore } from './asked-before.ts';
import type { Backend } from './backends.ts';
import { KINDS } from '../../api/group.ts';
import { serviceSpec } from '../service-spec.ts';
import { COPYING } from './copies.ts';
import {
  asksFor,
  type Expression,
  type HttpRule,
  narrowed,
  priorityOf,
  roomFor,
} from './request-rules.ts';

export function checkApisixRoute(scope: RouterScope, route: CheckedRoute): Problem[] {
  const routed = route.rules.filter((rule) => leadsToOurs(route, rule));
  return [
    ...connections(scope, route),
    ...routed.flatMap((rule) => [
      // An ApisixUpstream has them by the name of the Service.
      ...ofASubset(route, rule, (ref: Backend) => ref.subset),
      ...splitElsewhere(rule),
      ...copiesWrongly(scope, rule),
      ...competes(scope, route, rule),
    ]),
    ...askedBefore(route),
    ...withoutAddress(scope, route),
    ...checkNarrowing(scope, {
      title: route.title,
      rules: routed,
      field: 'match',
      narrowed,
      asksFor,
    }),
  ];
}

/** One backend, and no weight. */
function connections({ services }: RouterScope, { title, route }: CheckedRoute): Problem[] {
  return streamsOf(route).flatMap(({ backend }, i) => {
    const service = backend?.serviceName ?? '';
    if (!services.includes(service)) return [];
    const message = `it leads to Service ${service}, and a rule for connections has no weights`;
    const fix =
      'take the rule out, or lead it to a Service that spec.traffic.services does not name';
    return [{ field: `${title} spec.stream[${i}].backend`, message, fix }];
  });
}

function streamsOf(route: KubeObject): { backend?: Backend }[] {
  const { stream = [] } = (route['spec'] ?? {}) as { stream?: { backend?: Backend }[] };
  return stream;
}

/** What would share the requests besides the weights of backends, or instead of them. */
function splitElsewhere({ rule, at }: CheckedRule): Problem[] {
  const { upstreams = [], plugins = [] } = rule as HttpRule;
  const plugin = plugins.some(({ name, enable }) => name === 'traffic-split' && enable !== false);
  return [
    ...(upstreams.length > 0
      ? [
          {
            field: `${at}.upstreams`,
            message: 'it shares requests with the backends of this rule',
            fix: 'move them to a rule of their own',
          },
        ]
      : []),
    ...(plugin
      ? [
          {
            field: `${at}.plugins`,
            message: 'the plugin traffic-split would go before the weights of the backends',
            fix: 'take the plugin out for the release',
          },
        ]
      : []),
  ];
}

/** Copies have the path as it came; and of each plugin there is one in a rule, by its name. */
function copiesWrongly({ rules }: RouterScope, { rule, at }: CheckedRule): Problem[] {
  if (rules.every(({ mirror }) => !mirror)) return [];
  const { plugins = [], plugin_config_name: more } = rule as HttpRule;
  const has = (wanted: string) =>
    plugins.some(({ name, enable }) => name === wanted && enable !== false);
  if (has(COPYING))
    return [
      {
        field: `${at}.plugins`,
        message: `the plugin ${COPYING} copies its requests already, and a rule has it once`,
        fix: 'take the plugin out for the release, or remove mirror from spec.strategy',
      },
    ];
  if (has('proxy-rewrite'))
    return [
      {
        field: `${at}.plugins`,
        message: 'the plugin proxy-rewrite changes requests after they are copied',
        fix: 'remove mirror from spec.strategy, or let the application take requests as they come',
      },
    ];
  if (more === undefined) return [];
  return [
    {
      field: `${at}.plugin_config_name`,
      message: `what is in ApisixPluginConfig ${more} is not seen, and could copy requests already, or rewrite them`,
      fix: 'write its plugins into the rule, or remove mirror from spec.strategy',
    },
  ];
}

/** Its name stands for the addresses of its pods, which listen on other ports than that of the Service. */
function withoutAddress({ rules, services }: RouterScope, { objects }: CheckedRoute): Problem[] {
  if (rules.every(({ mirror }) => !mirror)) return [];
  return services.flatMap((name) => {
    const found = objects.get(KINDS.service, name);
    if (!found || serviceSpec(found).clusterIP !== 'None') return [];
    return [
      {
        field: `Service ${name} spec.clusterIP`,
        message: 'mirror copies requests to an address of a Service, and a headless one has none',
        fix: 'remove mirror from spec.strategy, or use a Service with a cluster IP',
      },
    ];
  });
}

/** Among rules of one path the priority counts alone: no rule of others may come to have that of an added one. */
function competes(scope: RouterScope, route: CheckedRoute, own: CheckedRule): Problem[] {
  const room = Math.max(0, ...scope.rules.map(roomFor));
  if (room === 0) return [];
  const priority = priorityOf(own.rule);
  return route.rules
    .filter(
      (other) =>
        other !== own &&
        !leadsToOurs(route, other) &&
        priorityOf(other.rule) >= priority &&
        priorityOf(other.rule) <= priority + room &&
        overlaps(own.rule, other.rule),
    )
    .slice(0, 1)
    .map((other) => ({
      field: `${own.at}.priority`,
      message: `${other.at} has the same path, and its priority leaves no room for a rule for single requests in between`,
      fix: `write a priority below ${priority} there, or one above ${priority + room}`,
    }));
}

/** Some request may be for both, by a path that both have. */
function overlaps({ match: one = {} }: HttpRule, { match: other = {} }: HttpRule): boolean {
  const { paths = [], exprs = [] } = one;
  return (
    paths.some((path) => other.paths?.includes(path)) &&
    share(one.methods, other.methods) &&
    share(one.hosts, other.hosts) &&
    !exprs.some((a) => other.exprs?.some((b) => differs(a, b)))
  );
}

/** Without any, or with a wildcard, it is for all. */
function share(one: readonly string[] = [], other: readonly string[] = []): boolean {
  const all = (list: readonly string[]) =>
    list.length === 0 || list.some((item) => item.includes('*'));
  return all(one) || all(other) || one.some((item) => other.includes(item));
}

function differs(a: Expression, b: Expression): boolean {
  if (a.op !== 'Equal' || b.op !== 'Equal') return false;
  const { scope, name } = a.subject;
  return scope === b.subject.scope && name === b.subject.name && a.value !== b.value;
}
