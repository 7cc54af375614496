/** The controller killed at every write of a canary, and of one that is taken back. */
import { describeKills } from './killing.ts';
import { ABORTED_CANARY, CANARY } from './scenarios.ts';

describeKills([CANARY, ABORTED_CANARY]);
