/** The controller killed at every write of a canary, of one that is taken back, of one that tells requests apart
 * and copies them, and of an A/B test. */
import { describeKills } from './killing.ts';
import { AB_TEST, ABORTED_CANARY, CANARY, MATCHED_CANARY } from './scenarios.ts';

describeKills([CANARY, ABORTED_CANARY, MATCHED_CANARY, AB_TEST]);
