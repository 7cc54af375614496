/** The door of the statistics: pure functions of counts. docs/spec/statistics.md says what each claims. */
export { splitChiSquare } from './chi-square.ts';
export { anytimeShareInterval } from './beta-binomial.ts';
export { clopperPearson, wilson } from './binomial-interval.ts';
export { CONVERSION_DEFAULTS, judgeConversion } from './conversion.ts';
export { crossingProbabilities } from './group-sequential.ts';
export { kayentaScore } from './kayenta-score.ts';
export { classifyMetric, KAYENTA_DEFAULTS } from './kayenta.ts';
export { judgeLatency, usefulBounds } from './latency.ts';
export { anytimePValue, logThreshold } from './mixture.ts';
export { multinomialLogEvidence } from './multinomial.ts';
export { benjaminiHochberg, bonferroni, eBenjaminiHochberg } from './multiple.ts';
export { judgePlannedConversion } from './planned-conversion.ts';
export { quantilePValue } from './quantile-test.ts';
export { eventsToNotice, intervalsToNotice, secondsToNotice } from './rate-plan.ts';
export { eventsAtRatio, failureBets, judgeRates, RATE_RATIO_DEFAULTS } from './rate-ratio.ts';
export { addInterval, logEvidence, startBets } from './share-test.ts';
export { cleanRequestsToPass, judgeSlo, SLO_DEFAULTS } from './slo.ts';
export { judgeSplit, SPLIT_DEFAULTS } from './split.ts';
