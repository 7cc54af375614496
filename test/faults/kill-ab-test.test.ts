/** The controller killed at every write of an A/B test whose users are kept by a cookie. */
import { describeKills } from './killing.ts';
import { AB_TEST } from './scenarios.ts';

describeKills([AB_TEST]);
