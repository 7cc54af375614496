/** The fields every object carries, in the notation of ../schema-notation.ts. */

export const META = `
Condition: lastTransitionTime!=time message!=string observedGeneration=long reason!=string
  status!=string type!=string
DeleteOptions: apiVersion=string dryRun=[string] gracePeriodSeconds=long kind=string
  orphanDependents=bool preconditions=Preconditions propagationPolicy=string
LabelSelector#: matchExpressions=[LabelSelectorRequirement] matchLabels={string}
LabelSelectorRequirement: key!=string operator!=string values=[string]
ManagedFieldsEntry: apiVersion=string fieldsType=string fieldsV1=any manager=string
  operation=string subresource=string time=time
ObjectMeta: annotations={string} creationTimestamp=time deletionGracePeriodSeconds=long
  deletionTimestamp=time finalizers=[string|=] generateName=string generation=long labels={string}
  managedFields=[ManagedFieldsEntry] name=string namespace=string
  ownerReferences=[OwnerReference|uid] resourceVersion=string selfLink=string uid=string
OwnerReference: apiVersion!=string blockOwnerDeletion=bool controller=bool kind!=string
  name!=string uid!=string
Preconditions: resourceVersion=string uid=string
`;
