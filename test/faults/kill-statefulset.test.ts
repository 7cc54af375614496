/** The controller killed at every write of a release of a StatefulSet, and on both of its ways back. */
import { describeKills } from './killing.ts';
import { ABORTED_STATEFUL, BAKED_STATEFUL, STATEFUL } from './stateful.ts';

describeKills([STATEFUL, ABORTED_STATEFUL, BAKED_STATEFUL]);
