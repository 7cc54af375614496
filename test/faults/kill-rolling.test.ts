/** The controller killed at every write of a rolling update, and of one that is taken back. */
import { describeKills } from './killing.ts';
import { ABORTED_ROLLING, ROLLING } from './scenarios.ts';

describeKills([ROLLING, ABORTED_ROLLING]);
