/**
 * Routes to subsets of a Service: beside the route a second object says which pods each subset is. For the length of a
 * release it has two more, one for each version. Data planes know them before the route leads to them, and they go
 * after it.
 */
import type { Problem } from '../../api/problem.ts';
import type {
  RouteReading,
  RouterScope,
  TrafficIntent,
  TrafficObjects,
  TrafficRouter,
} from '../../ports/traffic-router.ts';
import { notThere } from '../not-there.ts';
import { taken } from '../owned-by-release.ts';
import { writerOf } from '../writer.ts';
import {
  additionTo,
  captureBare,
  hasVersions,
  type Holder,
  holdersOf,
  isLeftIn,
  removalFrom,
  subsetsIn,
} from './holder.ts';
import { isSegues, type SubsetShape } from './shape.ts';

/** @param route writes the destinations, which name the subsets */
export function bySubsets(route: TrafficRouter, shape: SubsetShape): TrafficRouter {
  return {
    ...route,
    capabilities: { ...route.capabilities, announces: true },
    kinds: [...route.kinds, shape.kind],

    check: (scope, objects) => [
      ...route.check(scope, objects),
      ...shape.namesIn(scope).flatMap((name) => checkHolder(shape, name, { scope, objects })),
    ],

    capture: (scope, objects) => ({
      ...route.capture(scope, objects),
      ...captureBare(holdersOf(shape, scope, objects)),
    }),

    render(intent, objects) {
      const without = withoutSubsets(shape, intent, objects);
      if (without) return route.render(without, objects);
      const routed = route.render(intent, objects);
      const holders = holdersOf(shape, intent, objects);
      if (intent.route === 'Service' && !intent.dedicated)
        return [...routed, ...holders.flatMap((one) => removalFrom(one, intent))];
      const reading = route.observe(intent, objects);
      if (reading.missing) return [];
      const added = holders.map((one) => additionTo(one, intent));
      const writes = added.flatMap((one) => one ?? []);
      if (intent.route === 'Service') return [...routed, ...writes];
      // A route that leads to both already goes on: what is on its way out is in force until it is gone.
      const mayLead = reading.route === 'Split' || !added.includes(undefined);
      return mayLead ? [...writes, ...routed] : [];
    },

    observe(intent, objects) {
      const without = withoutSubsets(shape, intent, objects);
      if (without)
        return readWithout(holdersOf(shape, intent, objects), route.observe(without, objects));
      const holders = holdersOf(shape, intent, objects);
      const reading = route.observe(intent, objects);
      if (holders.length === 0) return reading;
      const writes = [reading.writes, ...holders.map(({ title }) => `spec.subsets of ${title}`)];
      return {
        ...readWith(holders, intent, reading),
        writes: writes.filter((one) => one !== undefined).join(' and '),
      };
    },
  };
}

/** The same, where the route leads to the versions without subsets, or has to. */
function withoutSubsets(
  shape: SubsetShape,
  intent: TrafficIntent,
  objects: TrafficObjects,
): TrafficIntent | undefined {
  if (intent.route !== 'Split' || !shape.without?.(intent, objects)) return undefined;
  return { ...intent, withoutSubsets: true };
}

/** The Services of the versions are there whatever there is of subsets. */
function readWithout(holders: readonly Holder[], reading: RouteReading): RouteReading {
  const gone = holders.find(({ found }) => !found);
  const waits = gone && reading.route === 'Split' && !reading.accepted;
  const message = waits
    ? `${gone.title} does not exist: the route is to lead to the versions without it`
    : reading.message;
  return { ...reading, named: true, message };
}

function readWith(
  holders: readonly Holder[],
  intent: TrafficIntent,
  reading: RouteReading,
): RouteReading {
  const lacking = holders.find((one) => !hasVersions(one, intent));
  // Where the route is gone nothing leads to them, and nothing waits for them.
  const left = reading.missing ? undefined : holders.find(isLeftIn);
  const says: RouteReading = { ...reading, named: !lacking, ...(left && { left: true }) };
  if (intent.route === 'Service' && !intent.dedicated && reading.route === 'Service') {
    if (!left) return says;
    const message = `${left.title}: what is there for the pods of each version has still to go`;
    return { ...says, accepted: false, message };
  }
  if (reading.route === 'Other') return says;
  if (lacking && reading.route === 'Split') return readLacking(lacking, reading);
  if (lacking) return { ...says, message: lackingText(lacking) };
  const unmet = holders.flatMap(({ shape, title, found }) => {
    const said = found && shape.notAccepted(found);
    return said === undefined ? [] : `${title}: not accepted: ${said}`;
  });
  if (unmet[0] === undefined) return says;
  return { ...says, accepted: false, message: unmet[0] };
}

function lackingText({ title, found, isLeaving }: Holder): string {
  const going = isLeaving ? ', and it is being deleted' : '';
  return found
    ? `${title}: its subsets are not the pods of each version${going}`
    : `${title} does not exist`;
}

/** Somebody took out what the route leads to. Who wrote the route is not who wrote this; and to name them before
 * anything is led there comes too late. */
function readLacking(holder: Holder, route: RouteReading): RouteReading {
  const { by: _, own: __, weight: ___, ...reading } = route;
  const { found } = holder;
  const leads = found ? '' : ', and the route leads to its subsets';
  const message = `${lackingText(holder)}${leads}`;
  const written = found && writerOf(found);
  return { ...reading, ...written, route: 'Other', accepted: false, message };
}

function checkHolder(
  shape: SubsetShape,
  name: string,
  { scope, objects }: { scope: RouterScope; objects: TrafficObjects },
): Problem[] {
  const found = objects.get(shape.kind, name);
  if (!found) {
    const known = objects.serves(shape.kind) && objects.refusal(shape.kind) === undefined;
    const may = known && shape.apiVersion !== undefined;
    return may ? [] : [notThere({ kind: shape.kind, name, field: shape.field }, objects)];
  }
  const [holder] = holdersOf({ ...shape, namesIn: () => [name] }, scope, objects);
  if (!holder || holder.isLeaving) return [];
  const { title, whose } = holder;
  if (whose !== 'User') return [taken(shape.kind.kind, found)];
  const left = subsetsIn(holder).filter(isSegues);
  return [
    ...(left.length > 0 ? [ofARelease(title, left[0]?.[0] ?? '')] : []),
    ...shape.check(found, title, scope),
  ];
}

function ofARelease(title: string, name: string): Problem {
  return {
    field: `${title} spec.subsets`,
    message: `it has subset ${name} while no release is in progress`,
    fix: `remove ${name}; it is made for the length of a release`,
  };
}
