/** Which objects and keys of a configuration are others than before. Names only: what is in them is nobody's
 * business who reads an event. */
import type { ConfigVersion, RecordedObject } from '../api/config.ts';
import { ABSENT } from '../api/config-marks.ts';
import type { ReleaseSpec } from '../api/release.ts';

export interface ObjectDifference {
  kind: RecordedObject['kind'];
  name: string;
  change: 'Added' | 'Changed' | 'Removed';
  /** Sorted; empty where they are not known. */
  keys: string[];
}

export function configDifference(before: ConfigVersion, after: ConfigVersion): ObjectDifference[] {
  const named = ({ kind, name }: RecordedObject) => `${kind}/${name}`;
  const old = new Map(before.objects.map((object) => [named(object), object]));
  const now = new Map(after.objects.map((object) => [named(object), object]));
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  return names.flatMap((name) => objectDifference(old.get(name), now.get(name)));
}

function objectDifference(
  before: RecordedObject | undefined,
  after: RecordedObject | undefined,
): ObjectDifference[] {
  const one = after ?? before;
  if (!one || before?.digest === after?.digest) return [];
  const [was, is] = [isThere(before), isThere(after)];
  if (!was && !is) return [];
  const change = was && is ? 'Changed' : is ? 'Added' : 'Removed';
  return [{ kind: one.kind, name: one.name, change, keys: keysBetween(before, after) }];
}

function isThere(object: RecordedObject | undefined): boolean {
  return object !== undefined && object.digest !== ABSENT;
}

function keysBetween(before?: RecordedObject, after?: RecordedObject): string[] {
  const [old = {}, now = {}] = [before?.keys, after?.keys];
  const keys = new Set([...Object.keys(old), ...Object.keys(now)]);
  return [...keys].filter((key) => old[key] !== now[key]).sort();
}

const KEYS_MAX = 5;

/** `ConfigMap web (GREETING, colours.json), Secret db`. */
export function differenceText(before: ConfigVersion, after: ConfigVersion): string {
  return configDifference(before, after).map(objectText).join(', ') || 'nothing';
}

function objectText({ kind, name, change, keys }: ObjectDifference): string {
  const more = keys.length > KEYS_MAX ? [`${keys.length - KEYS_MAX} more`] : [];
  const listed = keys.length > 0 ? ` (${[...keys.slice(0, KEYS_MAX), ...more].join(', ')})` : '';
  const how =
    change === 'Changed' ? listed : change === 'Added' ? ', which is new' : ', which is gone';
  return `${kind} ${name}${how}`;
}

/** Why a release in progress is not of what is stored any more. */
export function newConfigText({ config }: ReleaseSpec, now: ConfigVersion | undefined): string {
  const what = config && now ? `: ${differenceText(config.candidate, now)}` : '';
  return `the configuration has changed${what}`;
}

/** What a release says beside its images; '' where the configuration is the same. */
export function withConfigText({ config }: Pick<ReleaseSpec, 'config'>): string {
  if (!config || config.stable.digest === config.candidate.digest) return '';
  return `, with another configuration: ${differenceText(config.stable, config.candidate)}`;
}
