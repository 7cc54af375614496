/** The API server out of reach, its watches cut and expired, in the middle of releases. */
import { expect, test } from 'vitest';
import { type Exchange, failure } from '../../src/testing/fault-proxy.ts';
import { until } from '../../src/testing/until.ts';
import { openField } from './field.ts';
import {
  ABORTED_CANARY,
  BLUE_GREEN,
  CANARY,
  left,
  open,
  release,
  type Scenario,
  undisturbed,
} from './scenarios.ts';

const field = openField();

interface Moment {
  when: string;
  scenario: Scenario;
  /** The write with which it begins. */
  at: (exchange: Exchange) => boolean;
}

const MOMENTS: Moment[] = [
  {
    when: 'in a stage',
    scenario: CANARY,
    at: ({ path, body }) => path.includes('/httproutes/') && body.includes('"weight":25'),
  },
  {
    when: 'in the swap',
    scenario: BLUE_GREEN,
    at: ({ path, body }) => path.includes('/deployments/') && body.includes('"Recreate"'),
  },
  {
    when: 'on the way back',
    scenario: ABORTED_CANARY,
    at: ({ path, body }) => path.includes('/releases/') && body.includes('"towards":"Aborted"'),
  },
];

async function health(path: string): Promise<{ status: number; text: string }> {
  const [, url] = (await field.lab.controller?.waitFor(/health=(\S+)/)) ?? [];
  const answer = await fetch(`${url}${path}`);
  return { status: answer.status, text: await answer.text() };
}

test.each(MOMENTS)('out of reach $when: said once, and nothing is lost', async (moment) => {
  const { proxy } = field.lab;
  const clean = await undisturbed(field, moment.scenario);
  const course = await open(field, moment.scenario);
  let begun = false;
  proxy.rule = (exchange) => {
    if (begun || exchange.namespace !== course.shop.namespace || !moment.at(exchange))
      return undefined;
    begun = true;
    const after = () => {
      proxy.goDown();
      return 'Cut' as const;
    };
    return { after };
  };
  const before = field.lab.controller?.output.length ?? 0;
  const ended = release(course);
  await until('the outage to be told', async () => {
    const { status, text } = await health('/readyz');
    return status === 503 && text.includes('the API server has not answered since');
  });
  expect(await health('/healthz')).toMatchObject({ status: 200 });
  proxy.comeBack();
  await ended;
  expect(await left(course, clean.left)).toEqual(clean.left);
  expect(await health('/readyz')).toMatchObject({ status: 200 });
  const lines = field.lab.controller?.output.slice(before).split('\n') ?? [];
  const loud = lines.filter((line) => /(WARN|ERROR) /.test(line));
  expect(loud.filter((line) => line.includes('does not answer'))).toHaveLength(1);
  // Each informer says it at first, and once more where it goes on, however many kinds there are.
  const said = loud.map((line) => line.replace(/^\S+ /, '').replace(/ error=.*$/, ''));
  for (const one of said) expect(said.filter((other) => other === one).length).toBeLessThan(3);
  proxy.rule = () => undefined;
});

test.each(['cut', 'Event', 'Status'] as const)(
  'every watch ended (%s) again and again',
  async (how) => {
    const { proxy } = field.lab;
    const clean = await undisturbed(field, CANARY);
    const course = await open(field, CANARY);
    let ended = 0;
    proxy.rule = ({ namespace, write = 0 }) => {
      if (namespace !== course.shop.namespace || write % 10 !== 3) return undefined;
      const after = () => {
        ended += how === 'cut' ? proxy.cutWatches() : proxy.expireWatches(how);
        return 'PassOn' as const;
      };
      return { after };
    };
    await release(course);
    expect(await left(course, clean.left)).toEqual(clean.left);
    expect(ended).toBeGreaterThan(10);
    proxy.rule = () => undefined;
  },
);

test('a server that is too busy for everything, for a while', async () => {
  const { proxy } = field.lab;
  const clean = await undisturbed(field, CANARY);
  const course = await open(field, CANARY);
  let refused = 0;
  proxy.rule = ({ namespace, write = 0 }) => {
    const busy = namespace === course.shop.namespace && write >= 10 && refused < 3;
    if (!busy) return undefined;
    refused++;
    return { before: () => failure(429, 1) };
  };
  await release(course);
  expect(await left(course, clean.left)).toEqual(clean.left);
  expect(refused).toBe(3);
  // The client asked again by itself: nothing failed.
  expect(field.lab.controller?.output).not.toMatch(/work failed.*429/);
  proxy.rule = () => undefined;
});
