/** Two controllers by mistake, without an election between them: the same outcome. */
import { expect, test } from 'vitest';
import { openField } from './field.ts';
import {
  ABORTED_CANARY,
  BLUE_GREEN,
  CANARY,
  left,
  open,
  release,
  ROUTED_BLUE_GREEN,
  undisturbed,
} from './scenarios.ts';

const field = openField();

/** Of each scenario. */
const RELEASES = 4;

test.each([CANARY, ABORTED_CANARY, BLUE_GREEN, ROUTED_BLUE_GREEN])('$name', async (scenario) => {
  const clean = await undisturbed(field, scenario);
  const other = field.lab.spawnController();
  try {
    await other.waitFor(/caches are filled/);
    const courses = await Promise.all(
      Array.from({ length: RELEASES }, () => open(field, scenario)),
    );
    await Promise.all(courses.map((course) => release(course)));
    const rest = await Promise.all(courses.map((course) => left(course, clean.left)));
    // The one that is behind may send the traffic back one weight, until it has seen the other.
    for (const { weights: _, ...one } of rest)
      expect({ ...one, weights: clean.left.weights }).toEqual(clean.left);
  } finally {
    await other.stop();
  }
});
