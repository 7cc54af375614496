/**
 * Routes by weights on an object that the user owns: in each rule the destination that is the user's
 * Service becomes a pair, to the Services of each version. Where that stands and how it is written is
 * the shape of each router.
 */
import { isDeepStrictEqual } from 'node:util';
import { isManaged } from '../../api/last-writer.ts';
import type { GroupKind, KubeObject, ObjectName } from '../../api/object.ts';
import type { Problem } from '../../api/problem.ts';
import { type Routed, ROUTED, type RouterName } from '../../api/routed.ts';
import type {
  RouteReading,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import type { Write } from '../../ports/write.ts';
import { checkDedicatedServices } from '../dedicated-services.ts';
import { takenElsewhere } from '../elsewhere.ts';
import { notThere } from '../not-there.ts';
import { nothingToMove } from '../nothing-to-move.ts';
import { assertPercent } from '../whole-percents.ts';
import { writerOf } from '../writer.ts';
import { checkRefs, leadsToOurs } from './check.ts';
import { leadingTo, placeOf, pointerTo, refsIn, rulesIn } from './places.ts';
import {
  groupsOf,
  groupsToAdd,
  journalledRefs,
  named,
  originalRefs,
  type Ref,
  type RefDialect,
  type RefGroup,
  slotsOf,
  splitRefs,
  stateOf,
  toService,
} from './refs.ts';
import type { CheckedRoute, RouteShape, Rule, RuleList } from './shape.ts';

/** Any share in whole percent. A reading is accepted when the object is stored so and nobody who takes it
 * up says otherwise. */
export function splitRoute(name: RouterName, shapes: readonly RouteShape[]): TrafficRouter {
  const routed: Record<string, Routed> = ROUTED[name];
  const kindOf = ({ field, kind }: RouteShape) => kind ?? (routed[field] as Routed).kind;
  const routeIn = (scope: RouterScope, objects: TrafficObjects): Place => {
    const shape = shapes.find(({ field }) => scope.config[field] !== undefined);
    if (!shape) throw new TypeError(`${name} needs the name of an object that it can write`);
    return placeIn({ shape, kind: kindOf(shape) }, scope, objects);
  };
  return {
    name,
    capabilities: { weights: 'Percent', dedicatedServices: true },
    kinds: [...shapes.map(kindOf), ...shapes.flatMap(({ reads = [] }) => reads)],

    check(scope, objects) {
      const roles = [{ suffix: 'stable' as const }, { suffix: 'candidate' as const }];
      const services = checkDedicatedServices({ services: scope.services, roles }, objects);
      const at = routeIn(scope, objects);
      if (!at.route) {
        const field = `spec.traffic.routers[].${name}.${at.shape.field}`;
        const { kind, name: object, shape } = at;
        return [...services, notThere({ kind, name: object, field, ...shape.absent }, objects)];
      }
      const checked = checkedRoute(at, at.route, objects);
      const unmovable = at.shape.unmovable?.(scope, checked) ?? [];
      const found = unmovable.length > 0 ? unmovable : checkRefs(scope, checked);
      // What would be added is told only for a route that is fit otherwise.
      if (found.length > 0) return [...services, ...found];
      return [...services, ...goesElsewhere(at, checked), ...at.shape.check(scope, checked)];
    },

    capture(scope, objects) {
      const { shape, route, dialect } = routeIn(scope, objects);
      const rules = route ? shape.lists.flatMap((list) => rulesOf(route, list)) : [];
      return {
        refs: originalRefs(
          dialect,
          rules.map(({ refs }) => refs),
        ),
      };
    },

    render(intent, objects) {
      if (intent.route === 'Split') assertPercent(name, intent.weight);
      const at = routeIn(intent, objects);
      return at.route ? renderRoute(intent, at, at.route) : [];
    },

    observe(intent, objects) {
      const at = routeIn(intent, objects);
      if (!at.route) return nothingToMove(intent, `${at.title} does not exist`);
      const { lists, requests } = at.shape;
      const fields = lists.map((list) => {
        const added = intent.rules.length > 0 && list.field === requests?.list;
        return `${placeOf(list)}${added ? '' : `${list.single ? '' : '[]'}.${list.refs}`}`;
      });
      return {
        ...readRoute(intent, at, at.route),
        ...writerOf(at.route),
        writes: `${fields.join(', ')} of ${at.title}`,
      };
    },
  };
}

/** One route, and how to read it. */
interface Place {
  shape: RouteShape;
  kind: GroupKind;
  name: string;
  title: string;
  dialect: RefDialect;
  route: KubeObject | undefined;
  objects: TrafficObjects;
}

function placeIn(
  { shape, kind }: Pick<Place, 'shape' | 'kind'>,
  scope: RouterScope,
  objects: TrafficObjects,
): Place {
  const name = String(scope.config[shape.field]);
  const title = `${kind.kind} ${name}`;
  const route = objects.get(kind, name);
  return { shape, kind, name, title, dialect: shape.refs(scope), route, objects };
}

interface Rules {
  rule: Rule;
  refs: Ref[];
}

function rulesOf(route: KubeObject, list: RuleList): Rules[] {
  return rulesIn(route, list).map((rule) => ({ rule, refs: refsIn(rule, list) }));
}

/** `spec.rules[0]` */
function fieldOf(list: RuleList, i: number): string {
  return list.single ? placeOf(list) : `${placeOf(list)}[${i}]`;
}

function checkedRoute(at: Place, route: KubeObject, objects: TrafficObjects): CheckedRoute {
  const rules = at.shape.lists.flatMap((list) =>
    rulesOf(route, list).map(({ rule, refs }, i) => ({
      list: list.field,
      rule,
      refs,
      at: `${at.title} ${fieldOf(list, i)}`,
      refsAt: `${at.title} ${fieldOf(list, i)}.${list.refs}`,
    })),
  );
  return { title: at.title, by: at.shape.by ?? 'rule', route, rules, dialect: at.dialect, objects };
}

/** Rules of other objects that take the requests of a rule which leads to the policy's Services. */
function goesElsewhere({ shape, kind, name }: Place, checked: CheckedRoute): Problem[] {
  const takes = (route: KubeObject, rule: Rule) => shape.takes?.(route, rule) ?? [];
  const takenAs = (rule: Rule) =>
    shape.takenAs?.(checked.route, rule) ?? takes(checked.route, rule);
  const ofKind = checked.objects.list(kind).filter(({ metadata }) => metadata.name !== name);
  const others = [...ofKind, ...(shape.besides?.(checked) ?? [])]
    .filter(({ metadata }) => !metadata.deletionTimestamp)
    .map((route) => ({
      route,
      takes: shape.lists
        .flatMap((list) => rulesOf(route, list))
        .flatMap(({ rule }) => takes(route, rule)),
    }));
  return checked.rules
    .filter((rule) => leadsToOurs(checked, rule))
    .flatMap(({ rule, at }) =>
      takenElsewhere({ route: checked.route, at, takes: takenAs(rule) }, others),
    );
}

/** Of one list: as it is, as its user has it, and as it should be. */
interface Turned {
  list: RuleList;
  is: Rule[];
  users: Rule[];
  wanted: Rule[];
}

/** The rules as they should be: the user's with their destinations moved, and Segue's before each. */
function turned(intent: TrafficIntent, at: Place, route: KubeObject): Turned[] {
  const originals = [...journalledRefs(intent.journal)];
  return at.shape.lists.map((list) => {
    const all = rulesOf(route, list);
    const users = all.filter(({ rule }) => !isAdded(intent, at, { list, rule }));
    return {
      list,
      is: all.map(({ rule }) => rule),
      users: users.map(({ rule }) => rule),
      wanted: users.flatMap((one) =>
        wantedRules(intent, at, { list, originals, users: users.map(({ rule }) => rule), ...one }),
      ),
    };
  });
}

function wantedRules(
  intent: TrafficIntent,
  { shape, dialect, objects }: Place,
  {
    list,
    originals,
    users,
    rule,
    refs: now,
  }: Rules & { list: RuleList; originals: Ref[]; users: Rule[] },
): Rule[] {
  const slots = slotsOf(
    dialect,
    now.filter((ref) => dialect.copyOf?.(ref) !== 'Own'),
  );
  const alone = slots.filter((slot) => 'group' in slot || !dialect.copyOf?.(slot.foreign)).length;
  const refs = slots.flatMap((slot): Ref[] => {
    if ('foreign' in slot) return [slot.foreign];
    return intent.route === 'Split'
      ? splitRefs(dialect, slot.group, intent.weight)
      : toService(dialect, slot.group, { originals, alone: alone === 1 });
  });
  const leading = (to: Ref[]) => (isDeepStrictEqual(now, to) ? rule : leadingTo(rule, list, to));
  const mended = leading(refs);
  const { requests } = shape;
  if (intent.route === 'Service' || requests?.list !== list.field) return [mended];
  const given = { ...intent, objects, users, groups: groupsToAdd(dialect, slots) };
  const copies = requests.copies?.(mended, given) ?? [];
  return [...requests.added(mended, given), leading([...refs, ...copies])];
}

function isAdded(
  { rules, candidateHash, config }: TrafficIntent,
  { shape, dialect }: Place,
  { list, rule }: { list: RuleList; rule: Rule },
): boolean {
  if (shape.requests?.list !== list.field) return false;
  const nameOf = (ref: Ref, alone: boolean) => named(dialect, ref, alone);
  return shape.requests.isAdded(rule, { nameOf, rules, candidateHash, config });
}

function renderRoute(intent: TrafficIntent, at: Place, route: KubeObject): Write[] {
  const operations = turned(intent, at, route).flatMap(operationsFor);
  const target = { ...at.kind, namespace: intent.namespace, name: at.name };
  if (operations.length === 0) return intent.route === 'Service' ? givenBack(target, route) : [];
  const resourceVersion = route.metadata.resourceVersion;
  return [
    {
      op: 'Patch',
      target,
      type: 'json',
      body: operations,
      ...(resourceVersion && { resourceVersion }),
      because:
        intent.route === 'Split'
          ? `${intent.weight} percent of ${at.title} to the candidate`
          : `${at.title} back to the user's Service`,
    },
  ];
}

/** Lists of rules are managed as a whole: whoever applies the object server-side would meet a conflict with Segue for
 * good, about what is the user's again. */
function givenBack(target: ObjectName, { metadata }: KubeObject): Write[] {
  if (!isManaged(metadata)) return [];
  const because = `${target.kind} ${target.name} is its user's alone again`;
  return [{ op: 'Patch', target, type: 'json', body: [], disowns: true, because }];
}

/** A JSON patch of no more than what changes. */
function operationsFor({ list, is, users, wanted }: Turned) {
  const path = pointerTo(placeOf(list));
  if (users.length < is.length || wanted.length > users.length)
    return isDeepStrictEqual(is, wanted) ? [] : [{ op: 'replace', path, value: wanted }];
  return wanted.flatMap((rule, i) => {
    if (isDeepStrictEqual(rule, is[i])) return [];
    const at = list.single ? path : `${path}/${i}`;
    return [{ op: 'replace', path: `${at}${pointerTo(list.refs)}`, value: refsIn(rule, list) }];
  });
}

/** A Service that no rule leads to any more (the user's edit) is left out of the reading. */
function readRoute(intent: TrafficIntent, at: Place, route: KubeObject): RouteReading {
  const { title, dialect, shape } = at;
  const groups = turned(intent, at, route).flatMap(({ users, list }) =>
    users.flatMap((rule) => groupsOf(slotsOf(dialect, refsIn(rule, list)))),
  );
  const [state, another] = new Set(groups.map((group) => stateOf(dialect, group)));
  if (state === undefined)
    return nothingToMove(
      intent,
      `${title}: no ${shape.by ?? 'rule'} leads to Service ${intent.services.join(', ')}`,
    );
  const elsewhere = (message: string): RouteReading => ({
    route: 'Other',
    accepted: false,
    message: `${title}: ${message}`,
  });
  if (another !== undefined || state === 'Other')
    return elsewhere(`its rules disagree: ${groups.map((one) => told(dialect, one)).join(', ')}`);
  const lists = turned({ ...intent, ...reached(state) }, at, route);
  const missing = lists.find(({ is, wanted }) => wanted.length !== is.length);
  if (missing) {
    const { wanted, users, is } = missing;
    return elsewhere(
      `${wanted.length - users.length} rules for single requests wanted, ${is.length - users.length} there`,
    );
  }
  if (lists.some((one) => copiesIn(at, one.list, one.is) !== copiesIn(at, one.list, one.wanted)))
    return elsewhere('its rules do not copy requests as wanted');
  const stale =
    lists.some(({ is, wanted }) => !isDeepStrictEqual(wanted, is)) &&
    'its rules for single requests are out of date';
  const unmet = shape.notAccepted(route);
  const waiting = stale || (unmet && `not accepted: ${unmet}`);
  const where = state === 'Service' ? "to the user's Service" : `${state} percent to the candidate`;
  return { ...reached(state), accepted: !waiting, message: `${title}: ${waiting || where}` };
}

/** How many of these rules copy requests by an entry of Segue's. */
function copiesIn({ dialect }: Place, list: RuleList, rules: readonly Rule[]): number {
  return rules.filter((rule) => refsIn(rule, list).some((ref) => dialect.copyOf?.(ref) === 'Own'))
    .length;
}

function reached(state: 'Service' | number) {
  return state === 'Service'
    ? { route: 'Service' as const }
    : { route: 'Split' as const, weight: state };
}

function told(dialect: RefDialect, { refs }: RefGroup): string {
  return Object.values(refs)
    .map((ref) => `${dialect.textOf(ref)} ${dialect.weightOf(ref, false)}`)
    .join(' + ');
}
