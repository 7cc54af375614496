/** What the sources of checks answered, for people. */
import { formatMeasure } from '../api/threshold.ts';
import type { Answers, CheckAnswer, KeptAnswer, VersionAnswer } from './check-now.ts';
import { tableText } from './output.ts';

export function checkText(answers: Answers): string {
  const { namespace, policy, release, stable, candidate } = answers;
  const versions = [
    `stable ${stable.hash} (${pods(stable.pods)})`,
    candidate ? `candidate ${candidate.hash} (${pods(candidate.pods)})` : 'no candidate',
  ];
  const head = [`${namespace}/${policy}`, ...(release === undefined ? [] : [release]), ...versions];
  return [`${head.join('   ')}\n`, ...answers.checks.map(oneText)].join('\n');
}

const pods = (count: number): string => (count === 1 ? '1 pod' : `${count} pods`);

function oneText(check: CheckAnswer): string {
  const {
    name,
    source,
    asks,
    stable,
    candidate,
    metrics = [],
    hint,
    verdict,
    because,
    kept,
  } = check;
  const rows = [
    ...(stable ? [['  stable', versionText(stable)]] : []),
    ...(candidate ? [['  candidate', versionText(candidate)]] : []),
    ...metrics.flatMap((metric) => [['  metric', metricText(metric, source)]]),
    ...(hint === undefined ? [] : [['  hint', hint]]),
    ['  now', verdict === undefined ? because : `${verdict}: ${because}`],
    ...(kept ? [['  release', keptText(kept)]] : []),
  ];
  return `${name}   ${source}: ${asks}\n${tableText(rows[0] ?? [], rows.slice(1))}`;
}

function versionText(answer: VersionAnswer): string {
  const { counted, total, bad, value, missing } = answer;
  if (missing !== undefined) return `nothing: ${missing}`;
  if (counted === undefined) return String(value);
  const share = value === undefined ? '' : ` (${formatMeasure(value, 'ratio')})`;
  const when = counted === 'Ever' ? 'since its counters began' : 'in the window';
  const failed = bad === undefined ? slowText(answer) : `, ${whole(bad)} bad${share}`;
  return `${whole(total)} counted${failed}, ${when}`;
}

function keptText({ verdict, because, since, until }: KeptAnswer): string {
  const when = since === undefined || until === undefined ? '' : ` (${since} to ${until})`;
  return `${verdict}: ${because}${when}`;
}

const BOUNDS_MAX = 3;

/** At the bounds that tell most: those that some were slower than, from the slowest. */
function slowText({ slower = {} }: VersionAnswer): string {
  return Object.entries(slower)
    .filter(([, count]) => count > 0)
    .toSorted(([a], [b]) => Number(b) - Number(a))
    .slice(0, BOUNDS_MAX)
    .map(([bound, count]) => `, ${whole(count)} over ${formatMeasure(Number(bound), 'seconds')}`)
    .join('');
}

/** Estimated counts are seldom whole. */
const whole = (count = 0): string => String(Number(count.toFixed(1)));

/** Of these there is more to a series than its labels. */
const BY_TIME = ['graphite', 'influxdb'];

function metricText(
  { name, exists, near }: NonNullable<CheckAnswer['metrics']>[number],
  source: string,
): string {
  if (exists && BY_TIME.includes(source))
    return `${name} is there: are there points in the window, of what the query asks for?`;
  if (exists) return `${name} is there: do its series have the labels that the query asks for?`;
  if (near.length === 0) return `${name} is not there, and nothing like it`;
  return `${name} is not there; near it: ${near.join(', ')}`;
}
