import { expect, test } from 'vitest';
import { Turns } from './turns.ts';

const patient = new AbortController().signal;

/** Takes turns for these parties at one source, and tells in what order they came. */
function taking(turns: Turns) {
  const came: string[] = [];
  const take = async (party: string, signal = patient) => {
    const got = await turns.take('source', party, signal);
    came.push(got ? party : `${party} left`);
  };
  return { came, take };
}

/** Everything that can go on has gone on. */
const settled = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve();
};

test('those who come when all turns are taken wait, and come in order', async () => {
  const turns = new Turns({ atOnce: 2, ofOneParty: 2 });
  const { came, take } = taking(turns);
  for (const party of ['a', 'b', 'c', 'd']) void take(party);
  await settled();
  expect(came).toEqual(['a', 'b']);
  turns.give('source', 'b');
  await settled();
  expect(came).toEqual(['a', 'b', 'c']);
});

test('a party that waits for its own does not keep others waiting', async () => {
  const turns = new Turns({ atOnce: 2, ofOneParty: 1 });
  const { came, take } = taking(turns);
  for (const party of ['a', 'a', 'b']) void take(party);
  await settled();
  expect(came).toEqual(['a', 'b']);
  turns.give('source', 'a');
  await settled();
  expect(came).toEqual(['a', 'b', 'a']);
});

test('who is aborted leaves the line, and its turn is not lost', async () => {
  const turns = new Turns({ atOnce: 1, ofOneParty: 1 });
  const { came, take } = taking(turns);
  const stop = new AbortController();
  void take('a');
  void take('b', stop.signal);
  void take('c');
  await settled();
  stop.abort();
  await settled();
  turns.give('source', 'a');
  await settled();
  expect(came).toEqual(['a', 'b left', 'c']);
  await take('d', AbortSignal.abort());
  expect(came.at(-1)).toBe('d left');
});

test('another source has turns of its own', async () => {
  const turns = new Turns({ atOnce: 1, ofOneParty: 1 });
  expect(await turns.take('one', 'a', patient)).toBe(true);
  expect(await turns.take('other', 'a', patient)).toBe(true);
});
