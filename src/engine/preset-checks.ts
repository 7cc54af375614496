/** Checks with a preset become checks with queries, where policies are read: nobody after that knows of presets. */
import { asksFresh, type WrittenCheck } from '../api/check.ts';
import { askedOf, type CheckSources, SOURCE_NAMES } from '../api/check-sources/index.ts';
import type { PrometheusAccess } from '../api/check-sources/prometheus.ts';
import {
  NAMELESS,
  PRESET_NAMES,
  PRESET_QUESTIONS,
  type PresetName,
  type PresetQuestion,
} from '../api/preset.ts';
import type { Problem } from '../api/problem.ts';
import { POD_LABELS, type Preset, PRESETS } from './presets.ts';

type Fields = Readonly<Record<string, unknown>>;

interface Split {
  checks: WrittenCheck[];
  /** Of each of them the index of the one that it was written as. */
  at: number[];
}

/** A preset without a name is one check for each question, named after it. Nothing is put in yet, so that a check of
 * that name may stand in for one of a ReleaseDefaults. */
export function splitPresets(written: readonly WrittenCheck[] = []): Split {
  const all = written.flatMap((check, at) => questionsOf(check).map((one) => ({ check: one, at })));
  return { checks: all.map(({ check }) => check), at: all.map(({ at }) => at) };
}

function questionsOf(check: WrittenCheck): WrittenCheck[] {
  const { preset, of, template } = check;
  // Stored by an API server it has the name that stands for none.
  if (preset === undefined || template || (check.name ?? NAMELESS) !== NAMELESS) return [check];
  const asked = of === undefined ? PRESET_QUESTIONS : [of];
  return asked.map((question) => ({ ...check, name: question, of: question }));
}

export type Expanded =
  | {
      check: Fields;
      measuredBy?: 'Metrics' | undefined;
      /** It takes calls of gRPC that fail for good requests. */
      missesCalls?: PresetName;
    }
  /** Fields are of the check: `preset`, `prometheus.total`. */
  | { problems: Problem[] };

/** Where nothing says which Prometheus is asked: told of a policy, and not of a ReleaseDefaults, which may leave that
 * to policies. */
export const NOWHERE = 'does not say where it is measured';
/** The lines to write, and where. */
function sayWhere({ of, page = '{ port: 9090 }' }: Preset): string {
  const here =
    of === 'Pods'
      ? `scrape: { pods: ${page} }`
      : 'scrape: { address: http://GATEWAY:PORT/metrics }, the page of the gateway';
  return (
    'write metrics: { prometheus: { address: http://prometheus.monitoring:9090 } }, with the address of yours, under ' +
    'spec of the policy, or once for all under spec of the ReleaseDefaults default of the namespace; without a ' +
    `Prometheus write beside preset ${here}`
  );
}

/**
 * The check with queries in place of `preset` and `of`; one without them as it is.
 *
 * @param metrics the Prometheus that is asked where the check names no source of its own
 */
export function withoutPreset(check: Fields, metrics: PrometheusAccess | undefined): Expanded {
  const { preset: name, of, ...rest } = check;
  if (name === undefined) return of === undefined ? { check } : strayOf();
  if (!isPreset(name)) {
    const fix = `write one of ${listed(PRESET_NAMES)}`;
    return fault('preset', `there is no preset ${JSON.stringify(name)}`, fix);
  }
  const preset = PRESETS[name];
  if ('because' in preset) return fault('preset', `${name} ${preset.because}`, preset.fix);
  if (!isQuestion(of))
    return fault('of', 'does not say what the preset asks', 'write of: errors or of: latency');
  const found = sourceFor(rest, preset, metrics);
  if ('problems' in found) return found;
  return {
    check: asking(rest, found, { preset, of }),
    ...(found.isOfMetrics && { measuredBy: 'Metrics' }),
    ...(of === 'errors' && !preset.seesCalls && { missesCalls: name }),
  };
}

function asking(
  rest: Fields,
  { source, fields, labels }: Found,
  { preset, of }: { preset: Preset; of: PresetQuestion },
): Fields {
  const asked = queriesOf(preset, of, labels);
  const needsQuantile = of === 'latency' && rest['max'] !== undefined;
  return {
    ...rest,
    ...(isHeld(rest) ? {} : { compare: {} }),
    ...(isWarmedUp(rest) && { warmup: WARMUP }),
    [source]: { ...(needsQuantile && { quantile: QUANTILE }), ...fields, ...asked },
  };
}

