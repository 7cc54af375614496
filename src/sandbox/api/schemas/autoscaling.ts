/** The types of autoscaling/v2, in the notation of ../schema-notation.ts. */

export const AUTOSCALING = `
ContainerResourceMetricSource: container!=string name!=string target!=MetricTarget
ContainerResourceMetricStatus: container!=string current!=MetricValueStatus name!=string
CrossVersionObjectReference: apiVersion=string kind!=string name!=string
ExternalMetricSource: metric!=MetricIdentifier target!=MetricTarget
ExternalMetricStatus: current!=MetricValueStatus metric!=MetricIdentifier
HPAScalingPolicy: periodSeconds!=int type!=string value!=int
HPAScalingRules: policies=[HPAScalingPolicy] selectPolicy=string stabilizationWindowSeconds=int
  tolerance=quantity
HorizontalPodAutoscaler: apiVersion=string kind=string metadata=ObjectMeta
  spec=HorizontalPodAutoscalerSpec status=HorizontalPodAutoscalerStatus
HorizontalPodAutoscalerBehavior: scaleDown=HPAScalingRules scaleUp=HPAScalingRules
HorizontalPodAutoscalerCondition: lastTransitionTime=time message=string reason=string
  status!=string type!=string
HorizontalPodAutoscalerSpec: behavior=HorizontalPodAutoscalerBehavior maxReplicas!=int
  metrics=[MetricSpec] minReplicas=int scaleTargetRef!=CrossVersionObjectReference
HorizontalPodAutoscalerStatus: conditions=[HorizontalPodAutoscalerCondition]
  currentMetrics=[MetricStatus] currentReplicas=int desiredReplicas!=int lastScaleTime=time
  observedGeneration=long
MetricIdentifier: name!=string selector=LabelSelector
MetricSpec: containerResource=ContainerResourceMetricSource external=ExternalMetricSource
  object=ObjectMetricSource pods=PodsMetricSource resource=ResourceMetricSource type!=string
MetricStatus: containerResource=ContainerResourceMetricStatus external=ExternalMetricStatus
  object=ObjectMetricStatus pods=PodsMetricStatus resource=ResourceMetricStatus type!=string
MetricTarget: averageUtilization=int averageValue=quantity type!=string value=quantity
MetricValueStatus: averageUtilization=int averageValue=quantity value=quantity
ObjectMetricSource: describedObject!=CrossVersionObjectReference metric!=MetricIdentifier
  target!=MetricTarget
ObjectMetricStatus: current!=MetricValueStatus describedObject!=CrossVersionObjectReference
  metric!=MetricIdentifier
PodsMetricSource: metric!=MetricIdentifier target!=MetricTarget
PodsMetricStatus: current!=MetricValueStatus metric!=MetricIdentifier
ResourceMetricSource: name!=string target!=MetricTarget
ResourceMetricStatus: current!=MetricValueStatus name!=string
`;
