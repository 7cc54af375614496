/** What a policy, the ReleaseDefaults of its namespace and the CheckTemplates that they use say together. The
 * policy goes before the defaults, but for freezes: those of the defaults shut every window. */
import type { Freeze, Hooks, ReleaseWindow } from '../api/gates.ts';
import { DEFAULT_HISTORY_LIMIT, type PolicySpec, type WrittenPolicySpec } from '../api/policy.ts';
import { BUILT_IN, type ReleaseDefaultsSpec } from '../api/release-defaults.ts';
import { sameJson } from '../api/same-json.ts';
import {
  type MetricsFrom,
  noTemplates,
  resolvedChecks,
  type Templates,
  type Unmade,
} from './check-templates.ts';
import type { Origin } from './origin.ts';
import { splitPresets } from './preset-checks.ts';
import { windowText } from './rollback-window.ts';

export interface EffectivePolicy {
  spec: PolicySpec;
  /** What is not where the policy says it; empty without defaults and templates. */
  origins: Origin[];
  /** Checks whose template makes none of them. In `spec` they are what they say themselves. */
  unmade: Unmade[];
}

/** Pure, and the same when it is done again: `effectivePolicy(effectivePolicy(p, d, t).spec, d, t)`. */
export function effectivePolicy(
  written: WrittenPolicySpec,
  defaults: ReleaseDefaultsSpec = {},
  templates: Templates = noTemplates,
): EffectivePolicy {
  const [own, general] = [splitPresets(written.checks), splitPresets(defaults.checks)];
  const listed = joined(own.checks, general.checks, {
    field: 'spec.checks',
    words: (name) => `check ${name}`,
    at: { own: own.at, general: general.at },
  });
  const checks = resolvedChecks(listed.value, templates, {
    metrics: metricsOf(written, defaults),
    traffic: written.traffic,
  });
  const window =
    written.window || defaults.window
      ? inWindow(written.window, defaults.window, 'spec.window')
      : { value: undefined, origins: [] };
  const hooks = joinedHooks(written.hooks, defaults.hooks);
  const strategy = frozenStrategy(written.strategy, defaults.window);
  const simple = simpleParts(written, defaults);
  const { window: _, hooks: __, ...rest } = written;
  return {
    spec: {
      ...rest,
      ...simple.parts,
      strategy: strategy.value,
      checks: checks.value,
      ...(window.value && { window: window.value }),
      ...(hooks.value && { hooks: hooks.value }),
      history: written.history ?? { limit: DEFAULT_HISTORY_LIMIT },
    },
    origins: [listed, checks, simple, window, hooks, strategy].flatMap(({ origins }) => origins),
    unmade: checks.unmade,
  };
}

/** The Prometheus of the policy, or else that of the namespace. */
function metricsOf(
  { metrics: own }: WrittenPolicySpec,
  { metrics: general }: ReleaseDefaultsSpec,
): MetricsFrom | undefined {
  if (own?.prometheus) return { prometheus: own.prometheus, from: 'Policy' };
  return general?.prometheus && { prometheus: general.prometheus, from: 'Defaults' };
}

/** What the defaults add to a policy, in words, for its plan and its releases. */
export function addedByDefaults(origins: readonly Origin[]): string[] {
  return origins.flatMap(({ what }) => what ?? []);
}

/** What others make of a policy. */
export interface ByOthers extends Pick<EffectivePolicy, 'origins' | 'unmade'> {
  /** The same policy in a namespace without defaults; undefined where there are none. */
  alone: PolicySpec | undefined;
}

export interface Others {
  defaults: ReleaseDefaultsSpec | undefined;
  templates: Templates;
}

/** The policy with what others say, and what they made of it. */
export function effectiveBy(
  written: WrittenPolicySpec,
  { defaults, templates }: Others,
): { spec: PolicySpec; others: ByOthers } {
  const { spec, origins, unmade } = effectivePolicy(written, defaults, templates);
  const alone = defaults && effectivePolicy(written, {}, templates).spec;
  return { spec, others: { origins, unmade, alone } };
}

interface Part<T> {
  value: T;
  origins: Origin[];
}

type Simple = Pick<
  PolicySpec,
  | 'bake'
  | 'progressDeadline'
  | 'onFailure'
  | 'releasedIn'
  | 'tryImages'
  | 'rollbackWindow'
  | 'falseAlarms'
  | 'metrics'
>;

/** A value of the policy, or else of the defaults, which is noted. */
type Say = <T>(field: string, values: [own: T, general: T], words: (value: T) => string) => T;

function sayingInto(origins: Origin[]): Say {
  return (field, [own, general], words) => {
    if (own !== undefined || general === undefined) return own;
    const at = `spec.${field}`;
    origins.push({ field: at, at, from: 'Defaults', what: words(general) });
    return general;
  };
}

