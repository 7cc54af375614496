/** Writes of canaries without a router, and of those that tell requests apart, that fail in every way. */
import { describeAnswers } from './answering.ts';
import { MATCHED_CANARY, POD_SHARES } from './scenarios.ts';

describeAnswers([
  { scenario: POD_SHARES, ofEach: 2 },
  { scenario: MATCHED_CANARY, ofEach: 2 },
]);
