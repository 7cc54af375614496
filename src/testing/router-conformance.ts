/**
 * What every traffic router must hold to, whatever it writes: the contract of the TrafficRouter
 * port and the invariants on routes in ARCHITECTURE.md (4, 7, 8 and 9). A router's own test gives
 * a fixture; a part that cannot hold for it is skipped by name, with the reason.
 */
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { GroupKind, KubeObject } from '../api/object.ts';
import type { RequestRules } from '../api/request-match.ts';
import type {
  RouterJournal,
  RouterScope,
  TrafficIntent,
  TrafficRouter,
} from '../ports/traffic-router.ts';
import type { Write } from '../ports/write.ts';
import { type Defaulting, ObjectStore } from './apply-writes.ts';

export interface RouterFixture {
  router: TrafficRouter;
  scope: RouterScope;
  /** The user's objects before a release, as the user writes them. */
  objects: () => KubeObject[];
  /** What a server fills in when they are stored. */
  defaulting: Defaulting;
  /** The data plane takes up what is stored: status, endpoints. */
  accept: (store: ObjectStore) => void;
  /** The objects that users own and the router writes to. */
  written: (GroupKind & { name: string })[];
  /** The object without the fields the router owns. */
  foreign: (object: KubeObject) => unknown;
  /** The user's objects with all sorts of other things in them. */
  variations: fc.Arbitrary<KubeObject[]>;
  /** Changes of the user's half way through a release, to fields of theirs. */
  edits: NamedEdit[];
  /** Somebody takes out what the router wrote (a GitOps tool puts its own version back). */
  reverts: NamedEdit[];
  /** Objects that `check` must refuse. */
  refused: RefusedCase[];
  /** The most writes that one change of the intent may take. */
  writesMax: number;
  skip?: { reason: string; tests: ConformanceTest[] }[];
}

interface NamedEdit {
  name: string;
  edit: (store: ObjectStore) => void;
}

interface RefusedCase {
  name: string;
  objects: KubeObject[];
  /** What the problem's field begins with. */
  field: string;
  /** A word of what must be said. */
  says: string;
}

const TESTS = [
  'accepts the objects it is made for',
  'refuses what it cannot route, naming the object and the fix',
  'says what is not installed',
  'reads rules for single requests that somebody took out as Other',
  'reaches every intent from every other',
  'is idempotent: nothing is rendered once the intent is in effect',
  'goes up step by step and back to the Service',
  'writes no more than it must',
  'keeps foreign fields and puts back exactly, whatever they are',
  'keeps what the user edits half way',
  'puts back what somebody took out',
  'refuses to overwrite a newer version',
  'converges after a crash between any two writes',
  'refuses weights it cannot route',
  'reads what is gone instead of throwing',
  'calls a route accepted only when it is',
  'keeps a small journal of plain data',
] as const;
type ConformanceTest = (typeof TESTS)[number];

const HASHES = {
  stableHash: '5d4f7c9b8d',
  candidateHash: '7f6d5c4b3a',
  release: { name: 'web-1', uid: 'uid-of-web-1', policy: 'web' },
};