function simpleParts(written: WrittenPolicySpec, defaults: ReleaseDefaultsSpec) {
  const origins: Origin[] = [];
  const say = sayingInto(origins);
  const { bake, progressDeadline, releasedIn } = defaults;
  const elsewhere = say(
    'releasedIn',
    [written.releasedIn, releasedIn],
    (value) => `released in ${value?.namespace} first`,
  );
  const falseAlarms = say(
    'falseAlarms',
    [written.falseAlarms, defaults.falseAlarms],
    (value) => `falseAlarms ${String(value)}`,
  );
  const metrics = say(
    'metrics',
    [written.metrics, defaults.metrics],
    (value) => `Prometheus ${value?.prometheus?.address}`,
  );
  const parts: Simple = {
    bake: say('bake', [written.bake, bake], (value) => `bake ${value}`) ?? BUILT_IN.bake,
    progressDeadline:
      say(
        'progressDeadline',
        [written.progressDeadline, progressDeadline],
        (value) => `progress deadline ${value}`,
      ) ?? BUILT_IN.progressDeadline,
    onFailure: failureParts(say, written, defaults),
    ...(elsewhere && { releasedIn: elsewhere }),
    ...(falseAlarms !== undefined && { falseAlarms }),
    ...(metrics && { metrics }),
    ...earlierVersionParts(say, written, defaults),
  };
  return { parts, origins };
}

function failureParts(
  say: Say,
  written: WrittenPolicySpec,
  { onFailure }: ReleaseDefaultsSpec,
): PolicySpec['onFailure'] {
  const revertTemplate = say(
    'onFailure.revertTemplate',
    [written.onFailure?.revertTemplate, onFailure?.revertTemplate],
    (value) => `onFailure.revertTemplate ${value}`,
  );
  const action = say(
    'onFailure.action',
    [written.onFailure?.action, onFailure?.action],
    (value) => `onFailure ${value}`,
  );
  return {
    action: action ?? BUILT_IN.action,
    ...(revertTemplate !== undefined && { revertTemplate }),
  };
}

function earlierVersionParts(
  say: Say,
  written: WrittenPolicySpec,
  defaults: ReleaseDefaultsSpec,
): Pick<PolicySpec, 'tryImages' | 'rollbackWindow'> {
  const tryImages = say(
    'tryImages',
    [written.tryImages, defaults.tryImages],
    (value) => `tryImages ${value}`,
  );
  // Two workloads that take turns have no history to go back in: there it says nothing.
  const general = written.pairRef ? undefined : defaults.rollbackWindow;
  const rollbackWindow = say(
    'rollbackWindow',
    [written.rollbackWindow, general],
    (value) => `rollback window ${windowText(value ?? {})}`,
  );
  return { ...(tryImages && { tryImages }), ...(rollbackWindow && { rollbackWindow }) };
}

interface Joining {
  field: string;
  words: (name: string) => string;
  /** Where each entry was written, where not all entries are as they were written. */
  at?: Record<'own' | 'general', number[]>;
}

/** The list of the defaults first, in their order; what the policy has by the same name takes the
 * place of theirs. */
function joined<T extends { name: string }>(
  own: readonly T[] = [],
  general: readonly T[] = [],
  { field, words, at: written }: Joining,
): Part<T[]> {
  const value: T[] = [];
  const origins: Origin[] = [];
  const add = (entry: T, from: Origin['from'], index: number) => {
    const places = from === 'Defaults' ? written?.general : written?.own;
    const at = `${field}[${places?.[index] ?? index}]`;
    const here = `${field}[${value.length}]`;
    if (from === 'Defaults') origins.push({ field: here, at, from, what: words(entry.name) });
    else if (here !== at) origins.push({ field: here, at, from });
    value.push(entry);
  };
  const replaced = new Set<number>();
  general.forEach((entry, i) => {
    const index = own.findIndex(({ name }) => name === entry.name);
    if (index < 0) add(entry, 'Defaults', i);
    else if (!replaced.has(index)) add(own[index] as T, 'Policy', index);
    replaced.add(index);
  });
  own.forEach((entry, i) => {
    if (!replaced.has(i)) add(entry, 'Policy', i);
  });
  return { value, origins };
}

const MOMENTS = ['before', 'after', 'onAbort'] as const;

function joinedHooks(own: Hooks | undefined, general: Hooks | undefined): Part<Hooks | undefined> {
  if (!general) return { value: own, origins: [] };
  const lists = MOMENTS.map((when) => ({
    when,
    ...joined(own?.[when], general[when], {
      field: `spec.hooks.${when}`,
      words: (name) => `hook ${name} (${when})`,
    }),
  }));
  const filled = lists.filter(({ value }) => value.length > 0);
  return {
    value: Object.fromEntries(filled.map(({ when, value }) => [when, value])),
    origins: lists.flatMap(({ origins }) => origins),
  };
}

