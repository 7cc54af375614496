/** What is wrong with a rollback window that a schema cannot say. */
import type { PolicySpec } from '../api/policy.ts';
import type { Problem } from '../api/problem.ts';
import { milliseconds } from './hold.ts';
import type { RollbackWindow } from './rollback-window.ts';

const FIELD = 'spec.rollbackWindow';

/** Of the window by itself. */
export function rollbackWindowProblems({ revisions, within }: RollbackWindow): Problem[] {
  if (revisions === undefined && within === undefined)
    return [
      {
        field: FIELD,
        message: 'says neither how many revisions nor how long',
        fix: 'write revisions: 3, within: 24h, or both',
      },
    ];
  if (within === undefined || milliseconds(within) > 0) return [];
  return [
    {
      field: `${FIELD}.within`,
      message: `${within} is over before anybody can go back`,
      fix: 'write how long users may have had another version, as in 24h',
    },
  ];
}

export function rollbackProblems({ rollbackWindow, pairRef, history }: PolicySpec): Problem[] {
  if (!rollbackWindow) return [];
  if (pairRef)
    return [
      {
        field: FIELD,
        message: 'two Deployments that take turns have no history to go back in',
        fix: 'take it out; until the bake is over `segue abort` goes back at once',
      },
    ];
  const { revisions } = rollbackWindow;
  return [
    ...rollbackWindowProblems(rollbackWindow),
    ...(revisions !== undefined && revisions >= history.limit
      ? [
          {
            field: `${FIELD}.revisions`,
            message:
              `${revisions} revisions before the present one cannot be known where ` +
              `${history.limit} ${history.limit === 1 ? 'Release is' : 'Releases are'} kept`,
            fix: `set spec.history.limit of the policy to ${revisions + 1} or more, and to more where releases are taken back`,
          },
        ]
      : []),
  ];
}
