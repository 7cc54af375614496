/** Reads what stands behind options; commander prints the message and the usage. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../api/duration.ts';
import { parseThreshold } from '../api/threshold.ts';
import type { ListenAddress } from './deps.ts';

/** Milliseconds. */
export function durationArgument(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError('Write a duration with a unit: 30s, 5m.');
  return ms;
}

export function countArgument(text: string): number {
  const count = Number(text);
  if (!/^\d+$/.test(text) || count > 10_000)
    throw new InvalidArgumentError('Write a whole number from 0 to 10000.');
  return count;
}

export function workersArgument(text: string): number {
  const workers = Number(text);
  if (!/^\d+$/.test(text) || workers < 1 || workers > 1_000)
    throw new InvalidArgumentError('Write a whole number from 1 to 1000.');
  return workers;
}

/** 0 means the default, as for kubectl. */
export function revisionArgument(text: string): number {
  const revision = Number(text);
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(revision))
    throw new InvalidArgumentError("Write a revision's number, as 'history' lists them.");
  return revision;
}

/** `a,b,c`: values of a label. */
export function zonesArgument(text: string): string[] {
  const zones = text.split(',');
  if (!zones.every((zone) => /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(zone)))
    throw new InvalidArgumentError('Write the names of zones with commas between: a,b,c.');
  return zones;
}

export function portArgument(text: string): number {
  const port = Number(text);
  if (!/^\d+$/.test(text) || port > 65_535)
    throw new InvalidArgumentError('Write a port from 0 to 65535; 0 takes a free one.');
  return port;
}

/** `127.0.0.1:8080`, `[::1]:8080`, or `:8080` for all addresses. */
export function addressArgument(text: string): ListenAddress {
  const parts = /^(?:\[([^\]]+)\]|([^:]*)):(\d+)$/.exec(text);
  if (!parts) throw new InvalidArgumentError('Write host:port, or :port for all addresses.');
  const port = portArgument(parts[3] ?? '');
  const host = parts[1] ?? parts[2];
  return host ? { host, port } : { port };
}

/** Requests a second: above 0, fractions too. */
export function rateArgument(text: string): number {
  const threshold = parseThreshold(text);
  if (threshold?.unit !== 'number' || threshold.value <= 0)
    throw new InvalidArgumentError('Write a number above 0: 200, 0.5.');
  return threshold.value;
}

/** A share between 0 and 1, both left out: `0.01`, `1%`. */
export function shareArgument(text: string): number {
  const threshold = parseThreshold(text);
  const share = threshold?.unit === 'seconds' ? NaN : (threshold?.value ?? NaN);
  if (!(share > 0 && share < 1))
    throw new InvalidArgumentError('Write a share between 0 and 1: 0.01, 1%.');
  return share;
}

/** A factor of 1 or more. */
export function factorArgument(text: string): number {
  const factor = factorOf(text);
  if (factor === undefined) throw new InvalidArgumentError('Write a number, 1 or more: 1.25.');
  return factor;
}

/** The same, or `none`: Infinity. */
export function capArgument(text: string): number {
  const factor = text === 'none' ? Infinity : factorOf(text);
  if (factor === undefined) throw new InvalidArgumentError('Write a number, 1 or more, or none.');
  return factor;
}

function factorOf(text: string): number | undefined {
  const threshold = parseThreshold(text);
  return threshold?.unit === 'number' && threshold.value >= 1 ? threshold.value : undefined;
}

export function samplesArgument(text: string): number {
  const samples = Number(text);
  if (!/^\d+$/.test(text) || samples < 1 || !Number.isSafeInteger(samples))
    throw new InvalidArgumentError('Write a whole number, 1 or more.');
  return samples;
}

export function urlArgument(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (!isHttp || url.username !== '' || url.password !== '')
    throw new InvalidArgumentError('Write a URL without credentials: http://localhost:9090.');
  return text;
}
