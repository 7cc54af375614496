/** The types of policy/v1, in the notation of ../schema-notation.ts. */

export const POLICY = `
Eviction: apiVersion=string deleteOptions=DeleteOptions kind=string metadata=ObjectMeta
PodDisruptionBudget: apiVersion=string kind=string metadata=ObjectMeta
  spec=PodDisruptionBudgetSpec status=PodDisruptionBudgetStatus
PodDisruptionBudgetSpec: maxUnavailable=intstr minAvailable=intstr selector=LabelSelector
  unhealthyPodEvictionPolicy=string
PodDisruptionBudgetStatus: conditions=[Condition] currentHealthy!=int desiredHealthy!=int
  disruptedPods={time} disruptionsAllowed!=int expectedPods!=int observedGeneration=long
`;
