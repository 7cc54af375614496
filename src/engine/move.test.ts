/** A rolling update in moves, against a Deployment controller that comes to rest after each. */
import { describe, expect, test } from 'vitest';
import { limitsOf, type Limits, nextMove, restOf, type Standing, standstill } from './move.ts';

/** Goes from `candidate` new pods to the goal, and through every state on the way. */
function walk(begin: Standing, limits: Limits): Standing[] {
  const states = [begin];
  for (let at = begin; states.length < 500;) {
    const move = nextMove(at, limits);
    if (!move) return states;
    at = { ...at, ...restOf(move, at.replicas) };
    states.push(at);
  }
  throw new Error(`it never ends: ${JSON.stringify(begin)} ${JSON.stringify(limits)}`);
}

const begin = (replicas: number): Standing => ({
  replicas,
  stable: replicas,
  candidate: 0,
  goal: replicas,
  whole: true,
});
const short = (states: Standing[]) => states.map((s) => `${s.stable}+${s.candidate}`).join(' ');

describe('limits', () => {
  test.each([
    [{ maxSurge: '25%', maxUnavailable: '25%' }, 10, { surge: 3, unavailable: 2 }],
    [{ maxSurge: '0', maxUnavailable: '10%' }, 3, { surge: 0, unavailable: 1 }],
    [{ maxSurge: '1', maxUnavailable: '0' }, 3, { surge: 1, unavailable: 0 }],
    [{ maxUnavailable: '9' }, 2, { surge: 1, unavailable: 2 }],
  ])('%j of %i', (roll, replicas, limits) => {
    expect(limitsOf(roll, undefined, replicas)).toEqual(limits);
  });

  test('are the policy’s, and else the workload’s own', () => {
    const own = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } };
    expect(limitsOf({ maxSurge: '0' }, own, 8)).toEqual({ surge: 0, unavailable: 1 });
    expect(limitsOf({}, { type: 'Recreate' }, 8)).toEqual({ surge: 2, unavailable: 2 });
  });
});

describe('a rolling update', () => {
  test.each([
    [4, { surge: 1, unavailable: 0 }, '4+0 4+1 3+2 2+3 1+4 0+4'],
    [4, { surge: 0, unavailable: 1 }, '4+0 3+1 2+2 1+3 0+4'],
    [4, { surge: 1, unavailable: 1 }, '4+0 3+2 1+4 0+4'],
    [3, { surge: 3, unavailable: 0 }, '3+0 3+3 0+3'],
    [1, { surge: 1, unavailable: 0 }, '1+0 1+1 0+1'],
  ])('of %i within %j', (replicas, limits, states) => {
    expect(short(walk(begin(replicas), limits))).toBe(states);
  });

  test.each([
    [1, { surge: 3, unavailable: 2 }, '10+0 10+1'],
    [5, { surge: 1, unavailable: 0 }, '10+0 10+1 9+2 8+3 7+4 6+5'],
    [5, { surge: 0, unavailable: 3 }, '10+0 7+3 5+5'],
  ])('to hold at %i of 10 within %j', (goal, limits, states) => {
    expect(short(walk({ ...begin(10), goal, whole: false }, limits))).toBe(states);
  });

  /** Everything small, rather than a sample. */
  function everyStanding(look: (limits: Limits, at: Standing) => void): void {
    for (let replicas = 1; replicas <= 9; replicas++)
      for (let surge = 0; surge <= 4; surge++)
        for (
          let unavailable = surge === 0 ? 1 : 0;
          unavailable <= Math.min(3, replicas);
          unavailable++
        )
          for (let stable = 0; stable <= replicas + surge; stable++)
            for (let candidate = 0; candidate <= replicas; candidate++)
              for (let goal = 1; goal <= replicas; goal++)
                for (const whole of goal === replicas ? [true, false] : [false])
                  look({ surge, unavailable }, { replicas, stable, candidate, goal, whole });
  }

  test('ends from every standing, takes no pod that is needed, and adds none that is not allowed', () => {
    const wrong: string[] = [];
    everyStanding((limits, at) => {
      const least = Math.min(at.replicas - limits.unavailable, at.stable + at.candidate);
      const most = Math.max(at.replicas + limits.surge, at.stable + at.candidate);
      const states = walk(at, limits);
      const fine = states.every(({ stable, candidate }, i) => {
        // While the new pods of a move start only those of before serve.
        const serves = stable + Math.min(states[i - 1]?.candidate ?? candidate, candidate);
        return serves >= least && stable + candidate <= most;
      });
      const last = states.at(-1) as Standing;
      const ended = last.candidate >= at.goal && (!at.whole || last.stable === 0);
      if (!fine || !ended) wrong.push(`${JSON.stringify([at, limits])}: ${short(states)}`);
    });
    expect(wrong).toEqual([]);
  });

  test('has numbers at each standing by which a paused Deployment adds and takes nothing', () => {
    const wrong: Standing[] = [];
    everyStanding((_, at) => {
      const allowed = at.replicas + standstill(at).maxSurge;
      if (allowed !== Math.max(at.replicas, at.stable + at.candidate)) wrong.push(at);
    });
    expect(wrong).toEqual([]);
  });
});
