/** A log that keeps its lines. For the tests of this folder. */
import type { Log, LogFields } from '../ports/log.ts';

export interface LogLine {
  level: string;
  message: string;
  fields: LogFields;
}

export function recordingLog(lines: LogLine[] = [], bound: LogFields = {}): Log {
  const at =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void lines.push({ level, message, fields: { ...bound, ...fields } });
  return {
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    with: (fields) => recordingLog(lines, { ...bound, ...fields }),
  };
}
