/** The controller killed at every write of a release of configuration: before its digest is written too. */
import { ABORTED_CONFIGURED, CONFIGURED, CONFIGURED_WITH_IMAGE } from './configured.ts';
import { describeKills } from './killing.ts';

describeKills([CONFIGURED, CONFIGURED_WITH_IMAGE, ABORTED_CONFIGURED]);
