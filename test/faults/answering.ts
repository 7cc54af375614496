/** One write of a release refused, delayed, cut off or unanswered, at every n: the same outcome. */
import { expect, test } from 'vitest';
import { type Exchange, failure, type Fault, type Rule } from '../../src/testing/fault-proxy.ts';
import { openField } from './field.ts';
import { sample, SPARING } from './sampling.ts';
import { type Left, left, open, release, type Scenario, undisturbed } from './scenarios.ts';

const DELAY_MS = 150;
const delay = () =>
  new Promise<'PassOn'>((resolve) => setTimeout(() => resolve('PassOn'), DELAY_MS));

const FAULTS: Record<string, Fault> = {
  reset: { before: () => 'Cut' },
  'lost answer': { after: () => 'Cut' },
  delay: { before: delay },
  'late answer': { after: delay },
  409: { before: () => failure(409) },
  410: { before: () => failure(410) },
  429: { before: () => failure(429, 1) },
  500: { before: () => failure(500) },
};

/** On a cluster that is slower than the sandbox. */
const SAMPLED = SPARING ? 4 : 6;

const AT_ONCE = 48;

/** `ofEach`: of the faults, how many each n of a release gets in its turn. */
export function describeAnswers(
  scenarios: readonly { scenario: Scenario; ofEach: number }[],
): void {
  const field = openField();

  /** Releases at once, each with its own faults, until all have ended. */
  async function outcomes(
    scenario: Scenario,
    faults: readonly { what: string; rule: Rule }[],
    like: Left,
  ) {
    const courses = await Promise.all(faults.map(() => open(field, scenario)));
    const byNamespace = new Map(courses.map(({ shop }, i) => [shop.namespace, faults[i]]));
    field.lab.proxy.rule = (exchange) => byNamespace.get(exchange.namespace)?.rule(exchange);
    await Promise.all(courses.map((course) => release(course)));
    const rest = await Promise.all(courses.map((course) => left(course, like)));
    field.lab.proxy.rule = () => undefined;
    return rest.map((one, i) => ({ what: faults[i]?.what, ...one }));
  }

  test.each(scenarios)('$scenario.name: one write fails, at every n', async (given) => {
    const { scenario, ofEach } = given;
    const clean = await undisturbed(field, scenario);
    const kinds = Object.entries(FAULTS);
    const all = clean.writes.flatMap((write, i) =>
      kinds
        .filter((_, kind) => (i + kind) % kinds.length < ofEach)
        .map(([name, fault]) => ({
          what: `${name} at write ${i + 1}, ${write}`,
          rule: (exchange: Exchange) => (exchange.write === i + 1 ? fault : undefined),
        })),
    );
    const onSandbox = SPARING ? Math.ceil(all.length / 4) : all.length;
    const faults = sample(all, field.lab.kind === 'sandbox' ? onSandbox : SAMPLED);
    for (let from = 0; from < faults.length; from += AT_ONCE)
      for (const one of await outcomes(scenario, faults.slice(from, from + AT_ONCE), clean.left))
        expect(one).toEqual({ what: one.what, ...clean.left });
  });

  test.each(scenarios)('$scenario.name: every write fails once', async ({ scenario }) => {
    const clean = await undisturbed(field, scenario);
    const faults = Object.entries(FAULTS)
      // A second for each write would be all that this waits for.
      .filter(([name]) => name !== '429')
      .map(([name, fault]) => ({
        what: `${name} at every write once`,
        rule: ({ write = 0 }: Exchange) => (write % 2 === 1 ? fault : undefined),
      }));
    for (const one of await outcomes(scenario, faults, clean.left))
      expect(one).toEqual({ what: one.what, ...clean.left });
  });
}
