/** The invariants of two Deployments that take turns: which of them the Service names, and what becomes
 * of their pods. */
import { isDeepStrictEqual } from 'node:util';
import type { KubeObject } from '../api/object.ts';
import { AT_ONCE_MS, BEARABLE_MS, type Checker, type Report } from './checker.ts';
import type { Course } from './course.ts';
import { openRelease, sizeOf, type StoredRelease } from './facts.ts';
import { COLOURS, type Colour, isPaused, liveColour, otherColour } from './pair-objects.ts';
import { readyPods } from './pair-rest.ts';
import { readyOf } from './rest.ts';

interface Count {
  atMs: number;
  ready: Record<Colour, number>;
}

/** How many pods of each colour were ready, as far back as Segue may believe. */
function countsOf(course: Course): { most: (colour: Colour) => number; checker: Checker } {
  const counts: Count[] = [];
  const now = (): Count => ({
    atMs: course.now,
    ready: { blue: readyPods(course.world, 'blue'), green: readyPods(course.world, 'green') },
  });
  const most = (colour: Colour) => {
    const since = counts.findLastIndex(({ atMs }) => atMs <= course.believedSinceMs);
    const believed = [...counts.slice(Math.max(0, since)), now()];
    return Math.max(...believed.map(({ ready }) => ready[colour]));
  };
  const change: Checker['change'] = ({ before, after }) => {
    if ((after ?? before)?.kind === 'Pod') counts.push(now());
  };
  return { most, checker: { change } };
}

function colourOf(name: string | undefined): Colour | undefined {
  return COLOURS.find((colour) => name === `web-${colour}`);
}

/** The one that is being released. */
function candidateOf(open: StoredRelease | undefined): Colour | undefined {
  return colourOf(open?.spec.pair?.name);
}

/**
 * 1. Segue moves the Service to the new one only when as many of its pods were ready as the other one was
 * to have; and in calm it does not stay with one that has none while the other has.
 */
export function pairCapacity(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  const { most, checker } = countsOf(course);
  return [
    checker,
    {
      change({ before, after, by }) {
        if (after?.kind !== 'Service' || after.metadata.name !== 'web' || !before) return;
        const open = openRelease(api);
        const colour = liveColour(api);
        const moved = !isDeepStrictEqual(before['spec'], after['spec']);
        if (!moved || !by.startsWith('segue') || colour !== candidateOf(open)) return;
        const other = sizeOf(api.get('Deployment', `web-${otherColour(colour)}`));
        const own = sizeOf(api.get('Deployment', `web-${colour}`));
        const needed = scaledOf(course) ? 1 : Math.min(other, own);
        if (most(colour) < needed)
          report(`the Service goes to ${colour} with ${most(colour)} of ${needed} ready pods`);
      },
    },
    {
      never: {
        longerThanMs: BEARABLE_MS,
        is() {
          const open = openRelease(api);
          if (!open || !['Stage', 'Swap', 'Bake'].includes(open.status.step ?? ''))
            return undefined;
          const live = liveColour(api);
          if (live !== candidateOf(open)) return undefined;
          const helpless =
            readyPods({ api }, live) === 0 && readyPods({ api }, otherColour(live)) > 0;
          return helpless ? `the Service stays with ${live}, which has no ready pod` : undefined;
        },
      },
    },
  ];
}

/** Its size is not what it was when the release looked. */
function scaledOf({ world }: Course): boolean {
  return world.scenario.acts.some(({ does }) => does === 'scale');
}

