import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crds, type CrdSchema } from '../api/crd.ts';
import type { Freeze, ReleaseWindow } from '../api/gates.ts';
import { type WrittenPolicySpec, writtenPolicySpecSchema } from '../api/policy.ts';
import { type ReleaseDefaultsSpec, releaseDefaultsSpecSchema } from '../api/release-defaults.ts';
import { addedByDefaults, effectivePolicy } from './effective-policy.ts';
import { windowAt } from './window.ts';

const check = (name: string, max = '1%') => ({
  name,
  scrape: { pods: { port: 8080 }, total: 'a_total', bad: 'a_total{code="500"}' },
  max,
});
const hook = (name: string, url = 'http://a') => ({ name, webhook: { url } });

const written = (spec: Record<string, unknown> = {}): WrittenPolicySpec =>
  writtenPolicySpecSchema.parse({
    targetRef: { name: 'web' },
    strategy: { rolling: {} },
    ...spec,
  });
const defaults = (spec: Record<string, unknown>): ReleaseDefaultsSpec =>
  releaseDefaultsSpecSchema.parse(spec);
const effective = (policy: Record<string, unknown>, general: Record<string, unknown>) =>
  effectivePolicy(written(policy), defaults(general));

const SALES = { from: '2026-11-23', to: '2026-11-30', because: 'the sales' };
const OFFICE = { days: ['Mon'], from: '09:00', to: '17:00' };

test('without defaults a policy is what it says, filled in', () => {
  const { spec, origins } = effectivePolicy(written({ bake: '1m' }));
  expect(spec).toMatchObject({
    bake: '1m',
    progressDeadline: '10m',
    onFailure: { action: 'Abort' },
    checks: [],
    history: { limit: 10 },
  });
  expect(spec).not.toHaveProperty('window');
  expect(origins).toEqual([]);
});

test('what a policy does not say the defaults say, and it is known that they do', () => {
  const { spec, origins } = effective(
    { onFailure: { revertTemplate: true } },
    {
      bake: '5m',
      progressDeadline: '1m',
      onFailure: { action: 'Pause', revertTemplate: false },
      releasedIn: { namespace: 'staging' },
      window: { timeZone: 'Europe/Berlin', open: [OFFICE] },
    },
  );
  expect(spec).toMatchObject({
    bake: '5m',
    progressDeadline: '1m',
    onFailure: { action: 'Pause', revertTemplate: true },
    releasedIn: { namespace: 'staging' },
    window: { timeZone: 'Europe/Berlin', open: [OFFICE] },
  });
  expect(addedByDefaults(origins)).toEqual([
    'released in staging first',
    'bake 5m',
    'progress deadline 1m',
    'onFailure Pause',
    'the window',
  ]);
});

test('tries of images and the rollback window are defaults; a pair has no history to go back in', () => {
  const general = { tryImages: 'Never', rollbackWindow: { revisions: 3, within: '24h' } };
  const said = effective({}, general);
  expect(said.spec).toMatchObject(general);
  expect(addedByDefaults(said.origins)).toEqual([
    'tryImages Never',
    'rollback window 3 revisions, 24h',
  ]);
  // As a whole: half of one and half of another is what nobody wrote.
  const own = { tryImages: 'Always', rollbackWindow: { revisions: 1 } };
  const kept = effective(own, general);
  expect(kept.spec).toMatchObject(own);
  expect(kept.spec.rollbackWindow).toEqual(own.rollbackWindow);
  expect(kept.origins).toEqual([]);
  const pair = effective({ pairRef: { name: 'green' }, strategy: { blueGreen: {} } }, general);
  expect(pair.spec).not.toHaveProperty('rollbackWindow');
  expect(addedByDefaults(pair.origins)).toEqual(['tryImages Never']);
});

