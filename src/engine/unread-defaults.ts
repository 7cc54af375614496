/** Where the ReleaseDefaults of a namespace may not be read, a freeze may be in them: what is new waits. */
import type { Problem } from '../api/problem.ts';
import type { Finding } from './finding.ts';
import type { PolicySnapshot } from './snapshot.ts';

const FIX = 'apply all that `segue install` prints, which allows it';

/** How soon it is seen that they may be read again. */
const LOOK_MS = 5_000;

/** In place of a finding that begins a release. Going back inside of the policy's own rollback window is
 * kept waiting by nothing. */
export function untilDefaultsAreRead(
  found: Finding,
  { defaultsUnread }: PolicySnapshot,
  now: number,
): Finding {
  const { create, ...rest } = found;
  if (defaultsUnread === undefined || !create || create.spec.plan.goesBack !== undefined)
    return found;
  const images = create.spec.candidate.images.join(', ');
  return {
    ...rest,
    ready: 'False',
    reason: 'DefaultsUnread',
    message:
      `${images} is held: the controller may not read the ReleaseDefaults of this namespace, so that a freeze in ` +
      `them would not be known (${defaultsUnread}); ${FIX}`,
    wakeAtMs: now + LOOK_MS,
  };
}

export function unreadWarnings(defaultsUnread: string | undefined): Problem[] {
  if (defaultsUnread === undefined) return [];
  const message = `may not be read by the controller, and the next release waits until they may (${defaultsUnread})`;
  return [{ field: 'ReleaseDefaults', message, fix: FIX }];
}
