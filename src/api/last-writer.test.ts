/** Who is named as the one that undid what Segue wrote. */
import { expect, test } from 'vitest';
import { isOwnWrite, lastWriter, specManagers, writerSince } from './last-writer.ts';

const entry = (manager: string, time: string, rest: Record<string, unknown> = {}) => ({
  manager,
  operation: 'Update',
  time: `2026-01-01T00:00:${time}Z`,
  fieldsV1: { 'f:spec': { 'f:selector': {} } },
  ...rest,
});

function writerOf(...entries: ReturnType<typeof entry>[]): string | undefined {
  const managedFields = specManagers(entries);
  return lastWriter({ name: 'web', managedFields })?.manager;
}

test('the last one that is not Segue, the cluster, or a writer of something else', () => {
  expect(
    writerOf(
      entry('helm', '01'),
      entry('kustomize-controller', '07', { operation: 'Apply' }),
      entry('kubectl', '02'),
      entry('segue', '09'),
      entry('kube-controller-manager', '09'),
      entry('cloud-controller', '09', { fieldsV1: { 'f:status': {} } }),
      entry('horizontal-pod-autoscaler', '09', { subresource: 'scale' }),
    ),
  ).toBe('kustomize-controller');
});

test('of one second who applies, as the API server lists them', () => {
  const applied = entry('git', '02', { operation: 'Apply' });
  expect(writerOf(applied, entry('kubectl', '02'), entry('helm', '01'))).toBe('git');
});

test('nobody, where nobody is recorded', () => {
  expect(writerOf()).toBeUndefined();
  expect(writerOf(entry('segue', '01'))).toBeUndefined();
  expect(lastWriter({ name: 'web' })).toBeUndefined();
});

test('whoever wrote before is not named for what left no trace, the same second counts', () => {
  const writer = lastWriter({ name: 'web', managedFields: specManagers([entry('helm', '05')]) });
  expect(writerSince(writer, Date.parse('2026-01-01T00:00:06Z'))).toBe('');
  expect(writerSince(writer, Date.parse('2026-01-01T00:00:05.900Z'))).toBe('helm');
  expect(writerSince(writer, 0)).toBe('helm');
  expect(writerSince(undefined, 0)).toBe('');
});

test('Segue itself, where nobody has written since, or within the same second', () => {
  const own = (...entries: ReturnType<typeof entry>[]) =>
    isOwnWrite({ name: 'web', managedFields: specManagers(entries) });
  expect(own(entry('helm', '01'), entry('segue', '02'))).toBe(true);
  expect(own(entry('segue', '02'), entry('helm', '02'))).toBe(false);
  expect(own(entry('segue', '02'), entry('helm', '03'))).toBe(false);
  expect(own(entry('helm', '01'))).toBe(false);
  expect(isOwnWrite({ name: 'web' })).toBe(false);
});

test('only names and times are kept', () => {
  expect(specManagers(undefined)).toEqual([]);
  expect(specManagers([entry('helm', '01')])).toEqual([
    { manager: 'helm', time: '2026-01-01T00:00:01Z' },
  ]);
});

test('who wrote an annotation by which an Ingress routes counts too', () => {
  const annotated = (key: string) => ({
    fieldsV1: { 'f:metadata': { 'f:annotations': { '.': {}, [`f:${key}`]: {} } } },
  });
  const routes = annotated('alb.ingress.kubernetes.io/actions.web') as never;
  expect(writerOf(entry('helm', '01'), entry('kubectl-edit', '02', routes))).toBe('kubectl-edit');
  const other = annotated('example.com/owner') as never;
  expect(writerOf(entry('helm', '01'), entry('kubectl-edit', '02', other))).toBe('helm');
});
