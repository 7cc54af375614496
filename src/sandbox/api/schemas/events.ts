/** The types of events.k8s.io/v1, in the notation of ../schema-notation.ts. */

export const EVENTS = `
Event: action=string apiVersion=string deprecatedCount=int deprecatedFirstTimestamp=time
  deprecatedLastTimestamp=time deprecatedSource=core.EventSource eventTime!=micro kind=string
  metadata=ObjectMeta note=string reason=string regarding=core.ObjectReference
  related=core.ObjectReference reportingController=string reportingInstance=string
  series=EventSeries type=string
EventSeries: count!=int lastObservedTime!=micro
`;
