/** The types of autoscaling/v1, in the notation of ../schema-notation.ts. */

export const AUTOSCALING_V1 = `
CrossVersionObjectReference: 3apiVersion=string 1kind!=string 2name!=string
HorizontalPodAutoscaler: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec=HorizontalPodAutoscalerSpec 3status=HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerSpec: 3maxReplicas!=int 2minReplicas=int
  1scaleTargetRef!=CrossVersionObjectReference 4targetCPUUtilizationPercentage=int
HorizontalPodAutoscalerStatus: 5currentCPUUtilizationPercentage=int 3currentReplicas!=int
  4desiredReplicas!=int 2lastScaleTime=time 1observedGeneration=long
Scale: apiVersion=string kind=string 1metadata=ObjectMeta 2spec=ScaleSpec 3status=ScaleStatus
ScaleSpec: 1replicas=int
ScaleStatus: 1replicas!=int 2selector=string
`;
