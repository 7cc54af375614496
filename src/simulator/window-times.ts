/** When a window is open, worked out anew for the times that are drawn; the engine has its own way. */
import { parseDuration } from '../api/duration.ts';
import type { ReleaseWindow } from '../api/gates.ts';

/** How many minutes the clocks of a zone were ahead in that January. */
const AHEAD: Record<string, number> = { UTC: 0, 'Asia/Kolkata': 330 };
const MINUTE_MS = 60_000;
const DAY_MINUTES = 1_440;
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

export function isOpen({ timeZone = 'UTC', open, freeze = [] }: ReleaseWindow, atMs: number) {
  const frozen = freeze.some(({ from, to, timeZone: zone = timeZone }) => {
    const local = new Date(atMs + (AHEAD[zone] ?? NaN) * MINUTE_MS).toISOString();
    const begin = from.includes('T') ? from : `${from}T00:00`;
    // A day belongs to it until its last moment.
    const end = to.includes('T') ? to : `${to}T24`;
    return local >= begin && local < end;
  });
  if (frozen) return false;
  const minutes = Math.floor(atMs / MINUTE_MS) + (AHEAD[timeZone] ?? NaN);
  return !open || open.some((opening) => isWithin(opening, minutes));
}

type Opening = NonNullable<ReleaseWindow['open']>[number];

/** @param minutes of the local clock, since 1970 */
function isWithin(opening: Opening, minutes: number): boolean {
  const { cron, for: length = '', from = '00:00', to = '24:00', days } = opening;
  if (cron === undefined) {
    const today = DAYS[new Date(minutes * MINUTE_MS).getUTCDay()] as 'Mon';
    const now = minutes % DAY_MINUTES;
    return (days?.includes(today) ?? true) && now >= minuteOf(from) && now < minuteOf(to);
  }
  const longMinutes = (parseDuration(length) ?? 0) / MINUTE_MS;
  return Array.from({ length: longMinutes }, (_, ago) => (minutes - ago) % 60).some((minute) =>
    runsAt(cron, minute),
  );
}

function minuteOf(time: string): number {
  const [hour = 0, minute = 0] = time.split(':').map(Number);
  return hour * 60 + minute;
}

/** Of a schedule that says nothing but minutes. */
function runsAt(cron: string, minute: number): boolean {
  const [field = ''] = cron.split(' ');
  const [range = '', every = '1'] = field.split('/');
  const first = range === '*' ? 0 : Number(range.split('-')[0]);
  return minute >= first && (minute - first) % Number(every) === 0;
}
