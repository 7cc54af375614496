/** The controller killed at every write of a blue-green release, by a pinned Service and by a route, and
 * of one whose old version is kept. */
import { describeKills } from './killing.ts';
import {
  BLUE_GREEN,
  KEPT_BLUE_GREEN,
  ROUTED_BLUE_GREEN,
  TAKEN_BACK_BLUE_GREEN,
} from './scenarios.ts';

describeKills([BLUE_GREEN, ROUTED_BLUE_GREEN, KEPT_BLUE_GREEN, TAKEN_BACK_BLUE_GREEN]);