test('what a policy says goes before the defaults', () => {
  const own = {
    bake: '0s',
    progressDeadline: '2m',
    onFailure: { action: 'Abort', revertTemplate: false },
    releasedIn: { namespace: 'testing' },
    window: { open: [OFFICE] },
    checks: [check('errors', '5%')],
    hooks: { before: [hook('migrate', 'http://own')] },
  };
  const { spec, origins } = effective(own, {
    bake: '5m',
    progressDeadline: '1m',
    onFailure: { action: 'Pause', revertTemplate: true },
    releasedIn: { namespace: 'staging' },
    window: { open: [{ ...OFFICE, days: ['Tue'] }] },
    checks: [check('errors', '1%')],
    hooks: { before: [hook('migrate', 'http://general')] },
  });
  expect(spec).toMatchObject(own);
  expect(addedByDefaults(origins)).toEqual([]);
});

test('checks and hooks are joined by name, those of the defaults first', () => {
  const { spec, origins } = effective(
    {
      checks: [check('own'), check('errors', '5%')],
      hooks: { before: [hook('migrate')], after: [hook('tell')] },
    },
    {
      checks: [check('errors'), check('p99')],
      hooks: { before: [hook('board')], onAbort: [hook('page')] },
    },
  );
  expect(spec.checks.map(({ name, max }) => `${name} ${String(max)}`)).toEqual([
    'errors 5%',
    'p99 1%',
    'own 1%',
  ]);
  expect(Object.entries(spec.hooks ?? {}).map(([at, l]) => [at, l?.map((h) => h.name)])).toEqual([
    ['before', ['board', 'migrate']],
    ['after', ['tell']],
    ['onAbort', ['page']],
  ]);
  expect(addedByDefaults(origins)).toEqual([
    'check p99',
    'hook board (before)',
    'hook page (onAbort)',
  ]);
  expect(origins.filter(({ from }) => from === 'Policy')).toEqual([
    { field: 'spec.checks[0]', at: 'spec.checks[1]', from: 'Policy' },
    { field: 'spec.checks[2]', at: 'spec.checks[0]', from: 'Policy' },
    { field: 'spec.hooks.before[1]', at: 'spec.hooks.before[0]', from: 'Policy' },
  ]);
});

test('one name twice in a policy stays so, and is refused as it is without defaults', () => {
  const { spec } = effective({ checks: [check('a'), check('a')] }, { checks: [check('b')] });
  expect(spec.checks.map(({ name }) => name)).toEqual(['b', 'a', 'a']);
});

