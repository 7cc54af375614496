/** The fields every object carries, in the notation of ../schema-notation.ts. */

export const META = `
Condition: 4lastTransitionTime!=time 6message!=string 3observedGeneration=long 5reason!=string
  2status!=string 1type!=string
DeleteOptions: apiVersion=string 5dryRun=[string] 1gracePeriodSeconds=long kind=string
  3orphanDependents=bool 2preconditions=Preconditions 4propagationPolicy=string
LabelSelector#: 2matchExpressions=[LabelSelectorRequirement] 1matchLabels={string}
LabelSelectorRequirement: 1key!=string 2operator!=string 3values=[string]
ManagedFieldsEntry: 3apiVersion=string 6fieldsType=string 7fieldsV1=any 1manager=string
  2operation=string 8subresource=string 4time=time
ObjectMeta: 12annotations={string} 8creationTimestamp=time 10deletionGracePeriodSeconds=long
  9deletionTimestamp=time 14finalizers=[string|=] 2generateName=string 7generation=long
  11labels={string} 17managedFields=[ManagedFieldsEntry] 1name=string 3namespace=string
  13ownerReferences=[OwnerReference|uid] 6resourceVersion=string 4selfLink=string 5uid=string
OwnerReference: 5apiVersion!=string 7blockOwnerDeletion=bool 6controller=bool 1kind!=string
  3name!=string 4uid!=string
Preconditions: 2resourceVersion=string 1uid=string
`;
