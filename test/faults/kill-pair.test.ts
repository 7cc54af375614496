/** The controller killed at every write of a release into the idle one of two Deployments and of its way
 * back, and of one that tries its images before anything is touched. */
import { describeKills } from './killing.ts';
import { ABORTED_PAIR, NO_IMAGE, PAIR, TRIED_IMAGES } from './scenarios.ts';

describeKills([PAIR, ABORTED_PAIR, TRIED_IMAGES, NO_IMAGE]);
