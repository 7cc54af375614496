/** How `kubectl get` words ages, maps and lists. */
import type { KubeObject } from '../../../api/object.ts';
import { isFields } from '../schema.ts';
import { selectorText } from '../selectors.ts';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const YEAR = 365 * DAY;

/** `5m3s`: two units while the first is small, then one. */
export function humanDuration(seconds: number): string {
  if (seconds < 0) return '0s';
  if (seconds < 2 * MINUTE) return `${seconds}s`;
  if (seconds < 10 * MINUTE) return two(seconds, [MINUTE, 'm'], [1, 's']);
  if (seconds < 3 * HOUR) return `${Math.floor(seconds / MINUTE)}m`;
  if (seconds < 8 * HOUR) return two(seconds, [HOUR, 'h'], [MINUTE, 'm']);
  if (seconds < 2 * DAY) return `${Math.floor(seconds / HOUR)}h`;
  if (seconds < 8 * DAY) return two(seconds, [DAY, 'd'], [HOUR, 'h']);
  if (seconds < 2 * YEAR) return `${Math.floor(seconds / DAY)}d`;
  if (seconds < 8 * YEAR) return two(seconds, [YEAR, 'y'], [DAY, 'd']);
  return `${Math.floor(seconds / YEAR)}y`;
}

type Unit = [seconds: number, letter: string];

function two(seconds: number, [large, first]: Unit, [small, second]: Unit): string {
  const rest = Math.floor((seconds % large) / small);
  return `${Math.floor(seconds / large)}${first}${rest === 0 ? '' : `${rest}${second}`}`;
}

/** The time since a timestamp; `<unknown>` without one. */
export function since(time: unknown, nowMs: number): string {
  if (typeof time !== 'string' || time === '') return '<unknown>';
  return humanDuration(Math.floor((nowMs - Date.parse(time)) / 1_000));
}

export function age(object: KubeObject, nowMs: number): string {
  return since(object.metadata.creationTimestamp, nowMs);
}

export function orNone(text: string): string {
  return text === '' ? '<none>' : text;
}

/** `app=web,tier=front`, or `<none>`. */
export function labelsText(labels: unknown): string {
  if (!isFields(labels)) return '<none>';
  const parts = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return orNone(parts.sort().join(','));
}

export function selectorCell(selector: unknown): string {
  return orNone(selectorText(selector));
}
