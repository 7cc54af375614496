/** The controller killed at every write of a blue-green release, by a pinned Service and by a route, of one whose
 * old version is kept, and of one whose images are tried before anything is touched. */
import { describeKills } from './killing.ts';
import {
  BLUE_GREEN,
  KEPT_BLUE_GREEN,
  NO_IMAGE,
  ROUTED_BLUE_GREEN,
  TAKEN_BACK_BLUE_GREEN,
  TRIED_IMAGES,
} from './scenarios.ts';

describeKills([
  BLUE_GREEN,
  ROUTED_BLUE_GREEN,
  KEPT_BLUE_GREEN,
  TAKEN_BACK_BLUE_GREEN,
  TRIED_IMAGES,
  NO_IMAGE,
]);
