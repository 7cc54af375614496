/** The controller killed at every write of a canary, of one that is taken back, and of one that tells
 * requests apart and copies them. */
import { describeKills } from './killing.ts';
import { ABORTED_CANARY, CANARY, MATCHED_CANARY } from './scenarios.ts';

describeKills([CANARY, ABORTED_CANARY, MATCHED_CANARY]);
