/** What the Events of an Ingress say of what was written, as the AWS Load Balancer Controller writes them. */
import { expect, test } from 'vitest';
import { FIELD_MANAGER } from '../../api/group.ts';
import type { KubeObject } from '../../api/object.ts';
import { waitsFor } from './reports.ts';

const WROTE_MS = Date.parse('2026-03-01T12:00:00Z');
const at = (seconds: number) => new Date(WROTE_MS + seconds * 1000).toISOString();
const whole = (seconds: number) => at(seconds).replace('.000', '');

const ingress = (manager = FIELD_MANAGER): KubeObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    name: 'web',
    managedFields: [
      { manager: 'helm', time: whole(50) },
      { manager, time: whole(0) },
    ],
  } as KubeObject['metadata'],
});

const said = (reason: string, seconds: number, rest: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Event',
  metadata: { name: `web.${reason}.${seconds}` },
  reason,
  message: `${reason} it is`,
  // Counted: it was said first long before.
  firstTimestamp: whole(-900),
  lastTimestamp: whole(seconds),
  count: 7,
  ...rest,
});
const taken = (seconds: number) => said('SuccessfullyReconciled', seconds);
const refused = (seconds: number) => said('FailedDeployModel', seconds);

const after = (seconds: number, ...events: KubeObject[]) =>
  waitsFor(ingress(), events, WROTE_MS + seconds * 1000);
const WAITS = {
  message: 'Ingress web: the AWS Load Balancer Controller to say SuccessfullyReconciled',
};
const refusal = (reason: string, message = `${reason} it is`) => ({
  message: `Ingress web: ${reason}: ${message}`,
  refused: true,
});
const REFUSED = refusal('FailedDeployModel');

test('what was written counts once the controller says that it has taken it up', () => {
  expect(after(1)).toEqual(WAITS);
  expect(after(1, taken(-1))).toEqual(WAITS);
  expect(after(2, taken(-1), taken(1))).toBeUndefined();
  // Events and managers have whole seconds.
  expect(after(1, taken(0))).toBeUndefined();
});

test('what is never said is not waited for longer than a minute', () => {
  expect(after(59)).toEqual(WAITS);
  expect(after(60)).toBeUndefined();
});

test.each(['FailedLoadGroupID', 'FailedAddFinalizer', 'FailedBuildModel', 'FailedDeployModel'])(
  '%s keeps it from counting, and what it says is told',
  (reason) => {
    const told = refusal(reason);
    expect(after(3, said(reason, 2))).toEqual(told);
    expect(after(600, said(reason, 2))).toEqual(told);
    // It was taken up, and then another Ingress of the group broke it.
    expect(after(600, taken(1), said(reason, 2))).toEqual(told);
  },
);

test('a refusal is over when it was taken up after all, and was none of what was written later', () => {
  expect(after(9, refused(2), taken(3))).toBeUndefined();
  expect(after(9, refused(2), taken(2))).toBeUndefined();
  expect(after(1, refused(-1))).toEqual(WAITS);
  expect(after(9, refused(-1), taken(4))).toBeUndefined();
});

test('of several refusals the last one is told, and one that is not repeated stands for twenty minutes', () => {
  const combined = said('FailedBuildModel', 40, { message: '(combined from similar events): no' });
  expect(after(41, combined, refused(3))).toEqual(
    refusal('FailedBuildModel', '(combined from similar events): no'),
  );
  expect(after(3 + 1199, refused(3))).toEqual(REFUSED);
  expect(after(3 + 1200, refused(3))).toBeUndefined();
});

test('what comes after it was taken up, and is about something else, says nothing', () => {
  expect(after(9, taken(2), said('FailedUpdateStatus', 3))).toBeUndefined();
  expect(after(9, said('Sync', 3))).toEqual(WAITS);
});

test('an Event of a series, and one without a time', () => {
  const none = { lastTimestamp: null, firstTimestamp: null };
  const series = {
    ...none,
    eventTime: at(-100.5),
    series: { count: 3, lastObservedTime: at(2.5) },
  };
  expect(after(9, said('FailedDeployModel', 0, series))).toEqual(REFUSED);
  expect(after(9, said('FailedDeployModel', 0, { ...none, eventTime: at(2.5) }))).toEqual(REFUSED);
  expect(after(9, said('FailedDeployModel', 0, none))).toEqual(WAITS);
});

test('an Ingress that Segue has not written waits for nothing', () => {
  const byOthers = ingress('kubectl');
  expect(waitsFor(byOthers, [refused(70)], WROTE_MS + 80_000)).toBeUndefined();
  const bare = { ...byOthers, metadata: { name: 'web' } };
  expect(waitsFor(bare, [], WROTE_MS)).toBeUndefined();
});
