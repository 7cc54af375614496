/** When checks would notice more errors, for people. */
import { formatPlanned } from '../api/duration.ts';
import { formatMeasure } from '../api/threshold.ts';
import type { Preview } from '../engine/index.ts';

type Expected = NonNullable<Preview['noticing']>;
type Notices = Expected['checks'][number]['notices'];

/** Lines, each with its end. */
export function noticingText({ requests, checks }: Expected, stages: number): string {
  const bad = formatMeasure(requests.badShare, 'ratio');
  const at = `at ${requests.perSecond} requests a second, ${bad} of them bad before`;
  if (checks.length === 0)
    return `${at}: no check compares errors with stable's, so nothing can be said of when more are noticed\n`;
  const lines = checks.flatMap(({ check, notices }) => [
    `${at}, check ${check} notices (half of the time sooner)`,
    ...notices.map((notice) => `  ${noticeText(notice, stages)}`),
  ]);
  return lines.map((line) => `${line}\n`).join('');
}

function noticeText({ ratio, afterMs, at, missingMs }: Notices[number], stages: number): string {
  const what = `${ratio} times as many after`;
  if (afterMs !== undefined && at !== undefined)
    return `${what} about ${formatPlanned(afterMs)}, in stage ${at + 1} of ${stages}`;
  return missingMs === undefined
    ? `${ratio} times as many never: no stage is looked at while both versions get requests`
    : `${ratio} times as many not before all get the new version: ${formatPlanned(missingMs)} more of hold would do`;
}
