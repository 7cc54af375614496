/** Reads what stands behind options; commander prints the message and the usage. */
import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../api/duration.ts';
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
