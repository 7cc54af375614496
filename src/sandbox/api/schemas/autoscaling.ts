/** The types of autoscaling/v2, in the notation of ../schema-notation.ts. */

export const AUTOSCALING = `
ContainerResourceMetricSource: 3container!=string 1name!=string 2target!=MetricTarget
ContainerResourceMetricStatus: 3container!=string 2current!=MetricValueStatus 1name!=string
CrossVersionObjectReference: 3apiVersion=string 1kind!=string 2name!=string
ExternalMetricSource: 1metric!=MetricIdentifier 2target!=MetricTarget
ExternalMetricStatus: 2current!=MetricValueStatus 1metric!=MetricIdentifier
HPAScalingPolicy: 3periodSeconds!=int 1type!=string 2value!=int
HPAScalingRules: 2policies=[HPAScalingPolicy] 1selectPolicy=string 3stabilizationWindowSeconds=int
  4tolerance=quantity
HorizontalPodAutoscaler: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec=HorizontalPodAutoscalerSpec 3status=HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior: 2scaleDown=HPAScalingRules 1scaleUp=HPAScalingRules
HorizontalPodAutoscalerCondition: 3lastTransitionTime=time 5message=string 4reason=string
  2status!=string 1type!=string
HorizontalPodAutoscalerSpec: 5behavior=HorizontalPodAutoscalerBehavior 3maxReplicas!=int
  4metrics=[MetricSpec] 2minReplicas=int 1scaleTargetRef!=CrossVersionObjectReference
HorizontalPodAutoscalerStatus: 6conditions=[HorizontalPodAutoscalerCondition]
  5currentMetrics=[MetricStatus] 3currentReplicas=int 4desiredReplicas!=int 2lastScaleTime=time
  1observedGeneration=long
MetricIdentifier: 1name!=string 2selector=LabelSelector
MetricSpec: 7containerResource=ContainerResourceMetricSource 5external=ExternalMetricSource
  2object=ObjectMetricSource 3pods=PodsMetricSource 4resource=ResourceMetricSource 1type!=string
MetricStatus: 7containerResource=ContainerResourceMetricStatus 5external=ExternalMetricStatus
  2object=ObjectMetricStatus 3pods=PodsMetricStatus 4resource=ResourceMetricStatus 1type!=string
MetricTarget: 4averageUtilization=int 3averageValue=quantity 1type!=string 2value=quantity
MetricValueStatus: 3averageUtilization=int 2averageValue=quantity 1value=quantity
ObjectMetricSource: 1describedObject!=CrossVersionObjectReference 3metric!=MetricIdentifier
  2target!=MetricTarget
ObjectMetricStatus: 2current!=MetricValueStatus 3describedObject!=CrossVersionObjectReference
  1metric!=MetricIdentifier
PodsMetricSource: 1metric!=MetricIdentifier 2target!=MetricTarget
PodsMetricStatus: 2current!=MetricValueStatus 1metric!=MetricIdentifier
ResourceMetricSource: 1name!=string 2target!=MetricTarget
ResourceMetricStatus: 2current!=MetricValueStatus 1name!=string
`;
