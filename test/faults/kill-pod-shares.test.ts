/** The controller killed at every write of a canary without a router, of one that is taken back, and of an
 * A/B test. */
import { describeKills } from './killing.ts';
import { AB_TEST, ABORTED_POD_SHARES, POD_SHARES } from './scenarios.ts';

describeKills([POD_SHARES, ABORTED_POD_SHARES, AB_TEST]);
