/** The controller killed at every write of a StatefulSet's release whose route follows its pods, there and back. */
import { describeKills } from './killing.ts';
import { ABORTED_STATEFUL_CANARY, STATEFUL_CANARY } from './stateful.ts';

describeKills([STATEFUL_CANARY, ABORTED_STATEFUL_CANARY]);
