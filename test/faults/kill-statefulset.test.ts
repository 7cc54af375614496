/** The controller killed at every write of a release of a StatefulSet and on both of its ways back, and
 * where a route follows its pods, there and back. */
import { describeKills } from './killing.ts';
import {
  ABORTED_STATEFUL,
  ABORTED_STATEFUL_CANARY,
  BAKED_STATEFUL,
  STATEFUL,
  STATEFUL_CANARY,
} from './stateful.ts';

describeKills([
  STATEFUL,
  ABORTED_STATEFUL,
  BAKED_STATEFUL,
  STATEFUL_CANARY,
  ABORTED_STATEFUL_CANARY,
]);
