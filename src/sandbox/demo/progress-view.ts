/** The progress of the demo as text: a block to draw over on a terminal, a line elsewhere. Pure. */
import { styleText } from 'node:util';
import type { Progress, ReleaseLine, VersionLine } from './progress.ts';

export interface BlockOptions {
  /** Lines are cut to this width. */
  columns: number;
  colour: boolean;
}

type Style = 'bold' | 'dim' | 'green' | 'red' | 'cyan';
type Paint = (style: Style, text: string) => string;

const BAR_CELLS = 20;
const MARKS = { Waiting: ' ', Running: '▶', Promoted: '✔', Aborted: '↩' } as const;
const STYLES = { Waiting: 'dim', Running: 'bold', Promoted: 'green', Aborted: 'red' } as const;

export function renderBlock(progress: Progress, { columns, colour }: BlockOptions): string[] {
  // Painted last: what is cut must not be a colour.
  const cut = (text: string): string => text.slice(0, columns - 1);
  const paint: Paint = (style, text) =>
    colour ? styleText(style, text, { validateStream: false }) : text;
  return [
    ...progress.releases.map((line) => paint(STYLES[line.state], cut(releaseText(line)))),
    '',
    ...progress.versions.map((line) => paintVersion(cut(versionText(line)), line, paint)),
    '',
    ...progress.waitsFor.map((text, i) =>
      paint('dim', cut(`${i === 0 ? 'waits for ' : '          '}${text}`)),
    ),
  ];
}

function releaseText({ state, strategy, from, to, text }: ReleaseLine): string {
  return `${MARKS[state]} ${strategy.padEnd(10)} ${from} to ${to}   ${text}`.trimEnd();
}

function versionText(line: VersionLine): string {
  const name = `  ${line.version.padEnd(4)} ${line.role.padEnd(9)}`;
  return `${name} ${bar(line.weight)} ${percent(line.weight)}  ${podsText(line)}  ${rateText(line)}`;
}

function bar(weight: number): string {
  const full = Math.round((weight * BAR_CELLS) / 100);
  return '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
}

function percent(weight: number): string {
  return `${String(weight).padStart(3)} %`;
}

function podsText({ pods }: VersionLine): string {
  return (pods && pods.wanted + pods.ready > 0 ? `${pods.ready}/${pods.wanted} pods` : '').padEnd(
    8,
  );
}

function rateText({ rate }: VersionLine): string {
  const { perSecond = 0, failedShare } = rate ?? {};
  const failed = failedShare === undefined ? '' : `, ${(failedShare * 100).toFixed(1)} % failed`;
  return `${perSecond.toFixed(0).padStart(4)} req/s${failed}`;
}

function paintVersion(text: string, { rate, role }: VersionLine, paint: Paint): string {
  if ((rate?.failedShare ?? 0) > 0) return paint('red', text);
  return role === 'candidate' ? paint('cyan', text) : text;
}

/** For logs: `12s  canary v1 to v2: stage 1 of 4, weight 10; v1 135/s, v2 15/s`. */
export function renderLine(progress: Progress): string {
  const at = `${Math.round(progress.elapsedMs / 1_000)}s`.padStart(4);
  const running = progress.releases.findLast(({ state }) => state !== 'Waiting');
  const head = running
    ? `${running.strategy} ${running.from} to ${running.to}: ${running.text}`
    : 'begins';
  const versions = progress.versions.map(shortRate).filter((text) => text !== '');
  return [`${at}  ${head}`, ...(versions.length > 0 ? [versions.join(', ')] : [])].join('; ');
}

function shortRate({ version, rate }: VersionLine): string {
  if (!rate) return '';
  const failed = rate.failedShare ? ` (${(rate.failedShare * 100).toFixed(1)} % failed)` : '';
  return `${version} ${rate.perSecond.toFixed(0)}/s${failed}`;
}