/** With max, where nobody says which. */
const QUANTILE = '0.99';

/** What pods that have just started do is no fault of their version (docs/adr/0021-presets.md). */
const WARMUP = '1m';

/** Nobody said how long, and what it is held against is not as young. */
function isWarmedUp({ warmup, compare }: Fields): boolean {
  return warmup === undefined && !asksFresh({ compare: compare as WrittenCheck['compare'] });
}

function isPreset(name: unknown): name is PresetName {
  return PRESET_NAMES.some((one) => one === name);
}

function isQuestion(of: unknown): of is PresetQuestion {
  return PRESET_QUESTIONS.some((one) => one === of);
}

function isHeld(check: Fields): boolean {
  return ['compare', 'slo', 'max', 'min'].some((name) => check[name] !== undefined);
}

function strayOf(): Expanded {
  return fault('of', 'means nothing without preset', 'name a preset, or take it out');
}

function fault(field: string, message: string, fix: string): { problems: Problem[] } {
  return { problems: [{ field, message, fix }] };
}

const QUERIES = ['query', 'total', 'bad', 'good', 'histogram'];

interface Found {
  source: 'prometheus' | 'scrape';
  /** What the check says of it. */
  fields: Fields;
  /** What its series are selected by. */
  labels: readonly string[];
  isOfMetrics?: boolean;
}

function sourceFor(
  check: Fields,
  preset: Preset,
  metrics: PrometheusAccess | undefined,
): Found | { problems: Problem[] } {
  const named = SOURCE_NAMES.filter((name) => check[name] !== undefined);
  const [source, ...others] = named;
  if (others.length > 0)
    return fault('preset', `stands beside ${listed(named)}`, 'keep one of them');
  const podLabels = preset.of === 'Pods' ? POD_LABELS : [];
  const labels = [...podLabels, ...preset.labels];
  if (source === undefined) {
    if (!metrics) return fault('preset', NOWHERE, sayWhere(preset));
    return { source: 'prometheus', fields: metrics, labels, isOfMetrics: true };
  }
  if (source !== 'prometheus' && source !== 'scrape')
    return fault('preset', `is not for ${source}`, 'use prometheus or scrape, or write queries');
  const fields = check[source] as Fields;
  const written = QUERIES.filter((name) => fields[name] !== undefined);
  if (written.length > 0)
    return fault(
      `${source}.${written[0]}`,
      'cannot stand beside preset, which asks by itself',
      'take it out, or take preset out',
    );
  if (source === 'prometheus') return { source, fields, labels };
  return pageProblem(fields, preset) ?? { source, fields, labels: preset.labels };
}

/** A page has no labels of who scrapes it. */
function pageProblem(fields: Fields, preset: Preset): { problems: Problem[] } | undefined {
  const isOfPods = fields['pods'] !== undefined;
  if (isOfPods === (preset.of === 'Pods')) return undefined;
  return isOfPods
    ? fault(
        'scrape.pods',
        'have no metrics of this preset, which the gateway counts',
        'write scrape: {address: ...}, the page of the gateway',
      )
    : fault(
        'scrape.address',
        'cannot tell the versions apart by this preset, which is counted in each pod',
        'write scrape: {pods: {port: ...}}, or ask a Prometheus',
      );
}

function queriesOf(preset: Preset, of: PresetQuestion, labels: readonly string[]): Fields {
  const { total, bad, good = [], histogram, timed = [] } = preset;
  if (of === 'latency') return { histogram: selector(histogram, [...labels, ...timed]) };
  return {
    total: selector(total, labels),
    ...(bad === undefined
      ? { good: selector(total, [...labels, ...good]) }
      : { bad: selector(total, [...labels, bad]) }),
  };
}

function selector(metric: string, matchers: readonly string[]): string {
  return matchers.length === 0 ? metric : `${metric}{${matchers.join(',')}}`;
}

function listed(names: readonly string[]): string {
  return names.join(', ');
}

/** The preset whose queries the check has, also where it says only these, as in a release. */
export function presetOf(check: CheckSources): PresetName | undefined {
  const { total, histogram } = askedOf(check);
  const first = total ?? histogram;
  return PRESET_NAMES.find((name) => {
    const preset = PRESETS[name];
    if (first === undefined || 'because' in preset) return false;
    return [preset.labels, [...POD_LABELS, ...preset.labels]].some((labels) =>
      Object.values({
        ...queriesOf(preset, 'errors', labels),
        ...queriesOf(preset, 'latency', labels),
      }).includes(first),
    );
  });
}
