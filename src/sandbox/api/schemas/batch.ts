/** The types of batch/v1, in the notation of ../schema-notation.ts. */

export const BATCH = `
CronJob: apiVersion=string kind=string metadata=ObjectMeta spec=CronJobSpec status=CronJobStatus
CronJobSpec: concurrencyPolicy=string failedJobsHistoryLimit=int jobTemplate!=JobTemplateSpec
  schedule!=string startingDeadlineSeconds=int successfulJobsHistoryLimit=int suspend=bool
  timeZone=string
CronJobStatus: active=[core.ObjectReference] lastScheduleTime=time lastSuccessfulTime=time
Job: apiVersion=string kind=string metadata=ObjectMeta spec=JobSpec status=JobStatus
JobCondition: lastProbeTime=time lastTransitionTime=time message=string reason=string
  status!=string type!=string
JobSpec: activeDeadlineSeconds=long backoffLimit=int backoffLimitPerIndex=int
  completionMode=string completions=int managedBy=string manualSelector=bool maxFailedIndexes=int
  parallelism=int podFailurePolicy=PodFailurePolicy podReplacementPolicy=string
  selector=LabelSelector successPolicy=SuccessPolicy suspend=bool template!=core.PodTemplateSpec
  ttlSecondsAfterFinished=int
JobStatus: active=int completedIndexes=string completionTime=time conditions=[JobCondition|type]
  failed=int failedIndexes=string ready=int startTime=time succeeded=int terminating=int
  uncountedTerminatedPods=UncountedTerminatedPods
JobTemplateSpec: metadata=ObjectMeta spec=JobSpec
PodFailurePolicy: rules!=[PodFailurePolicyRule]
PodFailurePolicyOnExitCodesRequirement: containerName=string operator!=string values!=[int]
PodFailurePolicyOnPodConditionsPattern: status!=string type!=string
PodFailurePolicyRule: action!=string onExitCodes=PodFailurePolicyOnExitCodesRequirement
  onPodConditions=[PodFailurePolicyOnPodConditionsPattern]
SuccessPolicy: rules!=[SuccessPolicyRule]
SuccessPolicyRule: succeededCount=int succeededIndexes=string
UncountedTerminatedPods: failed=[string] succeeded=[string]
`;
