/** What befalls single writes of Segue's: refused, in conflict, without an answer, or the last thing
 * the process did. */
import { WRITES } from './acts.ts';
import type { Chance } from './chance.ts';
import { failure } from './model-api.ts';
import type { Fate } from './model-client.ts';

export type WriteFault =
  'Conflict' | 'Unanswered' | 'Error500' | 'Error429' | 'KillBefore' | 'KillAfter';

export function faultsOf(chance: Chance, quiet: boolean): Map<number, WriteFault> {
  const faults = new Map<number, WriteFault>();
  const count = chance.from(quiet ? [1, 2, 3, 6] : [0, 0, 1, 2, 4]);
  for (let i = 0; i < count; i++) faults.set(chance.between(1, WRITES), faultOf(chance));
  return faults;
}

function faultOf(chance: Chance): WriteFault {
  return chance.weighted({
    Conflict: 1,
    Unanswered: 3,
    Error500: 1,
    Error429: 1,
    KillBefore: 3,
    KillAfter: 4,
  });
}

export function fateOf(fault: WriteFault): Fate {
  switch (fault) {
    case 'Conflict':
      return { is: 'Refused', error: failure(409, 'Conflict', 'somebody else was faster') };
    case 'Error500':
      return {
        is: 'Refused',
        error: failure(500, 'InternalError', 'etcdserver: request timed out'),
      };
    case 'Error429':
      return { is: 'Refused', error: failure(429, 'TooManyRequests', 'too many requests') };
    default:
      return { is: fault };
  }
}