/** 2 and 3. Segue takes no pod from the one that the Service names, nor from one it named until a moment ago. */
export function pairKeepsPods(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  const leftMs: Partial<Record<Colour, number>> = {};
  let live = liveColour(api);
  // As it is before anybody moves it.
  let movedBy = 'nobody';
  const shrunk = (colour: Colour, what: string): void => {
    // Moved by others, Segue may not have seen it yet.
    if (colour === live && movedBy !== 'person') report(`${what} with all the traffic`);
    const { drainMs } = openRelease(api)?.spec.plan ?? { drainMs: 0 };
    const sinceMs = course.now - (leftMs[colour] ?? -Infinity);
    if (colour !== live && sinceMs < drainMs)
      report(`${what} ${sinceMs} ms after its traffic left`);
  };
  return [
    {
      change({ after, by }) {
        if (after?.kind !== 'Service' || liveColour(api) === live) return;
        // What a person sent there a moment ago is not waited for.
        const drains = by.startsWith('segue') && movedBy !== 'person';
        leftMs[live] = drains ? course.now : -Infinity;
        live = liveColour(api);
        movedBy = by;
      },
    },
    {
      change({ before, after, by }) {
        if (after?.kind !== 'Deployment' || !by.startsWith('segue')) return;
        const { name } = after.metadata;
        const colour = colourOf(name);
        const [was, is] = [sizeOf(before), sizeOf(after)];
        if (colour && is < was) shrunk(colour, `${name} from ${was} to ${is}`);
      },
    },
  ];
}

/** 5. In calm the Service names the old one again a moment after the release is taken back. */
export function pairAbortsAtOnce({ world: { api } }: Course): Checker[] {
  return [
    {
      never: {
        longerThanMs: AT_ONCE_MS,
        is() {
          const open = openRelease(api);
          if (open?.status.towards !== 'Aborted' || open.status.reason === 'RouteContested')
            return undefined;
          // Before its first stage a person moved it, whose it was then.
          if (open.status.stage === undefined) return undefined;
          const candidate = candidateOf(open);
          // To an old one without pods there is no way back.
          if (!candidate || readyPods({ api }, otherColour(candidate)) === 0) return undefined;
          return liveColour(api) === candidate ? `the Service still names ${candidate}` : undefined;
        },
      },
    },
  ];
}

/** 9. Of the Deployments Segue writes size and pause, of the users' Service the colour, of others nothing. */
export function pairForeignFields(_: Course, report: Report): Checker[] {
  return [
    {
      change({ by, before, after }) {
        if (!before || !after || !by.startsWith('segue')) return;
        const [was, is] = [before, after].map((object) => masked(structuredClone(object)));
        if (!isDeepStrictEqual(was, is))
          report(`${by} changes foreign fields of ${after.kind} ${after.metadata.name}`);
      },
    },
  ];
}

function masked(object: KubeObject): unknown {
  const { kind, metadata } = object;
  const spec = { ...(object['spec'] as Record<string, unknown>) };
  if (kind === 'Deployment') {
    // The template is put back to what runs when the policy goes.
    for (const field of ['paused', 'replicas', 'template']) delete spec[field];
    return [spec, metadata.labels];
  }
  if (kind !== 'Service' || (metadata.ownerReferences ?? []).length > 0) return undefined;
  if (metadata.name === 'web') delete (spec['selector'] as Record<string, unknown>)['version'];
  return [spec, metadata.labels, metadata.annotations];
}

/** 12. What is written into the one with the traffic does not roll out once the policy holds it, unless
 * people resume it. */
export function pairHolds(course: Course, report: Report): Checker[] {
  const { api } = course.world;
  let heldSinceMs = Infinity;
  return [
    {
      change({ before, after, by }) {
        const { kind, metadata } = (after ?? before) as KubeObject;
        if (kind === 'ReleasePolicy') {
          const going = !after || metadata.deletionTimestamp !== undefined;
          if (going) heldSinceMs = Infinity;
          else if (readyOf(after).reason === 'Held')
            heldSinceMs = Math.min(heldSinceMs, course.now);
        }
        const moved = kind === 'Service' || (kind === 'Deployment' && isPaused(before));
        // Until Segue has paused it, or the other one, once more.
        if (moved && by === 'person') heldSinceMs = Infinity;
      },
    },
    {
      change({ before, after, by }) {
        if (after?.kind !== 'ReplicaSet' || by !== 'kcm' || before || sizeOf(after) === 0) return;
        const owner = ownerOf(after);
        const running = api
          .all('ReplicaSet')
          .some((set) => set !== after && ownerOf(set) === owner && sizeOf(set) > 0);
        const held = heldSinceMs < course.now;
        if (running && held && owner === liveColour(api))
          report(`${after.metadata.name} starts in web-${owner}, which has the traffic`);
      },
    },
  ];
}

function ownerOf({ metadata }: KubeObject): Colour | undefined {
  return colourOf(metadata.ownerReferences?.[0]?.name);
}