const UTC = 'UTC';

/** When it is open is the policy's to say; the time zone of each goes for its own times. */
function inWindow(
  own: ReleaseWindow = {},
  general: ReleaseWindow | undefined,
  field: string,
): Part<ReleaseWindow> {
  if (!general) return { value: own, origins: [] };
  const { open, timeZone, ownZone } = openings(own, general);
  const freezes = joinedFreezes(
    { own: inZone(own.freeze, ownZone, timeZone), general: stamped(general, timeZone) },
    field,
  );
  const origin = (name: 'open' | 'timeZone'): Origin => ({
    field: `${field}.${name}`,
    at: `spec.window.${name}`,
    from: 'Defaults',
    ...(name === 'open' && { what: 'the window' }),
  });
  const freezing = own.freeze !== undefined || general.freeze !== undefined;
  return {
    value: {
      ...(timeZone !== undefined && { timeZone }),
      ...(open && { open }),
      ...(freezing && { freeze: freezes.value }),
    },
    origins: [
      ...(open !== own.open ? [origin('open')] : []),
      ...(timeZone !== own.timeZone ? [origin('timeZone')] : []),
      ...freezes.origins,
    ],
  };
}

/** Who says when it is open, in which time zone; and the zone of what the policy says beside it. */
function openings(own: ReleaseWindow, general: ReleaseWindow) {
  const mixed = own.timeZone ?? general.timeZone;
  const ownZone = mixed ?? UTC;
  if (own.open || !general.open) return { open: own.open, timeZone: mixed, ownZone };
  return { open: general.open, timeZone: general.timeZone, ownZone };
}

/** Each keeps the time zone that it was written in. */
function inZone(freezes: readonly Freeze[] = [], zone: string, windowZone: string = UTC): Freeze[] {
  return freezes.map((freeze) =>
    freeze.timeZone !== undefined || zone === windowZone ? freeze : { ...freeze, timeZone: zone },
  );
}

const BECAUSE_MAX = 200;
const BY_DEFAULTS = ' (ReleaseDefaults)';

/** Those of the defaults, which say so to who has to wait. */
function stamped({ freeze, timeZone }: ReleaseWindow, windowZone: string | undefined): Freeze[] {
  return inZone(freeze, timeZone ?? UTC, windowZone).map((one) => {
    const because = one.because ?? `frozen until ${one.to}`;
    return { ...one, because: because.slice(0, BECAUSE_MAX - BY_DEFAULTS.length) + BY_DEFAULTS };
  });
}

function joinedFreezes(
  { own, general }: Record<'own' | 'general', Freeze[]>,
  field: string,
): Part<Freeze[]> {
  const value = [...own];
  const origins: Origin[] = [];
  general.forEach((freeze, i) => {
    if (own.some((other) => sameJson(other, freeze))) return;
    origins.push({
      field: `${field}.freeze[${value.length}]`,
      at: `spec.window.freeze[${i}]`,
      from: 'Defaults',
      ...(field === 'spec.window' && { what: `freeze ${freeze.from} to ${freeze.to}` }),
    });
    value.push(freeze);
  });
  return { value, origins };
}

type Strategy = WrittenPolicySpec['strategy'];

/** A window of a stage stands in for that of the policy, and must not let it out of a freeze. */
function frozenStrategy(strategy: Strategy, general: ReleaseWindow | undefined): Part<Strategy> {
  if (!general) return { value: strategy, origins: [] };
  // Of a stage that has a window of its own everything but the freezes is its own to say.
  const { open: _, ...floor } = general;
  const origins: Origin[] = [];
  const frozen = <T extends { window?: ReleaseWindow | undefined }>(part: T, at: string): T => {
    if (!part.window) return part;
    const window = inWindow(part.window, floor, `${at}.window`);
    origins.push(...window.origins);
    return { ...part, window: window.value };
  };
  const { canary, blueGreen, rolling, abTest } = strategy;
  const at = 'spec.strategy';
  const value: Strategy = {
    ...strategy,
    ...(canary && {
      canary: {
        ...canary,
        stages: canary.stages.map((stage, i) => frozen(stage, `${at}.canary.stages[${i}]`)),
      },
    }),
    ...(rolling && {
      rolling: {
        ...rolling,
        stages: rolling.stages.map((stage, i) => frozen(stage, `${at}.rolling.stages[${i}]`)),
      },
    }),
    ...(blueGreen && {
      blueGreen: {
        ...frozen(blueGreen, `${at}.blueGreen`),
        ...(blueGreen.switch && {
          switch: blueGreen.switch.map((one, i) => frozen(one, `${at}.blueGreen.switch[${i}]`)),
        }),
      },
    }),
    ...(abTest && { abTest: frozen(abTest, `${at}.abTest`) }),
  };
  return { value, origins };
}
