/** The controller killed at every write of a blue-green release whose old version is kept. */
import { describeKills } from './killing.ts';
import { KEPT_BLUE_GREEN, TAKEN_BACK_BLUE_GREEN } from './scenarios.ts';

describeKills([KEPT_BLUE_GREEN, TAKEN_BACK_BLUE_GREEN]);
