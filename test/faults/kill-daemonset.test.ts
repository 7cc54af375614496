/** The controller killed at every write of a release of a DaemonSet, evictions too, and on its ways back. */
import { ABORTED_DAEMONS, BAKED_DAEMONS, DAEMONS } from './daemons.ts';
import { describeKills } from './killing.ts';

describeKills([DAEMONS, ABORTED_DAEMONS, BAKED_DAEMONS], { hollow: 4 });
