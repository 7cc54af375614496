/** npm run bench -- sizes: what each runtime dependency weighs unpacked, without its own. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

interface Manifest {
  version: string;
  license?: string;
  dependencies?: Record<string, string>;
}

const manifest = (dir: string) =>
  JSON.parse(readFileSync(join(dir, 'package.json'), 'utf8')) as Manifest;

function bytes(dir: string): number {
  return readdirSync(dir, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

console.table(
  Object.keys(manifest('.').dependencies ?? {}).map((name) => {
    const dir = join('node_modules', name);
    const { version, license } = manifest(dir);
    return { name, version, license, MB: Number((bytes(dir) / 1e6).toFixed(1)) };
  }),
);
