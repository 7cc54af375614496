/** The controller killed at every write of a canary that tells requests apart and copies them. */
import { describeKills } from './killing.ts';
import { MATCHED_CANARY } from './scenarios.ts';

describeKills([MATCHED_CANARY]);
