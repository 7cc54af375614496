/** The door of the statistics: pure functions of counts. docs/spec/statistics.md says what each claims. */
export { splitChiSquare } from './chi-square.ts';
export { anytimeShareInterval } from './beta-binomial.ts';
export { clopperPearson, wilson } from './binomial-interval.ts';
export {
  addConversion,
  CONVERSION_DEFAULTS,
  CONVERSION_START,
  conversionText,
  type ConversionLook,
  type ConversionState,
  goalsText,
  type GoalInterval,
  judgeConversion,
  lookAtConversion,
} from './conversion.ts';
export { crossingProbabilities } from './group-sequential.ts';
export { kayentaScore } from './kayenta-score.ts';
export { classifyMetric, KAYENTA_DEFAULTS } from './kayenta.ts';
export {
  addLatency,
  judgeLatency,
  latencyEvidence,
  latencyInFavour,
  type LatencyState,
  latencyText,
  LONGER,
  marginOfTimes,
  REQUESTS_TO_CHOOSE_BY,
  startLatency,
  usefulBounds,
} from './latency.ts';
export { anytimePValue, logMean, logThreshold } from './mixture.ts';
export { multinomialLogEvidence } from './multinomial.ts';
export { benjaminiHochberg, bonferroni, eBenjaminiHochberg } from './multiple.ts';
export { judgePlannedConversion, lookAtPlanned, plannedLooks } from './planned-conversion.ts';
export { quantilePValue } from './quantile-test.ts';
export {
  eventsToNotice,
  fewestIntervals,
  intervalsToNotice,
  secondsToNotice,
} from './rate-plan.ts';
export {
  addRates,
  eventsAtRatio,
  failureBets,
  judgeRates,
  PASS_MARGIN_PER_MARGIN,
  RATE_RATIO_DEFAULTS,
  type RateRatioOptions,
  ratesText,
  startRates,
  WHOLE_AFTER,
} from './rate-ratio.ts';
export { addInterval, logEvidence, startBets } from './share-test.ts';
export {
  addSlo,
  cleanRequestsToPass,
  judgeSlo,
  SLO_DEFAULTS,
  SLO_START,
  type SloState,
  sloText,
} from './slo.ts';
export {
  addSplit,
  judgeSplit,
  SPLIT_DEFAULTS,
  splitOff,
  type SplitState,
  splitText,
  startSplit,
} from './split.ts';
