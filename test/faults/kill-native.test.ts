/** The controller killed at every write of a rolling update and of a recreate, and on their ways back. */
import { describeKills } from './killing.ts';
import { ABORTED_RECREATE, ABORTED_ROLLING, RECREATE, ROLLING } from './scenarios.ts';

describeKills([ROLLING, ABORTED_ROLLING, RECREATE, ABORTED_RECREATE]);
