/** Puts the progress on standard output: one live block on a terminal, lines of news elsewhere. */
import type { Progress } from './progress.ts';
import { renderBlock, renderLine } from './progress-view.ts';

export interface Output {
  write(text: string): unknown;
  isTTY?: boolean;
  columns?: number;
}

export interface Screen {
  /** Called often; draws what is new. */
  show(progress: Progress): void;
  /** A line that stays, above what is drawn over. */
  say(text: string): void;
}

/** Without news a line is written this often. */
const QUIET_MS = 5_000;
const COLUMNS = 100;
const ESC = '\u001B';

export function createScreen(output: Output): Screen {
  return output.isTTY ? new LiveBlock(output) : new Lines(output);
}

/** Nothing but the result is wanted. */
export const silentScreen: Screen = { show() {}, say() {} };

class LiveBlock implements Screen {
  readonly #output: Output;
  readonly #colour = !process.env['NO_COLOR'];
  #drawn: string[] = [];

  constructor(output: Output) {
    this.#output = output;
  }

  show(progress: Progress): void {
    const columns = this.#output.columns ?? COLUMNS;
    this.#draw(renderBlock(progress, { columns, colour: this.#colour }), '');
  }

  say(text: string): void {
    this.#draw([], `${text}\n`);
  }

  /** Goes back over what was drawn, writes `above`, and draws `lines` below it. Each line is written
   * over the old one, which does not flicker as clearing first would. */
  #draw(lines: string[], above: string): void {
    if (above === '' && lines.join('\n') === this.#drawn.join('\n')) return;
    const back = this.#drawn.length > 0 ? `${ESC}[${this.#drawn.length}A\r` : '';
    const text = above + lines.map((line) => `${line}\n`).join('');
    this.#output.write(`${back}${text.replaceAll('\n', `${ESC}[K\n`)}${ESC}[J`);
    this.#drawn = lines;
  }
}

class Lines implements Screen {
  readonly #output: Output;
  #lastNews = '';
  #lastMs = -Infinity;

  constructor(output: Output) {
    this.#output = output;
  }

  show(progress: Progress): void {
    const news = JSON.stringify(progress.releases.map(({ state, text }) => [state, text]));
    if (news === this.#lastNews && progress.elapsedMs - this.#lastMs < QUIET_MS) return;
    this.#lastNews = news;
    this.#lastMs = progress.elapsedMs;
    this.say(renderLine(progress));
  }

  say(text: string): void {
    this.#output.write(`${text}\n`);
  }
}
