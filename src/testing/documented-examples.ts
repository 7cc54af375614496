/**
 * Objects as the documentation of a router's own project shows them, in names of ours. A gateway of ours would not route
 * these, so that nobody but the project says what such an object is: each is either taken, and comes through a release
 * at 20 percent as it was, or refused before anything is touched.
 */
import { describe, expect, test } from 'vitest';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { RequestRules } from '../api/request-match.ts';
import type { RouteReading, TrafficIntent, TrafficRouter } from '../ports/traffic-router.ts';
import { type Defaulting, ObjectStore } from './apply-writes.ts';
import { splitIntent } from './router-conformance-objects.ts';
import { typeProblems } from './upstream-types.ts';

export interface Documented {
  /** What it shows. */
  name: string;
  /** What there is before the release, Services too. */
  objects: KubeObject[];
  /** What the strategy has beside weights, all of it at once. */
  rules?: RequestRules;
  /** Why it is not taken: what the field of the problem begins with, and a word of what is said. */
  refused?: { field: string; says: string };
  /** Where it leads before a release: to the Service, unless said. */
  reads?: RouteReading['route'];
}

export interface DocumentedRouter {
  router: TrafficRouter;
  config: TrafficIntent['config'];
  /** The kinds that upstream's schema is asked about. */
  kinds: GroupKind[];
  /** What upstream would not take of such an object. */
  problems: (object: KubeObject) => unknown[];
  /** Its controller takes up what is stored. */
  accept?: (store: ObjectStore) => void;
  defaulting?: Defaulting;
  /** Services of each version, which the release has made by the time of the first write. */
  versions?: KubeObject[];
  /** Whether upstream publishes types of the kinds, for `typeProblems`. */
  typed?: true;
  /** By the title of the page. */
  pages: Record<string, Documented[]>;
}

const WEIGHT = 20;

export function describeDocumented(documented: DocumentedRouter): void {
  const { router, pages, typed } = documented;
  const seen: KubeObject[] = [];
  describe.each(Object.entries(pages))(`${router.name}, as in “%s”`, (_, examples) => {
    test.each(examples.map((one) => [one.name, one] as const))('%s', (__, example) => {
      const { store, intent, back } = begin(documented, example);
      seen.push(...ofKinds(documented, store));
      expect(upstream(documented, store), 'the example itself').toEqual([]);
      const problems = router.check(intent, store);
      const { reads = 'Service', refused } = example;
      expect(router.observe(back, store)).toMatchObject({ route: reads });
      if (refused) {
        const found = problems.find(
          ({ field, message }) => field.startsWith(refused.field) && message.includes(refused.says),
        );
        expect(found?.fix ?? problems).toMatch(/\w+ \w+/);
      } else {
        expect(problems).toEqual([]);
        seen.push(...released(documented, { store, intent, back }));
      }
    });
  });
  test.runIf(typed)(
    `${router.name}: all of these, and what becomes of them, are of upstream’s types`,
    () => {
      expect(seen.length).toBeGreaterThan(0);
      expect(typeProblems(seen.map(asWritten))).toEqual([]);
    },
  );
}

interface Release {
  store: ObjectStore;
  intent: TrafficIntent;
  back: TrafficIntent;
}

function begin({ config, defaulting, accept }: DocumentedRouter, example: Documented): Release {
  const store = new ObjectStore(structuredClone(example.objects), defaulting);
  accept?.(store);
  const { rules = {} } = example;
  const release = { name: 'web-1', uid: 'uid-of-web-1', policy: 'web' };
  const intent = splitIntent(config, { weight: WEIGHT, release, rules: [rules], ...rules });
  const back = { ...intent, route: 'Service', weight: 0, match: undefined, mirror: undefined };
  return { store, intent, back: back as TrafficIntent };
}

/** There at 20 percent, and back to what there was.
 * @returns what there is at 20 percent */
function released(documented: DocumentedRouter, { store, intent, back }: Release): KubeObject[] {
  const { router, accept, versions = [] } = documented;
  for (const object of versions) store.apply({ op: 'Create', object, because: 'a release' });
  const before = store.all().map(asWritten);
  const journal = router.capture(intent, store);
  const go = (to: TrafficIntent) => {
    for (const write of router.render({ ...to, journal }, store)) store.apply(write);
    accept?.(store);
    return router.observe({ ...to, journal }, store);
  };
  expect(go(intent)).toMatchObject({ route: 'Split', weight: WEIGHT, accepted: true });
  expect(upstream(documented, store), 'at 20 percent').toEqual([]);
  expect(router.render({ ...intent, journal }, store)).toEqual([]);
  const split = ofKinds(documented, store);
  expect(go(back)).toMatchObject({ route: 'Service', accepted: true });
  expect(store.all().map(asWritten)).toEqual(before);
  return split;
}

function upstream(documented: DocumentedRouter, store: ObjectStore): unknown[] {
  return ofKinds(documented, store).flatMap(documented.problems);
}

function ofKinds({ kinds }: DocumentedRouter, store: ObjectStore): KubeObject[] {
  return kinds.flatMap((kind) => store.list(kind));
}

/** Without what a server counts, and what a controller has reported. */
function asWritten(object: KubeObject): KubeObject {
  const { status: _, ...written } = object as KubeObject & { status?: unknown };
  const { resourceVersion: __, generation: ___, ...metadata } = object.metadata;
  return { ...written, metadata };
}
