import { expect, test } from 'vitest';
import type { Progress } from './progress.ts';
import { createScreen } from './screen.ts';

const at = (elapsedMs: number, text: string): Progress => ({
  elapsedMs,
  releases: [{ strategy: 'canary', from: 'v1', to: 'v2', state: 'Running', text }],
  versions: [],
  waitsFor: [],
});

function screenOn(output: { isTTY?: boolean; columns?: number }) {
  const written: string[] = [];
  const screen = createScreen({ ...output, write: (text: string) => written.push(text) });
  return { screen, written };
}

test('elsewhere than on a terminal only news is written, or a line every five seconds', () => {
  const { screen, written } = screenOn({});
  screen.show(at(0, 'stage 1'));
  screen.show(at(200, 'stage 1'));
  screen.show(at(400, 'stage 2'));
  screen.show(at(5_500, 'stage 2'));
  expect(written).toEqual([
    '  0s  canary v1 to v2: stage 1\n',
    '  0s  canary v1 to v2: stage 2\n',
    '  6s  canary v1 to v2: stage 2\n',
  ]);
});

test('a terminal shows the last block, and above it what was said', () => {
  const { screen, written } = screenOn({ isTTY: true, columns: 80 });
  screen.say('hello');
  screen.show(at(0, 'stage 1'));
  screen.show(at(200, 'stage 1'));
  screen.show(at(400, 'stage 2'));
  expect(written).toHaveLength(3);
  screen.say('bye');
  expect(terminal(written.join(''))).toEqual(['hello', 'bye']);
  screen.show(at(600, 'stage 3'));
  expect(terminal(written.join(''))).toEqual([
    'hello',
    'bye',
    '\u25B6 canary     v1 to v2   stage 3',
    '',
    '',
  ]);
});

/** The lines that a terminal would show after all this, colours left out. */
function terminal(text: string): string[] {
  const lines: string[] = [''];
  let row = 0;
  // oxlint-disable-next-line no-control-regex
  for (const [token] of text.matchAll(/\u001B\[(\d*)([A-Za-z])|\n|\r|[^\u001B\n\r]+/g)) {
    if (token === '\n') lines[(row += 1)] ??= '';
    else if (token === '\r') continue;
    else if (token.endsWith('A') && token.startsWith('\u001B')) row -= Number(token.slice(2, -1));
    else if (token === '\u001B[J') lines.length = row + 1;
    else if (token === '\u001B[K') continue;
    else if (token.startsWith('\u001B')) continue;
    else lines[row] = token;
  }
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}
