/** What the demo says at its end: a table, or a line of JSON. Pure. */
import { resultOf, type EndedRelease, type ReleaseResult } from './outcome.ts';
import { APP, CONTAINER, IMAGE, NAMESPACE } from './scenario.ts';

const COLUMNS: [header: string, cell: (result: ReleaseResult) => string | number][] = [
  ['RELEASE', ({ policy, from, to }) => `${policy} ${from} to ${to}`],
  ['STRATEGY', ({ strategy }) => strategy],
  ['OUTCOME', ({ outcome }) => outcome],
  ['REASON', ({ reason }) => reason],
  ['REQUESTS', ({ requests }) => requests],
  ['FAILED', ({ failed }) => failed],
  ['OF STABLE', ({ failed_stable }) => failed_stable],
  ['SECONDS', ({ seconds }) => seconds.toFixed(1)],
];

/** Text to the left, numbers to the right. */
function summaryTable(results: readonly ReleaseResult[]): string {
  const columns = COLUMNS.map(([header, cell]) => {
    const cells = results.map(cell);
    const width = Math.max(header.length, ...cells.map((value) => String(value).length));
    const right = ['REQUESTS', 'FAILED', 'OF STABLE', 'SECONDS'].includes(header);
    return [header, ...cells].map((value) =>
      right ? String(value).padStart(width) : String(value).padEnd(width),
    );
  });
  const rows = [...Array(results.length + 1).keys()];
  return rows.map((row) => `${columns.map((column) => column[row]).join('  ')}\n`).join('');
}

/** The table, and why what was aborted was. */
export function closingText(ended: readonly EndedRelease[]): string {
  const why = ended
    .filter(({ release }) => release.status?.outcome === 'Aborted')
    .map((one) => `\n${resultOf(one).to} was taken back: ${one.release.status?.message ?? ''}`);
  const heldBack = ended.reduce((sum, { tally }) => sum + tally.heldBack, 0);
  if (heldBack > 0)
    why.push(`\n${heldBack} requests were not sent: this machine was too busy to answer sooner`);
  return `\n${summaryTable(ended.map(resultOf))}${why.join('')}`;
}

export function invitation({ kubeconfig, url }: { kubeconfig: string; url: string }): string {
  return `
The cluster and its traffic go on until Ctrl-C. In another terminal:

  export KUBECONFIG=${kubeconfig}
  kubectl -n ${NAMESPACE} get pods,services,releases
  kubectl -n ${NAMESPACE} set image deployment/${APP} ${CONTAINER}=${IMAGE}:v5
  kubectl -n ${NAMESPACE} set env deployment/${APP} FAULT_PERCENT=20   # a bad one
  npx segue -n ${NAMESPACE} status ${APP} --watch
  curl ${url}
`;
}

/** One line for scripts. */
export function summaryJson(readyMs: number, results: readonly ReleaseResult[]): string {
  return `${JSON.stringify({ ready_ms: Math.round(readyMs), releases: results })}\n`;
}
