/** Writes of a blue-green release, by a pinned Service and by a route, that fail in every way. */
import { describeAnswers } from './answering.ts';
import { BLUE_GREEN, ROUTED_BLUE_GREEN } from './scenarios.ts';

describeAnswers([
  { scenario: BLUE_GREEN, ofEach: 8 },
  { scenario: ROUTED_BLUE_GREEN, ofEach: 2 },
]);
