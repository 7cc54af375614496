/** A lab for many releases at once, each with a fault of its own. */
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Lab, LabOptions } from '../../src/testing/lab.ts';
import { startRouteLab } from '../../src/testing/route-lab.ts';
import { ReleaseWatch } from './release-watch.ts';

export interface Field {
  lab: Lab;
  releases: ReleaseWatch;
}

/** Started before the tests of a file and stopped after them. */
export function openField(options: Pick<LabOptions, 'hollow'> = {}): Field {
  const field: Partial<Field> = {};
  beforeAll(async () => {
    const controllerArgs = ['--workers=64'];
    field.lab = await startRouteLab({ ...options, proxy: true, controllerArgs });
    field.releases = new ReleaseWatch(field.lab.client);
  }, 180_000);
  afterEach(() => {
    if (!field.lab) return;
    field.lab.proxy.rule = () => undefined;
    field.lab.proxy.comeBack();
  });
  afterAll(async () => {
    await field.releases?.stop();
    await field.lab?.stop();
  });
  return field as Field;
}
