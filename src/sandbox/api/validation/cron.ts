/** Validity of CronJobs: a schedule that can be read, and what becomes of runs that meet. */
import type { KubeObject } from '../../../api/object.ts';
import { fieldsAt, textAt } from '../schema.ts';
import { cause, type Cause } from '../status.ts';
import { validateTemplate } from './workloads.ts';

const POLICIES = ['Allow', 'Forbid', 'Replace'];
const MACRO = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/;

const MONTHS = 'jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec';
const DAYS = 'sun|mon|tue|wed|thu|fri|sat';

/** Minute, hour, day of the month, month, day of the week. */
const PARTS: { name: string; least: number; most: number; words: string }[] = [
  { name: 'minute', least: 0, most: 59, words: '' },
  { name: 'hour', least: 0, most: 23, words: '' },
  { name: 'day of month', least: 1, most: 31, words: '' },
  { name: 'month', least: 1, most: 12, words: MONTHS },
  { name: 'day of week', least: 0, most: 6, words: DAYS },
];

/** What is wrong with a schedule, or undefined. */
export function scheduleProblem(schedule: string): string | undefined {
  if (schedule.includes('TZ='))
    return 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead';
  if (schedule.startsWith('@'))
    return MACRO.test(schedule) ? undefined : `unrecognized descriptor: ${schedule}`;
  const fields = schedule.trim().split(/\s+/);
  if (fields.length !== PARTS.length)
    return `expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`;
  for (const [i, part] of PARTS.entries()) {
    const field = fields[i] ?? '';
    const isGood = field.split(',').every((one) => isTerm(one, part));
    if (!isGood) return `${part.name} "${field}" is not between ${part.least} and ${part.most}`;
  }
  return undefined;
}

/** `*`, `5`, `1-5`, `mon-fri`, each with a step or without. */
function isTerm(term: string, { least, most, words }: (typeof PARTS)[number]): boolean {
  const [range = '', step, ...more] = term.split('/');
  if (more.length > 0 || (step !== undefined && !/^[1-9]\d*$/.test(step))) return false;
  if (range === '*' || range === '?') return true;
  const ends = range.split('-');
  if (ends.length > 2) return false;
  const values = ends.map((end) => {
    const word = words === '' ? -1 : words.split('|').indexOf(end.toLowerCase());
    if (word >= 0) return word + least;
    return /^\d+$/.test(end) ? Number(end) : Number.NaN;
  });
  const [first = Number.NaN, last = first] = values;
  return first >= least && last <= most && first <= last;
}

export function validateCronJob(job: KubeObject): Cause[] {
  const spec = fieldsAt(job, 'spec');
  const schedule = textAt(spec, 'schedule');
  const problem = scheduleProblem(schedule);
  const policy = textAt(spec, 'concurrencyPolicy');
  const template = fieldsAt(spec, 'jobTemplate', 'spec', 'template');
  const at = 'spec.jobTemplate.spec.template';
  return [
    ...(schedule === ''
      ? [cause.required('spec.schedule')]
      : problem === undefined
        ? []
        : [cause.invalid('spec.schedule', schedule, problem)]),
    ...(POLICIES.includes(policy)
      ? []
      : [cause.notSupported('spec.concurrencyPolicy', policy, POLICIES)]),
    ...validateTemplate(template, ['OnFailure', 'Never'], at),
  ];
}
