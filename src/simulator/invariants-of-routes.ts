/** What invariants 1, 9 and 11 mean for single kinds of routes, which have rules of their own about whom requests reach. */
import type { KubeObject } from '../api/object.ts';
import { BEARABLE_MS, type Checker, type Report } from './checker.ts';
import type { Course } from './course.ts';
import { isReady, lostName, openRelease, OURS } from './facts.ts';
import type { Change, ModelApi } from './model-api.ts';
import { isOfRoutes } from './routes/index.ts';
import { foreignPaths, percentTo, type RouteReading, wayOf } from './routes/reading.ts';
import { requestTo } from './routes/requests.ts';

/**
 * 1. Of a load balancer that has to be told of targets long before: Segue sends nobody to a Service which the route has
 * not named for the settle time. Beside an upstream without endpoints a canary is not heard: it has some while all go to
 * the canary, and is never the canary's own. And where every pod is registered for each Service that selects it, Segue's
 * are left out.
 */
export function routesAreReady(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  return [
    {
      change(change) {
        const seen = ofWrite(course, change);
        if (seen !== undefined) report(seen);
      },
    },
    {
      never: {
        longerThanMs: BEARABLE_MS,
        is: () => {
          const rules = readingsOf(course).flatMap((one) => one.rules);
          const unheard = rules.find(
            ({ needs, to }) =>
              needs !== undefined &&
              percentTo(to, 'web-candidate') === 100 &&
              readyBehind(api, needs) === 0 &&
              readyBehind(api, 'web-candidate') > 0,
          );
          return unheard && `the canary is not heard beside ${unheard.needs}, which has no pods`;
        },
      },
    },
  ];
}

function readingsOf({ routing }: Course): readonly RouteReading[] {
  return routing?.readings ?? [];
}

function ofWrite(course: Course, { by, before, after }: Change): string | undefined {
  const { scenario } = course.world;
  if (!after || !by.startsWith('segue')) return undefined;
  if (after.kind === 'Service' && !before) return registeredTwice(course, after);
  if (!isOfRoutes(scenario.routes, after)) return undefined;
  const readings = readingsOf(course);
  return unannounced(course) ?? readings.map(twiceBehind).find((one) => one !== undefined);
}

function registeredTwice(course: Course, { metadata }: KubeObject): string | undefined {
  const label = readingsOf(course).find(({ by }) => by.serviceLabel)?.by.serviceLabel;
  if (!label || metadata.labels?.[label.name] === 'true') return undefined;
  return `Service ${metadata.name} has no ${label.name}: ${label.without}`;
}

/** What this write leads requests to, and others did not. */
function unannounced(course: Course): string | undefined {
  const { routes, now, world } = course;
  const open = openRelease(world.api);
  const sinceMs = now - (open?.spec.plan.settleMs ?? 0);
  const first = routes.findLastIndex(({ atMs }) => atMs <= sinceMs);
  const lately = routes.slice(Math.max(0, first)).flatMap(({ is }) => is.readings);
  const before = routes.at(-2)?.is.readings ?? [];
  const late = readingsOf(course).flatMap((reading) => {
    const heard = before.find(({ by }) => by === reading.by)?.heard;
    // What somebody took out in the moment before is not there; what Segue put back is.
    const taken = (name: string) =>
      !reading.known.has(name) && course.routedByPeopleMs >= course.newsMs;
    return unknownIn(reading, lately).filter((name) => !heard?.has(name) && !taken(name));
  });
  return late[0] && `${late[0]} gets requests before its targets can be there`;
}

/** What it sends requests to and was not known all of that time. */
function unknownIn({ by, heard }: RouteReading, lately: readonly RouteReading[]): string[] {
  if (!by.announces && !by.known) return [];
  const own = lately.filter((one) => one.by === by);
  return [...heard]
    .filter((name) => by.announces || OURS.includes(name))
    .filter((name) => own.some(({ known }) => !known.has(name)));
}

function twiceBehind({ rules }: RouteReading): string | undefined {
  const found = rules.find(({ needs, to }) => {
    const names = to.map(({ service }) => service);
    return needs !== undefined && new Set(names).size < names.length;
  });
  return found && `${found.needs} is behind an Ingress and its canary`;
}

function readyBehind(api: ModelApi, service: string): number {
  const { selector } = (api.get('Service', service)?.['spec'] ?? {}) as {
    selector?: Record<string, string>;
  };
  const wanted = Object.entries(selector ?? {});
  return api
    .all('Pod')
    .filter((pod) => isReady(pod))
    .filter(({ metadata }) => wanted.every(([key, value]) => metadata.labels?.[key] === value))
    .length;
}

/** 9. Requests that have nothing to do with the policy's Service go on as their users have written it. */
export function othersAreLeft(course: Course, report: Report): Checker[] {
  return [
    {
      change({ by, after }) {
        const { routes } = course.world.scenario;
        if (!after || !by.startsWith('segue') || !isOfRoutes(routes, after)) return;
        for (const reading of readingsOf(course))
          for (const path of foreignPaths(reading)) {
            const to = wayOf(reading.rules, requestTo(path))?.to ?? [];
            const moved = to.find(({ service }) => OURS.includes(service));
            if (moved) report(`${by} sends ${path} to ${moved.service}`);
          }
      },
    },
  ];
}

/**
 * 11. In calm Segue writes no route that leads to what is not there. And where a route is dropped for a Service without
 * endpoints, none without a share stays named for more than a moment after it has lost its pods.
 */
export function routesLeadSomewhere(course: Course, report: Report): Checker[] {
  const { api, scenario } = course.world;
  return [
    {
      change({ by, after }) {
        if (!after || !by.startsWith('segue') || !isOfRoutes(scenario.routes, after)) return;
        const { routing, deletedByPeople, world } = course;
        const disturbed = world.calmForMs < BEARABLE_MS || deletedByPeople.size > 0;
        const lost = routing && !disturbed ? lostName(api, routing) : undefined;
        if (lost !== undefined) report(`${by} has a route lead to ${lost}, which is not there`);
      },
    },
    {
      never: {
        longerThanMs: BEARABLE_MS,
        is() {
          const idle = readingsOf(course)
            .flatMap(({ rules }) => rules)
            .filter(({ dropsIdle }) => dropsIdle)
            .flatMap(({ to }) => to)
            .filter(({ service, percent }) => OURS.includes(service) && percent === 0)
            .find(({ service }) => readyBehind(api, service) === 0);
          return idle && `a route is dropped for ${idle.service}, which has no pods`;
        },
      },
    },
  ];
}
