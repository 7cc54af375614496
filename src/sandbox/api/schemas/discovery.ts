/** The types of discovery.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const DISCOVERY = `
Endpoint: addresses!=[string|!=] conditions=EndpointConditions deprecatedTopology={string}
  hints=EndpointHints hostname=string nodeName=string targetRef=core.ObjectReference zone=string
EndpointConditions: ready=bool serving=bool terminating=bool
EndpointHints: forNodes=[ForNode] forZones=[ForZone]
EndpointPort: appProtocol=string name=string port=int protocol=string
EndpointSlice: addressType!=string apiVersion=string endpoints!=[Endpoint] kind=string
  metadata=ObjectMeta ports=[EndpointPort]
ForNode: name!=string
ForZone: name!=string
`;
