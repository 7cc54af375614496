/** The controller killed at every write of a recreate, and of one that is taken back. */
import { describeKills } from './killing.ts';
import { ABORTED_RECREATE, RECREATE } from './scenarios.ts';

describeKills([RECREATE, ABORTED_RECREATE]);
