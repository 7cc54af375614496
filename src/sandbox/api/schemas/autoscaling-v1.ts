/** The types of autoscaling/v1, in the notation of ../schema-notation.ts. */

export const AUTOSCALING_V1 = `
CrossVersionObjectReference: apiVersion=string kind!=string name!=string
HorizontalPodAutoscaler: apiVersion=string kind=string metadata=ObjectMeta
  spec=HorizontalPodAutoscalerSpec status=HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec: maxReplicas!=int minReplicas=int
  scaleTargetRef!=CrossVersionObjectReference targetCPUUtilizationPercentage=int
HorizontalPodAutoscalerStatus: currentCPUUtilizationPercentage=int currentReplicas!=int
  desiredReplicas!=int lastScaleTime=time observedGeneration=long
Scale: apiVersion=string kind=string metadata=ObjectMeta spec=ScaleSpec status=ScaleStatus
ScaleSpec: replicas=int
ScaleStatus: replicas!=int selector=string
`;
