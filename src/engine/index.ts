/** The door of the engine. */
export { versionWithContent, watchesConfig, withoutConfig } from './config.ts';
export { configDifference, differenceText, type ObjectDifference } from './config-difference.ts';
export { configWarnings } from './config-problems.ts';
export { type ConfigReference, configReferences } from './config-references.ts';
export type { Decision, ReleaseEvent, TaskAsk, TrafficGoal } from './decision.ts';
export type { TemplateReading, Templates } from './check-templates.ts';
export { effectiveBy, effectivePolicy } from './effective-policy.ts';
export { targetProblems } from './held-target.ts';
export { compilePlan } from './plan.ts';
export { shareWarnings } from './pod-shares.ts';
export type { Preview, StagePreview } from './preview.ts';
export { allDefined, definitionsNamed, withDefinitions } from './defined-routes.ts';
export { releaseTraffic } from './release-traffic.ts';
export { surgeOf } from './move.ts';
export { currentRules, plannedRules } from './request-rules.ts';
export { routerProblems } from './router-problems.ts';
export { endedRelease, rollbackOf } from './rollback.ts';
export type {
  ConfigReading,
  EndedRelease,
  Snapshot,
  TaskAnswer,
  TrafficReading,
  Trouble,
} from './snapshot.ts';
export { step } from './step.ts';
export { unreadWarnings } from './unread-defaults.ts';
export { validatePolicy } from './validate.ts';