describe('freezes', () => {
  const shut = (window: ReleaseWindow | undefined, at: string) =>
    windowAt(window ?? {}, Date.parse(at));

  test('of the defaults hold beside those of the policy, and say whose they are', () => {
    const { spec } = effective(
      { window: { open: [OFFICE], freeze: [{ from: '2026-12-20', to: '2026-12-31' }] } },
      { window: { freeze: [SALES] } },
    );
    expect(shut(spec.window, '2026-12-28T10:00:00Z')).toMatchObject({ is: 'Shut' });
    expect(shut(spec.window, '2026-11-23T10:00:00Z')).toMatchObject({
      is: 'Shut',
      because: 'the sales (ReleaseDefaults)',
    });
    expect(shut(spec.window, '2026-12-07T10:00:00Z')).toEqual({ is: 'Open' });
  });

  test('are of the time zone in which they were written', () => {
    const { spec } = effective(
      {
        window: {
          timeZone: 'America/New_York',
          freeze: [{ from: '2026-12-20', to: '2026-12-20' }],
        },
      },
      {
        window: {
          timeZone: 'Asia/Tokyo',
          open: [OFFICE],
          freeze: [{ from: '2026-11-23', to: '2026-11-23' }],
        },
      },
    );
    // The opening is the defaults' own: Monday, 09:00 in Tokyo.
    expect(spec.window?.timeZone).toBe('Asia/Tokyo');
    expect(shut(spec.window, '2026-11-30T00:30:00Z')).toEqual({ is: 'Open' });
    expect(shut(spec.window, '2026-11-22T15:30:00Z')).toMatchObject({
      because: 'frozen until 2026-11-23 (ReleaseDefaults)',
    });
    // Sunday the 20th in New York lasts until five in the morning in London, Monday in Tokyo.
    expect(shut(spec.window, '2026-12-21T00:30:00Z')).toMatchObject({
      because: 'frozen until 2026-12-20',
    });
  });

  /** Every place in a strategy where a window can be written, as the schema has it. */
  function windowPaths(schema: CrdSchema, path: string[] = []): string[][] {
    const own = Object.entries(schema.properties ?? {}).flatMap(([name, child]) =>
      name === 'window' ? [[...path, name]] : windowPaths(child, [...path, name]),
    );
    return schema.items ? [...own, ...windowPaths(schema.items, [...path, '[]'])] : own;
  }

  const policy = crds()[0]?.['spec'] as {
    versions: { schema: { openAPIV3Schema: CrdSchema } }[];
  };
  const strategy =
    policy.versions[0]?.schema.openAPIV3Schema.properties?.['spec']?.properties?.['strategy'];
  const paths = windowPaths(strategy ?? {}).map((path) => path.join('.'));

  test('there are stages with windows', () => {
    expect(paths.length).toBeGreaterThanOrEqual(4);
  });

  test.each(paths)('a window at %s does not let a release out of one', (path) => {
    const put = (parts: string[], value: unknown): unknown => {
      const [first, ...rest] = parts;
      if (first === undefined) return value;
      return first === '[]' ? [put(rest, value)] : { [first]: put(rest, value) };
    };
    const get = (value: unknown, [first, ...rest]: string[]): unknown =>
      first === undefined
        ? value
        : get((value as Record<string, unknown>)[first === '[]' ? '0' : first], rest);
    const spec = { ...written(), strategy: put(path.split('.'), { open: [OFFICE] }) };
    const found = effectivePolicy(
      spec as WrittenPolicySpec,
      defaults({ window: { freeze: [SALES] } }),
    );
    const window = get(found.spec.strategy, path.split('.')) as ReleaseWindow;
    expect(window.open).toEqual([OFFICE]);
    expect(shut(window, '2026-11-23T10:00:00Z').is).toBe('Shut');
  });
});

