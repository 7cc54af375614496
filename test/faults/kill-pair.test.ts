/** The controller killed at every write of a release into the idle one of two Deployments, and of its way back. */
import { describeKills } from './killing.ts';
import { ABORTED_PAIR, PAIR } from './scenarios.ts';

describeKills([PAIR, ABORTED_PAIR]);
