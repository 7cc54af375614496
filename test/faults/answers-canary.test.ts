/** Writes of a canary, and of one that is taken back, that fail in every way. */
import { describeAnswers } from './answering.ts';
import { ABORTED_CANARY, CANARY } from './scenarios.ts';

describeAnswers([
  { scenario: CANARY, ofEach: 8 },
  { scenario: ABORTED_CANARY, ofEach: 2 },
]);
