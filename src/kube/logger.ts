/** The log of the process, on stderr: JSON lines for machines, short lines for people. */
import { styleText } from 'node:util';
import { type DestinationStream, type Logger, destination, pino, stdTimeFunctions } from 'pino';
import type { Log, LogFields } from '../ports/log.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

export interface LogOptions {
  format: 'json' | 'pretty';
  level: LogLevel;
  /** Where lines go; stderr by default. */
  write?: (line: string) => void;
}

const LEVELS: LogLevel[] = ['debug', 'info', 'warn', 'error'];

const STYLES = { debug: 'gray', info: 'green', warn: 'yellow', error: 'red' } as const;

export function createLog(options: LogOptions): Log {
  return options.format === 'json' ? jsonLog(options) : prettyLog(options, {});
}

function jsonLog(options: LogOptions): Log {
  const { write } = options;
  const stream: DestinationStream = write ? { write } : destination({ fd: 2, sync: true });
  const logger = pino(
    {
      level: options.level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    stream,
  );
  return overPino(logger);
}

function overPino(logger: Logger): Log {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (logger.isLevelEnabled(level)) logger[level](plainErrors(fields), message);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => overPino(logger.child(plainErrors(fields))),
  };
}

/** Errors become their message; one that nobody foresaw keeps its stack. */
function plainErrors(fields: LogFields): LogFields {
  const plain: LogFields = {};
  for (const [name, value] of Object.entries(fields)) {
    plain[name] = value instanceof Error ? value.message : value;
    if (value instanceof Error && UNFORESEEN.has(value.name)) plain['stack'] = value.stack;
  }
  return plain;
}

const UNFORESEEN = new Set(['Error', 'TypeError', 'RangeError', 'ReferenceError', 'SyntaxError']);

function prettyLog(options: LogOptions, bound: LogFields): Log {
  const write = options.write ?? ((line: string) => void process.stderr.write(line));
  const colour = options.write ? false : coloured();
  const style = (as: Parameters<typeof styleText>[0], text: string) =>
    colour ? styleText(as, text) : text;
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}) => {
      if (LEVELS.indexOf(level) < LEVELS.indexOf(options.level)) return;
      const time = new Date().toISOString().slice(11, 19);
      const all = Object.entries({ ...bound, ...fields }).filter(
        ([, value]) => value !== undefined,
      );
      const rest = all.map(([name, value]) => style('gray', `${name}=`) + shortText(value));
      const head = [style('gray', time), style(STYLES[level], level.toUpperCase().padEnd(5))];
      write(`${[...head, message, ...rest].join(' ')}\n`);
    };
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => prettyLog(options, { ...bound, ...fields }),
  };
}

function shortText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.message);
  if (typeof value === 'string') return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? String(value);
}

function coloured(): boolean {
  if (process.env['NO_COLOR']) return false;
  return process.stderr.isTTY || Boolean(process.env['FORCE_COLOR']);
}
