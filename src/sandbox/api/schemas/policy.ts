/** The types of policy/v1, in the notation of ../schema-notation.ts. */

export const POLICY = `
Eviction: apiVersion=string 2deleteOptions=DeleteOptions kind=string 1metadata=ObjectMeta
PodDisruptionBudget: apiVersion=string kind=string 1metadata=ObjectMeta
  2spec=PodDisruptionBudgetSpec 3status=PodDisruptionBudgetStatus
PodDisruptionBudgetSpec: 3maxUnavailable=intstr 1minAvailable=intstr 2selector=LabelSelector
  4unhealthyPodEvictionPolicy=string
PodDisruptionBudgetStatus: 7conditions=[Condition] 4currentHealthy!=int 5desiredHealthy!=int
  2disruptedPods={time} 3disruptionsAllowed!=int 6expectedPods!=int 1observedGeneration=long
`;
