/** The types of batch/v1, in the notation of ../schema-notation.ts. */

export const BATCH = `
CronJob: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=CronJobSpec
  3status=CronJobStatus
CronJobSpec: 3concurrencyPolicy=string 7failedJobsHistoryLimit=int 5jobTemplate!=JobTemplateSpec
  1schedule!=string 2startingDeadlineSeconds=int 6successfulJobsHistoryLimit=int 4suspend=bool
  8timeZone=string
CronJobStatus: 1active=[core.ObjectReference] 4lastScheduleTime=time 5lastSuccessfulTime=time
Job: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=JobSpec 3status=JobStatus
JobCondition: 3lastProbeTime=time 4lastTransitionTime=time 6message=string 5reason=string
  2status!=string 1type!=string
JobSpec: 3activeDeadlineSeconds=long 7backoffLimit=int 12backoffLimitPerIndex=int
  9completionMode=string 2completions=int 15managedBy=string 5manualSelector=bool
  13maxFailedIndexes=int 1parallelism=int 11podFailurePolicy=PodFailurePolicy
  14podReplacementPolicy=string 4selector=LabelSelector 16successPolicy=SuccessPolicy
  10suspend=bool 6template!=core.PodTemplateSpec 8ttlSecondsAfterFinished=int
JobStatus: 4active=int 7completedIndexes=string 3completionTime=time
  1conditions=[JobCondition|type] 6failed=int 10failedIndexes=string 9ready=int 2startTime=time
  5succeeded=int 11terminating=int 8uncountedTerminatedPods=UncountedTerminatedPods
JobTemplateSpec: 1metadata=ObjectMeta 2spec=JobSpec
PodFailurePolicy: 1rules!=[PodFailurePolicyRule]
PodFailurePolicyOnExitCodesRequirement: 1containerName=string 2operator!=string 3values!=[int]
PodFailurePolicyOnPodConditionsPattern: 2status!=string 1type!=string
PodFailurePolicyRule: 1action!=string 2onExitCodes=PodFailurePolicyOnExitCodesRequirement
  3onPodConditions=[PodFailurePolicyOnPodConditionsPattern]
SuccessPolicy: 1rules!=[SuccessPolicyRule]
SuccessPolicyRule: 2succeededCount=int 1succeededIndexes=string
UncountedTerminatedPods: 2failed=[string] 1succeeded=[string]
`;
