/** The types of apiextensions.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const EXTENSIONS = `
CustomResourceColumnDefinition: description=string format=string jsonPath!=string name!=string
  priority=int type!=string
CustomResourceConversion: strategy!=string webhook=any
CustomResourceDefinition: apiVersion=string kind=string metadata=ObjectMeta
  spec!=CustomResourceDefinitionSpec status=CustomResourceDefinitionStatus
CustomResourceDefinitionCondition: lastTransitionTime=time message=string observedGeneration=long
  reason=string status!=string type!=string
CustomResourceDefinitionNames: categories=[string] kind!=string listKind=string plural!=string
  shortNames=[string] singular=string
CustomResourceDefinitionSpec: conversion=CustomResourceConversion group!=string
  names!=CustomResourceDefinitionNames preserveUnknownFields=bool scope!=string
  versions!=[CustomResourceDefinitionVersion]
CustomResourceDefinitionStatus: acceptedNames=CustomResourceDefinitionNames
  conditions=[CustomResourceDefinitionCondition|!type] observedGeneration=long
  storedVersions=[string]
CustomResourceDefinitionVersion: additionalPrinterColumns=[CustomResourceColumnDefinition]
  deprecated=bool deprecationWarning=string name!=string schema=CustomResourceValidation
  selectableFields=[SelectableField] served!=bool storage!=bool
  subresources=CustomResourceSubresources
CustomResourceSubresourceScale: labelSelectorPath=string specReplicasPath!=string
  statusReplicasPath!=string
CustomResourceSubresources: scale=CustomResourceSubresourceScale status=any
CustomResourceValidation: openAPIV3Schema=any
SelectableField: jsonPath!=string
`;
