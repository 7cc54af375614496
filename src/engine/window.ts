/** When a window is open: worked out from what was written and the time given, without a clock. */
import { Cron } from 'croner';
import { DAYS, type ReleaseWindow } from '../api/gates.ts';
import { parseDuration } from '../api/duration.ts';
import type { Problem } from '../api/problem.ts';

export type WindowState =
  | { is: 'Open' }
  /** `opensAtMs` is undefined where it never opens again. */
  | { is: 'Shut'; opensAtMs: number | undefined; because: string };

type Opening = NonNullable<ReleaseWindow['open']>[number];

interface Freeze {
  fromMs: number;
  toMs: number;
  because: string;
}

/** More freezes one after the other than anybody writes. */
const LOOKS_MAX = 200;
const DAY_MS = 86_400_000;

export function windowAt(window: ReleaseWindow, nowMs: number): WindowState {
  const freezes = freezesOf(window);
  const frozen = freezeAt(freezes, nowMs);
  if (!frozen && isInside(window, nowMs)) return { is: 'Open' };
  const because = frozen?.because ?? 'outside the window';
  return { is: 'Shut', opensAtMs: nextOpening(window, freezes, nowMs), because };
}

function nextOpening(window: ReleaseWindow, freezes: Freeze[], nowMs: number): number | undefined {
  let at = nowMs;
  for (let i = 0; i < LOOKS_MAX; i++) {
    const frozen = freezeAt(freezes, at);
    if (frozen) at = frozen.toMs;
    const open = isInside(window, at) && at > nowMs ? at : firstOpening(window, at);
    if (open === undefined) return undefined;
    if (!freezeAt(freezes, open)) return open;
    at = open;
  }
  return undefined;
}

function firstOpening(window: ReleaseWindow, afterMs: number): number | undefined {
  const times = (window.open ?? []).flatMap(
    (opening) => nextRun(cronOf(opening), zoneOf(window), afterMs) ?? [],
  );
  return times.length === 0 ? undefined : Math.min(...times);
}

function nextRun(cron: string, timezone: string, afterMs: number): number | undefined {
  return new Cron(cron, { timezone, mode: '5-part' }).nextRun(new Date(afterMs))?.getTime();
}

/** The times at which it opens. */
function cronOf({ cron, days, from = '00:00' }: Opening): string {
  if (cron !== undefined) return cron;
  const [hour, minute] = from.split(':').map(Number);
  return `${minute} ${hour} * * ${days?.join(',') ?? '*'}`;
}

function isInside(window: ReleaseWindow, atMs: number): boolean {
  if (!window.open) return true;
  return window.open.some((opening) =>
    opening.cron === undefined
      ? isInDay(opening, localTime(zoneOf(window), atMs))
      : isInRun(opening, zoneOf(window), atMs),
  );
}

function isInRun(opening: Opening, timeZone: string, atMs: number): boolean {
  const lengthMs = parseDuration(opening.for ?? '') ?? 0;
  const run = nextRun(cronOf(opening), timeZone, atMs - lengthMs);
  return run !== undefined && run <= atMs;
}

/** Over midnight it belongs to the day on which it began. */
function isInDay({ days = [...DAYS], from, to }: Opening, local: LocalTime): boolean {
  const begin = minutes(from ?? '00:00');
  const end = minutes(to ?? '24:00');
  const today = days.includes(local.day);
  if (begin < end) return today && local.minutes >= begin && local.minutes < end;
  const yesterday = days.includes(dayBefore(local.day));
  return (today && local.minutes >= begin) || (yesterday && local.minutes < end);
}

type Day = (typeof DAYS)[number];

interface LocalTime {
  day: Day;
  minutes: number;
}

function dayBefore(day: Day): Day {
  return DAYS[(DAYS.indexOf(day) + 6) % 7] ?? day;
}

function localTime(timeZone: string, atMs: number): LocalTime {
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  });
  const parts = Object.fromEntries(format.formatToParts(atMs).map((p) => [p.type, p.value]));
  return {
    day: parts['weekday'] as Day,
    minutes: minutes(`${parts['hour']}:${parts['minute']}`),
  };
}

function minutes(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

function zoneOf({ timeZone = 'UTC' }: ReleaseWindow): string {
  return timeZone;
}

function freezeAt(freezes: Freeze[], atMs: number): Freeze | undefined {
  return freezes.find(({ fromMs, toMs }) => fromMs <= atMs && atMs < toMs);
}

function freezesOf(window: ReleaseWindow): Freeze[] {
  return (window.freeze ?? []).map(({ from, to, because, timeZone: zone = zoneOf(window) }) => ({
    fromMs: instant(from, zone),
    toMs: instant(to.includes('T') ? to : dayAfter(to), zone),
    because: because ?? `frozen until ${to}`,
  }));
}

/** What comes after it is not written with four digits. */
const LAST_DAY = '9999-12-31';

function dayAfter(day: string): string {
  const ms = Date.parse(`${day}T00:00:00Z`);
  return Number.isNaN(ms) || day === LAST_DAY
    ? day
    : new Date(ms + DAY_MS).toISOString().slice(0, 10);
}

/** Of a local day or minute: what the clock there shows, moved by how much it shows it wrongly. Twice,
 * since the first guess may be on the other side of a change of the clocks. */
function instant(local: string, timeZone: string): number {
  const wantedMs = Date.parse(`${local.includes('T') ? local : `${local}T00:00`}:00Z`);
  if (Number.isNaN(wantedMs)) return wantedMs;
  let atMs = wantedMs;
  for (let i = 0; i < 2 && !Number.isNaN(atMs); i++) atMs += wantedMs - shownMs(timeZone, atMs);
  return atMs;
}

/** What the clock in that zone shows, read as if it were UTC. */
function shownMs(timeZone: string, atMs: number): number {
  const format = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    hourCycle: 'h23',
  });
  const p = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, value]));
  return Date.parse(
    `${p['year']}-${p['month']}-${p['day']}T${p['hour']}:${p['minute']}:${p['second']}Z`,
  );
}

