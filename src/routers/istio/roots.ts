/**
 * VirtualServices that hand requests over to the one of the policy, which has no hosts then (Istio's reference,
 * HTTPRoute `delegate`). Only requests of `http` are handed over, and a rule of which one match asks for something
 * outside of what is handed over is left out as a whole: nobody is told.
 */
import { KINDS } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import type { RouterScope } from '../../ports/traffic-router.ts';
import { groupsToAdd, slotsOf } from '../split-route/refs.ts';
import type { CheckedRoute, CheckedRule } from '../split-route/shape.ts';
import type { HttpMatch, StringMatch } from './narrow.ts';
import { addedRules, type HttpRule, matchesOf } from './request-rules.ts';

interface Handing {
  rule: HttpRule;
  /** `VirtualService root spec.http[0]` */
  at: string;
}

interface VirtualServiceSpec {
  hosts?: string[];
  gateways?: string[];
  http?: (HttpRule & { delegate?: { name?: string; namespace?: string } })[];
}

/** Of a rule those that hand requests over to it, as far as they are in its namespace. */
export function handingOver(checked: CheckedRoute, rule: HttpRule): Handing[] {
  return rootsOf(checked)
    .flatMap(({ handing }) => handing)
    .filter((one) => isWhole(rule, one));
}

/** By which gateways requests come to it, as far as it is known: of itself, or of those that hand over to it. */
export function entrancesOf(checked: CheckedRoute): { title: string; gateways?: string[] }[] {
  const { title, route } = checked;
  if (isDelegate(route)) return rootsOf(checked);
  const { gateways } = specOf(route);
  return [{ title, ...(gateways && { gateways }) }];
}

interface Root {
  title: string;
  gateways?: string[];
  handing: Handing[];
}

function rootsOf({ route, objects }: CheckedRoute): Root[] {
  if (!isDelegate(route)) return [];
  const { name, namespace = '' } = route.metadata;
  const all = objects.list(KINDS.virtualService).map((root): Root => {
    const { gateways, http = [] } = specOf(root);
    const title = `VirtualService ${root.metadata.name}`;
    const handing = http.flatMap(({ delegate, ...rule }, i): Handing[] => {
      const isOurs = delegate?.name === name && (delegate.namespace || namespace) === namespace;
      return isOurs ? [{ rule, at: `${title} spec.http[${i}]` }] : [];
    });
    return { title, ...(gateways && { gateways }), handing };
  });
  return all.filter(({ handing }) => handing.length > 0);
}

/** What is added to a rule for single requests, and would be left out. */
export function outsideOfRoots(
  { rules: planned, namespace, config }: RouterScope,
  route: CheckedRoute,
  { rule, refs, at }: CheckedRule,
): Problem[] {
  const roots = handingOver(route, rule);
  const { dialect, objects } = route;
  const groups = groupsToAdd(dialect, slotsOf(dialect, refs));
  const given = { groups, users: [], weight: 0, candidateHash: '', namespace, config, objects };
  return planned.flatMap((rules) =>
    (['match', 'sticky', 'mirror'] as const).flatMap((name): Problem[] => {
      const added = addedRules(rule, { ...given, [name]: rules[name] });
      const root = added.map((one) => leavingOut(one, roots)).find((one) => one !== undefined);
      if (!root) return [];
      return [
        {
          field: at,
          message: `the rule that is added for ${name} would be left out by Istio: it asks for what is not within ${root.at}.match, or for what that asks for by a pattern`,
          fix: `ask in ${name} for less than ${root.at} hands over: a path within its own, and no header, parameter or method that it asks for otherwise`,
        },
      ];
    }),
  );
}

/** Connections are not handed over. */
export function connectionsOfDelegate(
  { route }: CheckedRoute,
  { list, at }: CheckedRule,
): Problem[] {
  if (list === 'http' || !isDelegate(route)) return [];
  return [
    {
      field: at,
      message: `the VirtualService has no hosts, and Istio hands nothing of spec.${list} over to such a one`,
      fix: 'name a VirtualService with hosts, or leave the rule out',
    },
  ];
}

/** None of its requests are handed over by one, or some and others not. */
function leavingOut(added: HttpRule, roots: readonly Handing[]): Handing | undefined {
  const parted = roots.find((root) => !isWhole(added, root) && partOf(added, root).length > 0);
  return parted ?? (roots.some((root) => isWhole(added, root)) ? undefined : roots[0]);
}

/** Who asks for nothing has all that the other has. */
function isWhole(rule: HttpRule, root: Handing): boolean {
  if (!rule.match?.length || !root.rule.match?.length) return true;
  return partOf(rule, root).length === rule.match.length;
}

function partOf(rule: HttpRule, { rule: root }: Handing): HttpMatch[] {
  return matchesOf(rule).filter((own) => matchesOf(root).some((handed) => isWithin(own, handed)));
}

function isWithin(own: HttpMatch, root: HttpMatch): boolean {
  const ownLabels = Object.entries(own.sourceLabels ?? {});
  const alone = ['uri', 'method', 'authority', 'scheme'];
  const byName = ['headers', 'withoutHeaders', 'queryParams'];
  return (
    alone.every((field) => isPart(own[field], root[field])) &&
    byName.every((field) => {
      const handed = (root[field] ?? {}) as Record<string, unknown>;
      return Object.entries(own[field] ?? {}).every(([name, one]) => isPart(one, handed[name]));
    }) &&
    ownLabels.every(([name, value]) => (root.sourceLabels?.[name] ?? value) === value) &&
    Boolean(own.ignoreUriCase) === Boolean(root.ignoreUriCase)
  );
}

/** A pattern is within nothing that is asked for too, and nothing is within a pattern. */
function isPart(own: unknown, root: unknown): boolean {
  if (own === undefined || root === undefined) return true;
  const { exact, prefix } = own as StringMatch;
  const { exact: only, prefix: start } = root as StringMatch;
  if (only) return exact === only;
  return Boolean(start && (exact || prefix)?.startsWith(start));
}

function isDelegate(route: KubeObject): boolean {
  return (specOf(route).hosts ?? []).length === 0;
}

function specOf(route: KubeObject): VirtualServiceSpec {
  return (route['spec'] ?? {}) as VirtualServiceSpec;
}
