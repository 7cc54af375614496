/** The limits of the tuned judges, kept beside the spec that they belong to. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { calibrate } from './calibration.ts';
import type { Limits } from './judges.ts';
import { isInShard, type Shard } from './shards.ts';
import { type Spec, worldsOf } from './spec.ts';

const PATH = 'bench/canary/limits.json';

/** By the id of the world. */
export type WorldLimits = Readonly<Record<string, Limits>>;

/** Throws where they were tuned by other streams, or not for every world. */
export function readLimits(spec: Spec): WorldLimits {
  const { version, worlds } = keptLimits();
  const missing = worldsOf(spec).filter(({ id }) => worlds[id] === undefined);
  if (version !== spec.streams || missing.length > 0)
    throw new Error(
      `${PATH} is of the streams of version ${version} and lacks ${missing.length} worlds: bench -- canary --calibrate`,
    );
  return worlds;
}

export function calibrateWorlds(spec: Spec, shard: Shard): void {
  const kept = keptLimits();
  const worlds = { ...(kept.version === spec.streams ? kept.worlds : {}) };
  for (const [i, world] of worldsOf(spec).entries()) {
    if (!isInShard(i, shard)) continue;
    worlds[world.id] = calibrate(world, spec);
    console.log(world.id);
  }
  writeFileSync(PATH, `${JSON.stringify({ version: spec.streams, worlds }, null, 2)}\n`);
}

function keptLimits(): { version: number; worlds: WorldLimits } {
  if (!existsSync(PATH)) return { version: 0, worlds: {} };
  return JSON.parse(readFileSync(PATH, 'utf8')) as { version: number; worlds: WorldLimits };
}
