/** The controller killed at every write of a release that tries its images before anything is touched. */
import { describeKills } from './killing.ts';
import { NO_IMAGE, TRIED_IMAGES } from './scenarios.ts';

describeKills([TRIED_IMAGES, NO_IMAGE]);
