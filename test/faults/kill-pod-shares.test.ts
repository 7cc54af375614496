/** The controller killed at every write of a canary without a router, and of one that is taken back. */
import { describeKills } from './killing.ts';
import { ABORTED_POD_SHARES, POD_SHARES } from './scenarios.ts';

describeKills([POD_SHARES, ABORTED_POD_SHARES]);