export function describeRouter(fixture: RouterFixture): void {
  const { router } = fixture;
  const split = (weight: number): Step => ({ route: 'Split', weight });
  const weights = router.capabilities.weights === 'Percent' ? [0, 5, 25, 50, 100] : [0, 100];
  const ruled = fixture.scope.rules.map((rules, i): Step => ({
    ...split([0, 25][i % 2] ?? 0),
    ...rules,
  }));
  const splits = [...weights.map(split), ...ruled];
  const steps: Step[] = [{ route: 'Service', weight: 0 }, ...splits];
  const pairs = steps.flatMap((from) => steps.map((to) => ({ from, to })));

  describe(`conformance of ${router.name}`, () => {
    const check = (name: ConformanceTest, body: () => void, example?: string): void => {
      const skipped = fixture.skip?.find(({ tests }) => tests.includes(name));
      const title = [name, example, skipped && `skipped, because ${skipped.reason}`];
      test.skipIf(skipped !== undefined)(title.filter(Boolean).join(': '), body);
    };
    /** One test for each example of the fixture's. */
    const checkEach = <Example extends { name: string }>(
      name: ConformanceTest,
      examples: Example[],
      body: (example: Example) => void,
    ): void => {
      for (const example of examples) check(name, () => body(example), example.name);
    };

    check('accepts the objects it is made for', () => {
      const { store } = begin(fixture);
      expect(router.check(fixture.scope, store)).toEqual([]);
    });

    checkEach(
      'refuses what it cannot route, naming the object and the fix',
      fixture.refused,
      ({ objects, field, says }) => {
        const store = new ObjectStore(objects, fixture.defaulting);
        const problems = router.check(fixture.scope, store);
        const found = problems.find(
          (one) => one.field.startsWith(field) && one.message.includes(says),
        );
        expect(found?.fix ?? problems).toMatch(/\w+ \w+/);
      },
    );

    const custom = fixture.written.filter(({ group }) => group.includes('.'));
    checkEach(
      'says what is not installed',
      custom.map((one) => ({ ...one, name: one.kind, object: one.name })),
      ({ group, kind, object }) => {
        const { store } = begin(fixture);
        store.remove({ group, kind }, object);
        const there = router.check(fixture.scope, store).map(({ message }) => message);
        expect(there).toContainEqual('it does not exist');
        store.refused.add(kind);
        const refused = router.check(fixture.scope, store).map(({ message }) => message);
        expect(refused).toContainEqual(expect.stringContaining(`may not read kind ${kind}`));
        store.refused.clear();
        store.unserved.add(kind);
        const problems = router.check(fixture.scope, store).map(({ message }) => message);
        expect(problems).toContainEqual(expect.stringContaining(`no kind ${kind} in ${group}`));
      },
    );

    check('reads rules for single requests that somebody took out as Other', () => {
      for (const step of ruled) {
        const release = begin(fixture);
        release.go({ route: 'Split', weight: step.weight });
        expect(release.read(step)).toMatchObject({ route: 'Other', accepted: false });
      }
    });

    check('reaches every intent from every other', () => {
      for (const { from, to } of pairs) {
        const release = begin(fixture);
        release.go(from);
        release.go(to);
        expect(release.read(to)).toMatchObject(expected(to));
      }
    });

    check('is idempotent: nothing is rendered once the intent is in effect', () => {
      for (const { from, to } of pairs) {
        const release = begin(fixture);
        release.go(from);
        release.go(to);
        expect(release.render(to)).toEqual([]);
      }
      const { store, render } = begin(fixture);
      const before = store.all();
      expect(render({ route: 'Service', weight: 0 })).toEqual([]);
      expect(store.all()).toEqual(before);
    });

    check('goes up step by step and back to the Service', () => {
      const release = begin(fixture);
      const before = release.specs();
      for (const step of [...splits, { route: 'Service', weight: 0 } as const]) {
        release.go(step);
        fixture.accept(release.store);
        expect(release.read(step)).toMatchObject({ ...expected(step), accepted: true });
      }
      expect(release.specs()).toEqual(before);
    });

    check('writes no more than it must', () => {
      for (const { from, to } of pairs) {
        const release = begin(fixture);
        release.go(from);
        const writes = release.render(to);
        const same = isDeepStrictEqual(from, to);
        expect(writes.length).toBeLessThanOrEqual(same ? 0 : fixture.writesMax);
        for (const write of writes) expect(write.because).toMatch(/\w/);
      }
    });

    check('keeps foreign fields and puts back exactly, whatever they are', () => {
      const walk = fc.array(fc.constantFrom(...steps), { minLength: 1, maxLength: 5 });
      fc.assert(
        fc.property(fixture.variations, walk, fc.boolean(), (objects, path, bare) => {
          const server = bare ? { ...fixture, defaulting: asWritten } : fixture;
          const release = begin(server, objects);
          const foreign = release.foreign();
          const before = release.specs();
          for (const step of path) {
            release.go(step);
            expect(release.foreign()).toEqual(foreign);
            expect(release.render(step)).toEqual([]);
          }
          release.go({ route: 'Service', weight: 0 });
          expect(release.specs()).toEqual(before);
        }),
        { numRuns: 60 },
      );
    });

    checkEach('keeps what the user edits half way', fixture.edits, ({ edit }) => {
      for (const { from, to } of pairs) {
        const release = begin(fixture);
        release.go(from);
        edit(release.store);
        const foreign = release.foreign();
        release.go(to);
        expect(release.foreign()).toEqual(foreign);
        expect(release.render(to)).toEqual([]);
        release.go({ route: 'Service', weight: 0 });
        const untouched = begin(fixture);
        edit(untouched.store);
        expect(release.specs()).toEqual(untouched.specs());
      }
    });

    checkEach('puts back what somebody took out', fixture.reverts, ({ edit }) => {
      for (const step of splits) {
        const release = begin(fixture);
        release.go(step);
        edit(release.store);
        expect(release.read(step)).not.toMatchObject(expected(step));
        release.go(step);
        expect(release.read(step)).toMatchObject(expected(step));
        release.go({ route: 'Service', weight: 0 });
        const untouched = begin(fixture);
        edit(untouched.store);
        expect(release.specs()).toEqual(untouched.specs());
      }
    });

    check('refuses to overwrite a newer version', () => {
      for (const { from, to } of pairs) {
        const release = begin(fixture);
        release.go(from);
        const writes = release.render(to);
        for (const { name, ...kind } of fixture.written)
          release.store.edit(kind, name, (object) => {
            object.metadata.annotations = { edited: 'meanwhile' };
          });
        const before = release.store.all();
        for (const write of writes.filter((one) => isTo(fixture.written, one)))
          expect(() => release.store.apply(write)).toThrow(/resourceVersion|Test/i);
        expect(release.store.all()).toEqual(before);
      }
    });

    check('converges after a crash between any two writes', () => {
      for (const { from, to } of pairs) {
        const count = afterGoing(fixture, from).render(to).length;
        for (let done = 0; done <= count; done += 1) {
          const release = afterGoing(fixture, from);
          for (const write of release.render(to).slice(0, done)) release.store.apply(write);
          expect(() => release.read(to)).not.toThrow();
          release.go(to);
          expect(release.read(to)).toMatchObject(expected(to));
          expect(release.render(to)).toEqual([]);
        }
      }
    });

    check('refuses weights it cannot route', () => {
      const impossible = [-1, 101, 2.5, Number.NaN, Infinity];
      if (router.capabilities.weights === 'AllOrNothing') impossible.push(1, 50, 99);
      const { render } = begin(fixture);
      for (const weight of impossible) expect(() => render(split(weight))).toThrow(RangeError);
    });

    check('reads what is gone instead of throwing', () => {
      for (const from of steps) {
        const release = afterGoing(fixture, from);
        for (const { name, ...kind } of fixture.written) release.store.remove(kind, name);
        const back: Step = { route: 'Service', weight: 0 };
        // What it made itself may go.
        const kept = (to: Step) => release.render(to).filter(({ op }) => op !== 'Delete');
        for (const to of steps) expect(kept(to)).toEqual([]);
        expect(release.read(split(100))).toMatchObject({
          route: 'Other',
          accepted: false,
          missing: true,
        });
        expect(release.read(back)).toMatchObject({ accepted: true, missing: true });
        expect(release.read(split(0)).message).toMatch(/does not exist/);
      }
    });

    check('calls a route accepted only when it is', () => {
      const release = begin(fixture);
      fixture.accept(release.store);
      for (const step of splits) {
        release.go(step);
        fixture.accept(release.store);
        expect(release.read(step)).toMatchObject({ ...expected(step), accepted: true });
        expect(release.read(step).message).toMatch(/\w/);
      }
    });

    check('keeps a small journal of plain data', () => {
      const { journal } = begin(fixture);
      const text = JSON.stringify(journal);
      expect(JSON.parse(text)).toEqual(journal);
      expect(text.length).toBeLessThan(4_096);
    });
  });
}