describe('whatever is written', () => {
  const zone = fc.constantFrom(undefined, 'UTC', 'Europe/Berlin', 'Asia/Tokyo', 'America/New_York');
  const dayOf = fc.integer({ min: 1, max: 28 });
  const freeze = fc
    .record({ begin: dayOf, length: fc.integer({ min: 0, max: 5 }), timeZone: zone })
    .map(({ begin, length, timeZone }): Freeze => {
      const day = (n: number) => `2026-03-${String(n).padStart(2, '0')}`;
      const from = day(begin);
      const to = day(Math.min(28, begin + length));
      return { from, to, ...(timeZone !== undefined && { timeZone }) };
    });
  const opening = fc.constantFrom(OFFICE, { days: ['Wed', 'Sun'] }, { from: '22:00', to: '04:00' });
  const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
  const window = fc
    .record({
      timeZone: zone,
      open: optional(fc.array(opening, { minLength: 1, maxLength: 2 })),
      freeze: optional(fc.array(freeze, { maxLength: 3 })),
    })
    .map((value) => value as ReleaseWindow);
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 });
  const limit = fc.constantFrom('1%', '2%');
  const checks = fc.tuple(names, limit).map(([all, max]) => all.map((name) => check(name, max)));
  const hooks = fc
    .record({ before: optional(names), after: optional(names), onAbort: optional(names) })
    .map((lists) =>
      Object.fromEntries(
        Object.entries(lists).flatMap(([at, all]) => (all ? [[at, all.map((n) => hook(n))]] : [])),
      ),
    );
  const common = {
    checks: optional(checks),
    hooks: optional(hooks),
    window: optional(window),
    bake: optional(fc.constantFrom('0s', '1m')),
    progressDeadline: optional(fc.constantFrom('1m', '2m')),
    releasedIn: optional(fc.constantFrom({ namespace: 'staging' }, { namespace: 'test' })),
    onFailure: optional(
      fc.record({
        action: optional(fc.constantFrom('Abort', 'Pause')),
        revertTemplate: optional(fc.boolean()),
      }),
    ),
  };
  const stage = fc.record({ weight: fc.constant(5), window: optional(window) });
  const policies = fc
    .record({ ...common, stages: fc.array(stage, { minLength: 1, maxLength: 2 }) })
    .map(({ stages, ...rest }) => written({ ...rest, strategy: { canary: { stages } } }));
  const generals = fc.record(common).map((spec) => defaults(spec));

  test('doing it twice changes nothing', () => {
    fc.assert(
      fc.property(policies, generals, (policy, general) => {
        const once = effectivePolicy(policy, general).spec;
        expect(effectivePolicy(once, general).spec).toEqual(once);
      }),
    );
  });

  test('every part that a policy says is as the policy says it', () => {
    fc.assert(
      fc.property(policies, generals, (policy, general) => {
        const { spec } = effectivePolicy(policy, general);
        const alone = effectivePolicy(policy).spec;
        for (const key of ['bake', 'progressDeadline', 'releasedIn'] as const)
          if (policy[key] !== undefined) expect(spec[key]).toEqual(policy[key]);
        expect(spec.onFailure).toMatchObject(
          JSON.parse(JSON.stringify(policy.onFailure ?? {})) as object,
        );
        for (const one of alone.checks) expect(spec.checks).toContainEqual(one);
        for (const at of ['before', 'after', 'onAbort'] as const)
          for (const one of policy.hooks?.[at] ?? []) expect(spec.hooks?.[at]).toContainEqual(one);
        if (policy.window?.open) expect(spec.window?.open).toEqual(policy.window.open);
      }),
    );
  });

  test('no check and no hook of the defaults is lost, and none is there twice', () => {
    fc.assert(
      fc.property(policies, generals, (policy, general) => {
        const { spec } = effectivePolicy(policy, general);
        const same = (
          all: readonly { name: string }[] = [],
          of: readonly { name: string }[] = [],
        ) => {
          const found = all.map(({ name }) => name);
          expect(new Set(found).size).toBe(found.length);
          for (const { name } of of) expect(found).toContain(name);
        };
        same(spec.checks, general.checks);
        for (const at of ['before', 'after', 'onAbort'] as const)
          same(spec.hooks?.[at], general.hooks?.[at]);
      }),
    );
  });

  test('no freeze is lost: shut by either alone is shut by both, in every window', () => {
    const hours = fc.integer({ min: 0, max: 28 * 24 });
    fc.assert(
      fc.property(policies, generals, hours, (policy, general, hour) => {
        const { spec } = effectivePolicy(policy, general);
        const atMs = Date.UTC(2026, 2, 1, hour);
        const stages = spec.strategy.canary?.stages ?? [];
        const own = policy.strategy.canary?.stages ?? [];
        const { timeZone } = general.window ?? {};
        const pairs = [
          [spec.window, policy.window],
          ...stages.map((one, i) => [one.window, own[i]?.window] as const),
        ] as const;
        for (const [joined, before] of pairs) {
          // A stage without a window of its own goes by that of the policy.
          if (!joined) continue;
          for (const one of [before, general.window]) {
            if (!one?.freeze) continue;
            const only = { timeZone: one.timeZone ?? timeZone, freeze: one.freeze };
            if (windowAt(only, atMs).is === 'Shut') expect(windowAt(joined, atMs).is).toBe('Shut');
          }
        }
        if (general.window?.freeze?.length) expect(spec.window).toBeDefined();
      }),
      { numRuns: 200 },
    );
  });
});
