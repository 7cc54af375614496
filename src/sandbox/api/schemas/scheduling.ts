/** The types of scheduling.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const SCHEDULING = `
PriorityClass: apiVersion=string 4description=string 3globalDefault=bool kind=string
  1metadata=ObjectMeta 5preemptionPolicy=string 2value!=int
`;
