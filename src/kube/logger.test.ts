import { expect, test } from 'vitest';
import { KubeError } from '../ports/kube.ts';
import { createLog, type LogOptions } from './logger.ts';

function capture(options: Omit<LogOptions, 'write'>) {
  const lines: string[] = [];
  return { lines, log: createLog({ ...options, write: (line) => void lines.push(line) }) };
}

test('JSON lines carry time, level, message and the fields of the log they come from', () => {
  const { lines, log } = capture({ format: 'json', level: 'info' });
  log.with({ policy: 'web' }).warn('slow', { stage: 2 });
  log.debug('not this');
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
    {
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-.*Z$/) as string,
      policy: 'web',
      stage: 2,
      msg: 'slow',
    },
  ]);
});

test('an error is its message; one that nobody foresaw keeps its stack', () => {
  const { lines, log } = capture({ format: 'json', level: 'info' });
  log.error('a', { error: new KubeError('no such thing', { code: 404, reason: 'NotFound' }) });
  log.error('b', { error: new TypeError('bug') });
  const [known, unforeseen] = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(known).toMatchObject({ error: 'no such thing' });
  expect(known).not.toHaveProperty('stack');
  expect(unforeseen?.['stack']).toContain('logger.test.ts');
});

test('pretty lines are short and on one line', () => {
  const { lines, log } = capture({ format: 'pretty', level: 'debug' });
  log.with({ policy: 'shop/web' }).info('released', { why: 'it is good', n: 3, none: undefined });
  log.error('failed', { error: new Error('a\nb') });
  expect(lines[0]).toMatch(
    /^\d\d:\d\d:\d\d INFO {2}released policy=shop\/web why="it is good" n=3\n$/,
  );
  expect(lines[1]).toMatch(/ERROR failed error="a\\nb"\n$/);
});