/** What is wrong with a window; one that never opens is. */
export function windowProblems(window: ReleaseWindow | undefined, field: string): Problem[] {
  if (!window) return [];
  const zones = [
    ...zoneProblems(window.timeZone, `${field}.timeZone`),
    ...(window.freeze ?? []).flatMap(({ timeZone }, i) =>
      zoneProblems(timeZone, `${field}.freeze[${i}].timeZone`),
    ),
  ];
  if (zones.length > 0) return zones;
  if (!window.open && !window.freeze)
    return [{ field, message: 'says no times', fix: 'write `open`, `freeze` or both' }];
  const opens = window.open ?? [];
  if (window.open && opens.length === 0)
    return [{ field: `${field}.open`, message: 'never opens', fix: 'name a time, or remove it' }];
  return [
    ...opens.flatMap((opening, i) => openingProblems(opening, `${field}.open[${i}]`)),
    ...freezeProblems(window, `${field}.freeze`),
  ];
}

function zoneProblems(timeZone: string | undefined, field: string): Problem[] {
  try {
    localTime(timeZone ?? 'UTC', 0);
    return [];
  } catch {
    const message = `${timeZone} is not a time zone`;
    return [{ field, message, fix: 'write one as Europe/Berlin or UTC' }];
  }
}

function openingProblems(opening: Opening, field: string): Problem[] {
  return opening.cron === undefined
    ? calendarProblems(opening, field)
    : cronProblems(opening, opening.cron, field);
}

function calendarProblems(opening: Opening, field: string): Problem[] {
  if (opening.for !== undefined)
    return [{ field: `${field}.for`, message: 'goes with cron', fix: 'use `to`, or add `cron`' }];
  if (opening.days?.length === 0)
    return [{ field: `${field}.days`, message: 'never opens', fix: 'name a day, or remove it' }];
  if (minutes(opening.from ?? '00:00') >= DAY_MS / 60_000)
    return [{ field: `${field}.from`, message: 'is no time of a day', fix: 'write 00:00' }];
  if ((opening.from ?? '00:00') !== (opening.to ?? '24:00')) return [];
  const message = `from ${opening.from} to ${opening.to} never opens`;
  return [{ field: `${field}.to`, message, fix: 'write a later time' }];
}

/** A time from which every date that there is comes within a few years. */
const LEAP_YEAR_MS = Date.UTC(2024, 0, 1);

function cronProblems(opening: Opening, cron: string, field: string): Problem[] {
  const other = (['days', 'from', 'to'] as const).find((key) => opening[key] !== undefined);
  if (other)
    return [
      { field: `${field}.${other}`, message: 'goes without cron', fix: 'remove one of them' },
    ];
  if ((parseDuration(opening.for ?? '') ?? 0) < 60_000)
    return [
      {
        field: `${field}.for`,
        message: 'a cron says when it opens, not for how long',
        fix: 'add how long, at least a minute: `for: 8h`',
      },
    ];
  const at = `${field}.cron`;
  try {
    if (nextRun(cron, 'UTC', LEAP_YEAR_MS) !== undefined) return [];
    const message = `${cron} never opens: there is no such day`;
    return [{ field: at, message, fix: 'write a day that comes' }];
  } catch {
    const fix = 'write minute, hour, day, month and day of the week: `0 9 * * 1-5`';
    return [{ field: at, message: `${JSON.stringify(cron)} is not a schedule`, fix }];
  }
}

const FREEZES_MAX = 64;

function freezeProblems(window: ReleaseWindow, field: string): Problem[] {
  const count = window.freeze?.length ?? 0;
  if (count > FREEZES_MAX)
    return [
      {
        field,
        message: `has ${count} entries, ${FREEZES_MAX} are the most`,
        fix: 'take out those that are over',
      },
    ];
  const found = freezesOf(window).flatMap(({ fromMs, toMs }, i) => {
    if (fromMs < toMs) return [];
    const { from, to } = window.freeze?.[i] ?? { from: '', to: '' };
    const at = `${field}[${i}]`;
    if (Number.isNaN(fromMs) || Number.isNaN(toMs)) {
      const message = `${from} to ${to} are no days of a calendar`;
      return [{ field: at, message, fix: 'write days that there are, as 2026-12-20' }];
    }
    const message = `ends (${to}) before it begins (${from})`;
    return [{ field: at, message, fix: 'write a later `to`' }];
  });
  return found.length > 0 ? found : endlessProblems(window, field);
}

/** Longer than anybody wants to wait, and than any two dates of a calendar are apart. */
const ENDLESS_MS = 10 * 366 * DAY_MS;

/** Shut for so long that a release would never begin. */
function endlessProblems(window: ReleaseWindow, field: string): Problem[] {
  const freezes = freezesOf(window);
  const allMs = freezes.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0);
  if (allMs < ENDLESS_MS) return [];
  const index = freezes.findIndex(({ fromMs }) => {
    const opensAtMs = nextOpening(window, freezes, fromMs);
    return opensAtMs === undefined || opensAtMs - fromMs >= ENDLESS_MS;
  });
  const { from } = window.freeze?.[index] ?? {};
  if (from === undefined) return [];
  const message = `from ${from} on the window does not open again for ten years or more`;
  return [{ field: `${field}[${index}]`, message, fix: 'write the day on which releases go on' }];
}
