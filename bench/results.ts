/** Prints what was measured, and keeps it in bench/results with where and when that was. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { arch, cpus, loadavg, platform } from 'node:os';
import { join } from 'node:path';
import type { Finding } from './spread.ts';

const DIR = 'bench/results';

/** Sets the exit code to 1 when a target was missed. */
export function report(name: string, findings: readonly Finding[], details: object = {}): void {
  console.table(
    findings.map(({ what, n, min, median, max, unit, target, reached }) => ({
      what,
      n,
      min,
      median,
      max,
      unit,
      target,
      reached: reached ? 'yes' : 'NO',
    })),
  );
  mkdirSync(DIR, { recursive: true });
  const kept = { ...place(), findings, ...details };
  writeFileSync(join(DIR, `${name}.json`), `${JSON.stringify(kept, null, 2)}\n`);
  if (findings.some(({ reached }) => !reached)) process.exitCode = 1;
}

/** Where and when something was measured, and of which commit. */
export function place() {
  const [first] = cpus();
  return {
    at: new Date().toISOString(),
    commit: execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim(),
    node: process.version,
    machine: `${platform()} ${arch()}, ${cpus().length} x ${first?.model.trim() ?? 'unknown'}`,
    /** Of the last minute: this machine may have had other things to do. */
    load: Number((loadavg()[0] ?? 0).toFixed(1)),
  };
}