interface Step extends RequestRules {
  route: 'Service' | 'Split';
  weight: number;
}

/** A server that fills nothing in. */
const asWritten: Defaulting = (object) => object;

function expected({ route, weight }: Step): object {
  return route === 'Split' ? { route, weight } : { route };
}

/** A release as the controller drives it: the journal is taken first and kept. */
function begin(fixture: RouterFixture, objects: KubeObject[] = fixture.objects()) {
  const { router, scope } = fixture;
  const store = new ObjectStore(objects, fixture.defaulting);
  const journal = JSON.parse(JSON.stringify(router.capture(scope, store))) as RouterJournal;
  const intent = (step: Step): TrafficIntent => ({ ...scope, ...step, ...HASHES, journal });
  const render = (step: Step): Write[] => router.render(intent(step), store);
  const written = (): KubeObject[] =>
    fixture.written.flatMap(({ name, ...kind }) => store.get(kind, name) ?? []);
  return {
    store,
    journal,
    render,
    go: (step: Step) => render(step).forEach((write) => store.apply(write)),
    read: (step: Step) => router.observe(intent(step), store),
    specs: () =>
      written().map((object) => ({
        spec: object['spec'],
        labels: object.metadata.labels,
        annotations: object.metadata.annotations,
      })),
    /** Byte for byte: key order counts. */
    foreign: () =>
      written().map((object) =>
        JSON.stringify(fixture.foreign(withoutBookkeeping(structuredClone(object)))),
      ),
  };
}

/** To an object of the user's: what a router makes itself has no version to refuse. */
function isTo(written: RouterFixture['written'], write: Write): boolean {
  if (write.op === 'Create') return false;
  return written.some(({ kind, name }) => kind === write.target.kind && name === write.target.name);
}

function afterGoing(fixture: RouterFixture, from: Step) {
  const release = begin(fixture);
  release.go(from);
  return release;
}

function withoutBookkeeping(object: KubeObject): KubeObject {
  delete object['status'];
  delete object.metadata.resourceVersion;
  delete object.metadata.generation;
  return object;
}
